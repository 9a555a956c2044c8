"""The mood of what sounds, on the two axes that people agree on, energy and valence; and its tension.

What speaks for what is taken from experiments with listeners, and no weight was fitted to labels, though middles and
spreads were chosen by looking at how well the signs of VGMIDI's pieces come out: energy is pace, fullness and
loudness; valence is mode first, then pace, then register, and the smoothness of harmony (Gabrielsson and Lindström
2010; Eerola, Friberg and Bresin 2013, who rank the cues); tension is roughness, foreign notes, and a rise of
loudness, pace and height above what was before (Farbood 2012). Most music is somewhat brighter than dark.
"""

from __future__ import annotations

from math import exp, log, tanh

LONG_SECONDS, SHORT_SECONDS = 16.0, 4.0
"""How long a mood lasts, and how long a moment."""
TOGETHER_SECONDS = 0.035
FEWEST_ONSETS = 8
_USUAL_ONSETS, _USUAL_NOTES = 3.3, 6.0
"""A second."""
_SPREAD = 0.5
"""What is much, for the logarithm of a pace."""
_USUAL_PITCH, _USUAL_VELOCITY, _USUAL_ROUGH = 62.0, 80.0, 0.12
_BRIGHT = 0.5
_ROUGHNESS = (0.0, 1.0, 0.4, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.4, 1.0)
"""Of two notes, by the semitones between them within the octave."""
_SCALES = (frozenset((0, 2, 4, 5, 7, 9, 11)), frozenset((0, 2, 3, 5, 7, 8, 10, 11)))


class _Memory:
    """Fading means of the last seconds; a pace is told from the first seconds on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._notes = self._onsets = self._weight = 0.0
        self._sums = [0.0, 0.0, 0.0, 0.0]
        self._last_seconds: float | None = None

    def fade(self, now: float) -> None:
        """Time goes by."""
        if self._last_seconds is not None:
            kept = exp(-max(now - self._last_seconds, 0.0) / self._seconds)
            self._notes *= kept
            self._onsets *= kept
            self._weight = self._weight * kept + (1.0 - kept) * self._seconds
            self._sums = [total * kept for total in self._sums]
        self._last_seconds = now

    def add(self, new_onset: bool, values: tuple[float, float, float, float]) -> None:
        """A note: pitch, velocity, roughness, and whether it is foreign."""
        self._notes += 1.0
        self._onsets += new_onset
        self._sums = [total + value for total, value in zip(self._sums, values, strict=True)]

    def paces(self) -> tuple[float, float]:
        """Onsets and notes a second, as logarithms of how much more than usual."""
        span = max(self._weight, 1.0)
        onsets = log(max(self._onsets / span, 0.05) / _USUAL_ONSETS) / _SPREAD
        return onsets, log(max(self._notes / span, 0.05) / _USUAL_NOTES) / _SPREAD

    def means(self) -> tuple[float, ...]:
        """Pitch, velocity, roughness and share of foreign notes."""
        return tuple(total / max(self._notes, 1e-9) for total in self._sums)


class MoodFinder:
    """Follows energy, valence and tension, each 0..1 with 0.5 in the middle. Runs on the loop."""

    def __init__(self) -> None:
        self._long, self._short = _Memory(LONG_SECONDS), _Memory(SHORT_SECONDS)
        self._onset_seconds = float("-inf")
        self._heard = 0
        self._major = 0.5
        self.energy = self.valence = self.tension = 0.5

    @property
    def confidence(self) -> float:
        """0..1: how much has been heard to judge by."""
        return min(self._heard / 40.0, 1.0)

    @property
    def heard(self) -> tuple[float, ...]:
        """What it judges by: paces of onsets and notes against the usual, then mean pitch, velocity, roughness, strangeness."""
        return *self._long.paces(), *self._long.means()

    def hear(self, seconds: float, pitch: int, velocity: int, held: list[int], key: tuple[tuple[int, int], float]) -> None:
        """A note begins while these pitches sound, in a key (tonic, mode) that is major with this likelihood."""
        (tonic, mode), self._major = key
        new_onset = seconds - self._onset_seconds > TOGETHER_SECONDS
        if new_onset:
            self._onset_seconds = seconds
            self._heard += 1
        others = [other for other in held if other != pitch]
        rough = sum(_ROUGHNESS[abs(pitch - other) % 12] for other in others) / len(others) if others else 0.0
        foreign = float((pitch - tonic) % 12 not in _SCALES[mode])
        for memory in (self._long, self._short):
            memory.fade(seconds)
            memory.add(new_onset, (float(pitch), float(velocity), rough, foreign))
        if self._heard >= FEWEST_ONSETS:
            self._judge()

    def _judge(self) -> None:
        onsets, notes = self._long.paces()
        pitch, velocity, rough, foreign = self._long.means()
        loud = (velocity - _USUAL_VELOCITY) / 20.0
        self.energy = _share(0.5 * onsets + 0.5 * notes + 0.15 * loud)
        bright = 3.0 * (self._major - 0.5) + 0.4 * onsets + 0.25 * (pitch - _USUAL_PITCH) / 6.0
        self.valence = _share(bright - 0.3 * (rough - _USUAL_ROUGH) / 0.07 - 0.15 * loud + _BRIGHT)
        onsets_now, _ = self._short.paces()
        pitch_now, velocity_now, rough_now, foreign_now = self._short.means()
        rising = 0.3 * (onsets_now - onsets) + (velocity_now - velocity) / 25.0 + (pitch_now - pitch) / 12.0
        self.tension = _share(2.0 * (rough_now - _USUAL_ROUGH) / 0.2 + 4.0 * (foreign_now - 0.5 * foreign - 0.05) + rising)


def _share(strength: float) -> float:
    return 0.5 + 0.5 * tanh(0.6 * strength)
