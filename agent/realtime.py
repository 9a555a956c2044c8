"""Real-time priority: asked for politely, taken where granted, done without elsewhere."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

REALTIME_PRIORITY = 40
_PR_SET_TIMERSLACK, _SHORTEST_SLACK_NS = 29, 1
_MCL_CURRENT = 1


def share_priority(pid: int) -> None:
    """Let a child that was started before we had real-time priority have it, too."""
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_FIFO:
        with suppress(OSError):
            os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))


def take_realtime_priority() -> bool:
    """Ask for real-time scheduling and locked memory; True if granted. Honest without: the loop then takes what it gets."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_TIMERSLACK, _SHORTEST_SLACK_NS, 0, 0, 0)  # wake when asked, not up to 50 µs later
    try:
        # Threads begun later inherit it, and must: a driver's thread or the recorder's, pushed aside by somebody else's
        # work while it holds the interpreter, would keep the loop waiting for tens of milliseconds.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except OSError:
        return False
    libc.mlockall(_MCL_CURRENT)
    return True
