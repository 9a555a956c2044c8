"""One event heard and answered, beside Notochord in the same run: python -m tests.bench.rivals [MODEL] [SECONDS].

Notochord must be installed, best into an environment of its own: it wants an older PyTorch than ours. The last line is JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.bench.figures import Figures
from agent.bench.programme import machine
from agent.supervisor import one_thread_each


def main() -> None:
    """Compare."""
    if find_spec("notochord") is None:
        sys.exit("notochord is not installed: pip install --no-deps notochord, and what it asks for but PyTorch")
    model = sys.argv[1] if len(sys.argv) > 1 else "duo"
    seconds = sys.argv[2] if len(sys.argv) > 2 else "20"
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "agent.bench.rival", folder, model, seconds]
        subprocess.run(command, env=one_thread_each(), check=True)
        took = json.loads((Path(folder) / "rival.json").read_text())
    weights = took.pop("their_weights")[0]
    figures = {name: Figures.of(seconds) for name, seconds in took.items()}
    for name, one in figures.items():
        print(f"{name:<18} p50 {one.p50:.3f}  p95 {one.p95:.3f}  p99 {one.p99:.3f}  max {one.max:.3f} ms")
    times_less = {
        "clock": round(figures["theirs"].p50 / figures["ours"].p50, 2),
        "processor": round(figures["theirs_processor"].p50 / figures["ours_processor"].p50, 2),
    }
    told = {name: {share: getattr(one, share) for share in ("p50", "p95", "p99", "max")} for name, one in figures.items()}
    print(json.dumps({"machine": machine(), "model": model, "their_weights": weights, "times_less": times_less, "ms": told}))


if __name__ == "__main__":
    main()
