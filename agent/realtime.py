"""Real-time priority: asked for politely, taken where granted, done without elsewhere."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

REALTIME_PRIORITY = 40
"""Of who plays."""
SOUNDING_PRIORITY = 20
"""Of our own synth: a loudspeaker that runs dry is heard, but a note that comes late as well."""
THINKING_PRIORITY = 10
"""Of who is waited for: before everybody else's work, behind all that sounds."""
LONGEST_THOUGHT_US = 200_000
"""So much computing without a pause is granted to thinking in real time."""
_PR_SET_TIMERSLACK, _SHORTEST_SLACK_NS = 29, 1
_MCL_CURRENT = 1


def share_priority(pid: int) -> None:
    """Let a child that was started before we had real-time priority have it, too."""
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_FIFO:
        with suppress(OSError):
            os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))


def take_realtime_priority() -> bool:
    """Ask for real-time scheduling and locked memory; True if granted. Honest without: the loop then takes what it gets."""
    if not _granted(REALTIME_PRIORITY):
        return False
    ctypes.CDLL(None).mlockall(_MCL_CURRENT)
    return True


def take_sounding_priority() -> bool:
    """Ask for real-time scheduling behind who plays; True if granted."""
    return _granted(SOUNDING_PRIORITY)


def take_thinking_priority() -> bool:
    """Ask for real-time scheduling behind all that sounds; True if granted.

    Whoever thinks for long without a pause steps back until this is called again: what the system grants to real time as a
    whole, those who play must have. On a single core nothing is taken. To be called on the main thread, before a pause.
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) == 1:
        return False
    if os.sched_getscheduler(0) == os.SCHED_FIFO and os.sched_getparam(0).sched_priority == THINKING_PRIORITY:
        return True
    import resource

    signal.signal(signal.SIGXCPU, _step_back)
    _, most = resource.getrlimit(resource.RLIMIT_RTTIME)
    longest = LONGEST_THOUGHT_US if most == resource.RLIM_INFINITY else min(LONGEST_THOUGHT_US, most)
    resource.setrlimit(resource.RLIMIT_RTTIME, (longest, most))
    return _granted(THINKING_PRIORITY)


def _step_back(signal_number: int, frame: object) -> None:
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _granted(priority: int) -> bool:
    if sys.platform != "linux":
        return False
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, _SHORTEST_SLACK_NS, 0, 0, 0)  # wake when asked, not up to 50 µs later
    try:
        # Threads begun later inherit it, and must: a driver's thread or the recorder's, pushed aside by somebody else's
        # work while it holds the interpreter, would keep the loop waiting for tens of milliseconds.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError:
        return False
    return True
