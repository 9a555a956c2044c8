"""How a process is asked to stop."""

from __future__ import annotations

import signal


def stop_on_signals() -> list[int]:
    """A list that stays empty until somebody asks this process to stop."""
    received: list[int] = []
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, frame: received.append(number))
    return received
