"""How long the mind takes for one step and for a plan, with the priority that it has on stage, beside reading its memory once.

`python -m agent.bench.steps RUN_DIR MODEL SECONDS realtime|plain`; RUN_DIR/steps.json then holds lists of seconds (of megabytes
in `memory`), and in `realtime` whether that priority was granted; what concerns steps is empty for a model without weights.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from agent.bench.cable import write_whole
from agent.bench.plans import Rest, plans, rest
from agent.realtime import take_thinking_priority
from agent.worker import NICENESS

HELD_KEYS = (60, 64, 67)
EARLY_STEP, LATE_STEP = 500, 20_000
BLOCK_STEPS, FLOOR_READS = 100, 20
IDLE_SECONDS = 0.02
FEWEST_IDLE_STEPS = 100


def timed(deed: Callable[[], object], count: int) -> list[float]:
    """Do it so many times; how long each time took."""
    took = []
    for _ in range(count):
        began = perf_counter()
        deed()
        took.append(perf_counter() - began)
    return took


def steps(model: str, seconds: float, rest: Rest) -> dict[str, list[float]]:
    """Single steps with a full window: back to back, after idling, early and late in an evening; and the floor among them."""
    import numpy as np
    import psutil

    from models.load import weights_of

    took: dict[str, list[float]] = {name: [] for name in ("step", "floor", "idle", "early", "late", "memory")}
    path = weights_of(model)
    if path is None:
        return took
    long_ago, lately = _Thinker(path), _Thinker(path)
    long_ago.go_to(EARLY_STEP)
    lately.go_to(EARLY_STEP)
    megabytes = [psutil.Process().memory_info().rss / 1e6]
    memory = np.ones(lately.stream.bytes_a_step // 4, np.float32)
    ends = perf_counter() + seconds / 2
    while perf_counter() < ends:
        rest()
        took["step"] += timed(lately.step, BLOCK_STEPS)
        took["floor"] += timed(lambda: memory @ memory, FLOOR_READS)
    for _ in range(max(int(seconds / 4 / IDLE_SECONDS), FEWEST_IDLE_STEPS)):
        rest()
        sleep(IDLE_SECONDS)
        took["idle"] += timed(lately.step, 1)
    lately.go_to(LATE_STEP)
    ends = perf_counter() + seconds / 4
    while perf_counter() < ends or not took["late"]:
        rest()
        long_ago.stream.rewind(EARLY_STEP)
        took["early"] += timed(long_ago.step, BLOCK_STEPS // 2)
        took["late"] += timed(lately.step, BLOCK_STEPS // 2)
    took["memory"] = [*megabytes, psutil.Process().memory_info().rss / 1e6]
    return took


class _Thinker:
    """A mind that hears the same step again and again."""

    def __init__(self, path: Path) -> None:
        from models.checkpoint import load
        from models.engine import open_stream
        from models.stream import Step
        from models.vocabulary import FIELDS

        checkpoint = load(path)
        self.stream = open_stream(checkpoint.weights, checkpoint.shape)
        self._step = Step((0,) * len(FIELDS), HELD_KEYS)

    def go_to(self, length: int) -> None:
        """Hear until it has heard so many."""
        while self.stream.length < length:
            self.stream.feed([self._step] * min(length - self.stream.length, 256))

    def step(self) -> object:
        """One step, and what it says of what comes next."""
        self.stream.feed([self._step])
        return self.stream.next_tick()


def main() -> None:
    """Measure and write down."""
    run_dir, model, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    realtime = sys.argv[4] == "realtime" and take_thinking_priority()
    pause = partial(rest, realtime)
    took: dict[str, Any] = steps(model, seconds / 2, pause)
    write_whole(run_dir / "steps.json", took | plans(model, seconds / 2, pause) | {"realtime": realtime})


if __name__ == "__main__":
    main()
