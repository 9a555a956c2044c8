"""The clock of the stage and the clock of rehearsal. Both answer `now` and `wait`, so one loop serves both."""

from __future__ import annotations

from time import perf_counter
from typing import Protocol

from agent.clock.inbox import Inbox, Script
from agent.items import Item

LONGEST_WAIT_SECONDS = 0.25
"""The loop comes round at least this often, so that its heartbeat is seen."""


class Clock(Protocol):
    """What the loop lives by."""

    def now(self) -> float:
        """Seconds since the session began."""

    def wait(self, until: float | None) -> Item | None:
        """The next thing that happens before `until`, or None when that instant has come."""


class SystemClock:
    """Real time, monotonic, counted from the moment it was made."""

    def __init__(self, inbox: Inbox, awake_seconds: float = 0.0) -> None:
        """`awake_seconds`: how long before an instant to be awake already; only for those who have real-time priority."""
        self._zero = perf_counter()
        self._inbox = inbox
        self._awake_seconds = awake_seconds

    def now(self) -> float:
        """Seconds since the session began. Safe from any thread."""
        return perf_counter() - self._zero

    def wait(self, until: float | None) -> Item | None:
        """Sleep until something arrives or the instant has come. Runs on the loop."""
        wait_seconds = LONGEST_WAIT_SECONDS if until is None else min(until - self.now(), LONGEST_WAIT_SECONDS)
        item = self._inbox.take(wait_seconds - self._awake_seconds)
        while item is None and self._awake_seconds and until is not None and 0.0 < until - self.now() <= self._awake_seconds:
            item = self._inbox.take(0.0)
        return item


class StageClock:
    """Time that jumps from one thing that happens to the next: an evening passes as fast as the machine allows."""

    def __init__(self, script: Script) -> None:
        self._now = 0.0
        self._script = script

    def now(self) -> float:
        """Seconds since the session began."""
        return self._now

    def wait(self, until: float | None) -> Item | None:
        """Jump to the next item or to `until`, whichever is first. Runs on the loop."""
        coming = self._script.next_seconds()
        if coming is not None and (until is None or coming <= until):
            self._now = max(self._now, coming)
            return self._script.take()
        self._now = max(self._now, until if until is not None else self._now + LONGEST_WAIT_SECONDS)
        return None
