"""Somebody taps the beat: on a pedal, a pad or a patch's button."""

from __future__ import annotations

from agent.clock.sources.line import fit
from agent.clock.sources.source import Lead

FEWEST_TAPS, MOST_TAPS = 3, 8
LONGEST_GAP_SECONDS, SHORTEST_GAP_SECONDS = 3.0, 0.2
"""Further apart, tapping begins anew; nearer, it was one tap that bounced."""


class Tap:
    """The line through the last taps; it is kept until somebody names or taps another tempo."""

    name = "tap"

    def __init__(self) -> None:
        self._taps: list[float] = []
        self._lead: Lead | None = None

    def hear(self, seconds: float) -> None:
        """One tap."""
        gap_seconds = seconds - self._taps[-1] if self._taps else float("inf")
        if gap_seconds < SHORTEST_GAP_SECONDS:
            return
        if gap_seconds > LONGEST_GAP_SECONDS:
            self._taps.clear()
        self._taps = [*self._taps[-MOST_TAPS + 1 :], seconds]
        if len(self._taps) >= FEWEST_TAPS:
            line = fit(self._taps)
            self._lead = Lead(60.0 / line.step_seconds, line.last_seconds, 0.0, catch_up_beats=1.0)

    def forget(self) -> None:
        """Another tempo has been named."""
        self._taps.clear()
        self._lead = None

    def lead(self, now: float) -> Lead | None:
        """Where the tapped beat has got to."""
        return self._lead
