"""When was it really played? Drivers tell how long after the last message; we want seconds of the session."""

from __future__ import annotations

from agent.ports.backend import Clock

RESYNC_SECONDS = 0.005
"""Where the driver's clock lags arrival by more, it is not believed: the thread slept, or the driver counts otherwise."""


class Stamper:
    """Adds up a driver's delta times, and keeps to the least late of all arrivals.

    A message that waited for our thread is so dated back to where the driver saw it, but never after it arrived.
    """

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._told_seconds: float | None = None

    def stamp(self, delta_seconds: float) -> float:
        """The session second of a message that came `delta_seconds` after the one before. The driver's thread only."""
        arrival_seconds = self._now()
        told_seconds = arrival_seconds if self._told_seconds is None else self._told_seconds + delta_seconds
        if not arrival_seconds - RESYNC_SECONDS <= told_seconds <= arrival_seconds:
            told_seconds = arrival_seconds
        self._told_seconds = told_seconds
        return told_seconds
