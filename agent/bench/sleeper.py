"""A bare process that only sleeps to deadlines: what any scheduler's lateness has to be seen beside.

`python -m agent.bench.sleeper RUN_DIR`; RUN_DIR/sleeper.json holds the instants, RUN_DIR/slept.json then how late each was.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter, sleep

from agent.bench.cable import task_of, write_whole
from agent.realtime import take_realtime_priority


def main() -> None:
    """Sleep to each deadline."""
    run_dir = Path(sys.argv[1])
    task = task_of(run_dir, "sleeper")
    if task["realtime"]:
        take_realtime_priority()
    late = []
    for deadline in task["deadlines"]:
        wait_seconds = deadline - perf_counter()
        if wait_seconds > 0.0:
            sleep(wait_seconds)
            late.append(perf_counter() - deadline)
    write_whole(run_dir / "slept.json", late)


if __name__ == "__main__":
    main()
