"""A bare echo: the least that any program between two cables needs. `python -m agent.bench.echo RUN_DIR REALTIME`."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from time import perf_counter

from agent.bench.cable import write_whole
from agent.realtime import take_realtime_priority
from agent.signals import stop_on_signals

_LOOK_SECONDS = 0.2


def main() -> None:
    """Send back what comes, until asked to stop; then write down how long input to output took."""
    run_dir = Path(sys.argv[1])
    if sys.argv[2] == "realtime":
        take_realtime_priority()
    plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plug.bind(("127.0.0.1", 0))
    plug.settimeout(_LOOK_SECONDS)
    stopped, took = stop_on_signals(), list[float]()
    write_whole(run_dir / "echo", {"port": plug.getsockname()[1]})
    while not stopped:
        try:
            data, player = plug.recvfrom(1024)
        except TimeoutError:
            continue
        heard = perf_counter()
        plug.sendto(data, player)
        took.append(perf_counter() - heard)
    write_whole(run_dir / "echoed.json", took)


if __name__ == "__main__":
    main()
