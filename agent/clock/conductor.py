"""Who leads: it bends the tempo map towards the human's beat, or keeps its own, or takes the tempo that somebody names."""

from __future__ import annotations

from agent.listen.beat import BeatFinder, Pulse
from models.tempo import TempoMap

SURE_ENOUGH = 0.45
"""Below this confidence the human's pulse is not followed."""
CATCH_UP_BEATS = 2.0
"""A phase error is made good over about this long, so that the beat never jumps."""
SLOWEST_BPM, FASTEST_BPM = 20.0, 300.0


class Conductor:
    """Keeps the tempo map true to its source. Runs on the loop."""

    def __init__(self, tempo: TempoMap, follow: bool) -> None:
        self._tempo = tempo
        self._follow = follow
        self._finder = BeatFinder()
        self._bent_until_seconds: float | None = None
        self.pulse: Pulse | None = None

    @property
    def source(self) -> str:
        """Where the tempo comes from: `estimate` or `internal`."""
        return "estimate" if self._follow and self.pulse else "internal"

    @property
    def lock(self) -> float:
        """How sure the beat is, 0..1."""
        if not self._follow:
            return 1.0
        return self.pulse.confidence if self.pulse else 0.0

    def heard(self, seconds: float, velocity: int) -> None:
        """A note of the human's began: lean towards where it says the beat is."""
        if not self._follow:
            return
        pulse = self._finder.hear(seconds, velocity)
        if pulse is None or pulse.confidence < SURE_ENOUGH:
            return
        self.pulse = pulse
        phase = self._tempo.beats_at(pulse.beat_seconds)
        late_beats = phase - round(phase)
        bpm = pulse.bpm * (1.0 - late_beats / CATCH_UP_BEATS)
        self._set(bpm, seconds)
        self._bent_until_seconds = seconds + CATCH_UP_BEATS * 60.0 / pulse.bpm

    def settle(self, seconds: float) -> None:
        """Once an error has been made good, keep to the pulse itself. Called as time passes."""
        if self._bent_until_seconds is not None and seconds >= self._bent_until_seconds and self.pulse is not None:
            self._bent_until_seconds = None
            self._set(self.pulse.bpm, seconds)

    def take_tempo(self, bpm: float, seconds: float) -> None:
        """Somebody names the tempo; from now on it is kept, not followed."""
        self._follow = False
        self._bent_until_seconds = None
        self._set(bpm, seconds)

    def _set(self, bpm: float, seconds: float) -> None:
        self._tempo.change(min(max(bpm, SLOWEST_BPM), FASTEST_BPM), seconds)
