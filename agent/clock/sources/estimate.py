"""The human's own beat, found in how they play."""

from __future__ import annotations

from agent.clock.sources.source import Lead
from agent.listen.beat import BeatFinder, Pulse

SURE_ENOUGH = 0.45
"""Below this confidence the human's pulse is not followed."""


class Estimate:
    """Listens all the time, so that it can lead at once when nobody better does."""

    name = "estimate"

    def __init__(self) -> None:
        self._finder = BeatFinder()
        self.pulse: Pulse | None = None

    def hear(self, seconds: float, velocity: int, pitch: int) -> bool:
        """A note of the human's began. True when it made the beat clearer."""
        pulse = self._finder.hear(seconds, velocity, pitch)
        if pulse is None or pulse.confidence < SURE_ENOUGH:
            return False
        self.pulse = pulse
        return True

    def lead(self, now: float) -> Lead | None:
        """The last pulse that was sure enough."""
        if self.pulse is None:
            return None
        return Lead(self.pulse.bpm, self.pulse.beat_seconds, 0.0, self.pulse.confidence)
