"""The bench from beginning to end: the parts in order, and what machine it was."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.bench import parts
from agent.bench.band import BenchFailed, NotMeasurable
from agent.bench.figures import Row
from agent.bench.jack import jack_thru
from agent.bench.parts import Setting

PARTS: dict[str, Callable[[Setting], list[Row]]] = {
    "idle": parts.idle,
    "planning": parts.planning,
    "without_priority": parts.without_priority,
    "answer": parts.answer,
    "shadow": parts.shadow,
    "steps": parts.steps,
    "steps_without_priority": parts.steps_without_priority,
    "rival": parts.rival,
    "jack": jack_thru,
}
"""What can be measured, in order."""


def run(
    seconds: float = 10.0, model: str = "duo", only: Sequence[str] = (), say: Callable[[str], None] = lambda sentence: None
) -> dict[str, Any]:
    """Measure everything, or `only` some parts, and tell it as plain data: `machine`, `model`, `rows`, `missing`."""
    unknown = sorted(set(only) - set(PARTS))
    if unknown:
        raise BenchFailed(f"unknown part {unknown[0]!r} of the bench; there are: {', '.join(PARTS)}")
    rows: list[Row] = []
    missing: dict[str, str] = {}
    for name in only or PARTS:
        say(f"{name}: {(PARTS[name].__doc__ or '').splitlines()[0]}")
        try:
            rows += PARTS[name](Setting(seconds, model))
        except NotMeasurable as reason:
            missing[name] = str(reason)
    return {
        "machine": machine(),
        "model": model,
        "seconds": seconds,
        "rows": [row.as_dict() for row in rows],
        "missing": missing,
    }


def machine() -> dict[str, Any]:
    """What these figures were taken on."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
