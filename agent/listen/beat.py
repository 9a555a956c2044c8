"""The beat of somebody who plays without a click: tempo from the spaces between onsets, phase from where they fall.

A comb over candidate tempi scores how well recent onsets lie on a grid, with a preference for walking pace; the winner
is followed smoothly. Causal, a few hundred microseconds an onset.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, exp, hypot, log, pi, sin

SLOWEST_BPM, FASTEST_BPM = 50.0, 180.0
MEMORY_SECONDS = 6.0
FEWEST_ONSETS = 5
TOGETHER_SECONDS = 0.035
"""Notes closer than this are one chord, hence one onset."""
FADING_SECONDS = 4.0
"""An onset this long ago counts a third."""
LOOK_EVERYWHERE_EVERY = 4
ON_BEAT_COSINE = 0.7  # within an eighth of a beat


@dataclass(frozen=True, slots=True)
class Pulse:
    """Where the beat is thought to be: one beat falls at `beat_seconds`, the next 60/bpm later."""

    bpm: float
    beat_seconds: float
    confidence: float


class BeatFinder:
    """Listens to onsets and says the pulse, or None while there is too little to go by."""

    def __init__(self) -> None:
        self._onsets: list[tuple[float, float]] = []
        self._bpm: float | None = None
        self._looks = 0

    def hear(self, seconds: float, velocity: int) -> Pulse | None:
        """A note began. Runs on the loop."""
        weight = 0.3 + velocity / 127.0
        if self._onsets and seconds - self._onsets[-1][0] < TOGETHER_SECONDS:
            last, before = self._onsets.pop()
            self._onsets.append((last, min(before + 0.5 * weight, 3.0)))
        else:
            self._onsets = [(s, w) for s, w in self._onsets if seconds - s < MEMORY_SECONDS] + [(seconds, weight)]
        if len(self._onsets) < FEWEST_ONSETS:
            return None
        return self._judge(seconds)

    def _judge(self, now: float) -> Pulse:
        onsets = [(seconds - now, weight * exp((seconds - now) / FADING_SECONDS)) for seconds, weight in self._onsets]
        self._looks += 1
        # Looking at every tempo takes most of a millisecond, so between times only the neighbourhood is looked at.
        everywhere = self._bpm is None or self._looks % LOOK_EVERYWHERE_EVERY == 0
        candidates = _tempi(SLOWEST_BPM, FASTEST_BPM, 1.04) if everywhere else []
        if self._bpm is not None:
            candidates += _tempi(self._bpm * 0.93, self._bpm * 1.07, 1.009)
        score, phase_seconds, bpm = max(self._score(tempo, onsets) for tempo in candidates)
        if self._bpm is None or abs(log(bpm / self._bpm)) > 0.1:
            self._bpm = bpm
        else:
            self._bpm *= (bpm / self._bpm) ** 0.3
        return Pulse(self._bpm, now + phase_seconds, min(max(score, 0.0), 1.0))

    def _score(self, bpm: float, onsets: list[tuple[float, float]]) -> tuple[float, float, float]:
        """How well a tempo explains the onsets, where its beat nearest to now falls, and the tempo."""
        x = y = half_x = half_y = total = 0.0
        turns = [(cos(angle), sin(angle)) for angle in (2 * pi * ago * bpm / 60.0 for ago, _ in onsets)]
        for (c, s), (_, weight) in zip(turns, onsets, strict=True):
            x, y, total = x + weight * c, y + weight * s, total + weight
            half_x, half_y = half_x + weight * (2 * c * c - 1), half_y + weight * 2 * s * c
        strength = hypot(x, y)
        fit = (0.45 * strength + 0.55 * hypot(half_x, half_y)) / total
        on_beat = sum(c * x + s * y > ON_BEAT_COSINE * strength for c, s in turns)
        beats = (onsets[-1][0] - onsets[0][0]) * bpm / 60.0 + 1.0
        # A tempo of which most beats pass in silence is twice the real one.
        filled = min(on_beat / beats, 1.0)
        walking = exp(-0.5 * (log(bpm / 95.0) / 0.45) ** 2)
        steady = 0.15 if self._bpm and abs(log(bpm / self._bpm)) < 0.07 else 0.0
        score = fit * (0.25 + 0.75 * filled) * (0.5 + 0.5 * walking) + steady
        return score, atan2(y, x) / (2 * pi) * 60.0 / bpm, bpm


def _tempi(low: float, high: float, ratio: float) -> list[float]:
    tempi, bpm = [], max(low, SLOWEST_BPM)
    while bpm <= min(high, FASTEST_BPM):
        tempi.append(bpm)
        bpm *= ratio
    return tempi
