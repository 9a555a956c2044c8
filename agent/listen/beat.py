"""The beat of somebody who plays without a click: tempo from the spaces between onsets, phase from where they fall.

A comb over candidate tempi scores how well recent onsets lie on a grid, with a preference for walking pace; the winner
is followed smoothly. Causal, a few hundred microseconds an onset.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, exp, log, pi

SLOWEST_BPM, FASTEST_BPM = 50.0, 180.0
MEMORY_SECONDS = 6.0
FEWEST_ONSETS = 5
TOGETHER_SECONDS = 0.035
"""Notes closer than this are one chord, hence one onset."""


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
        candidates = self._near(self._bpm) if self._bpm else _tempi(SLOWEST_BPM, FASTEST_BPM, 1.02)
        everywhere = _tempi(SLOWEST_BPM, FASTEST_BPM, 1.04)
        score, phase, bpm = max(self._score(tempo, now) for tempo in (*candidates, *everywhere))
        if self._bpm is None or abs(log(bpm / self._bpm)) > 0.1:
            self._bpm = bpm
        else:
            self._bpm *= (bpm / self._bpm) ** 0.3
        return Pulse(self._bpm, phase, min(max(score, 0.0), 1.0))

    def _near(self, bpm: float) -> list[float]:
        return _tempi(bpm * 0.93, bpm * 1.07, 1.007)

    def _score(self, bpm: float, now: float) -> tuple[float, float, float]:
        period_seconds = 60.0 / bpm
        x = y = half_x = half_y = total = 0.0
        for seconds, weight in self._onsets:
            faded = weight * exp(-(now - seconds) / MEMORY_SECONDS * 1.5)
            angle = 2 * pi * (seconds - now) / period_seconds
            x, y = x + faded * cos(angle), y + faded * cos(angle - pi / 2)
            half_x, half_y = half_x + faded * cos(2 * angle), half_y + faded * cos(2 * angle - pi / 2)
            total += faded
        strength = (x * x + y * y) ** 0.5 / total
        half_strength = (half_x * half_x + half_y * half_y) ** 0.5 / total
        walking = exp(-0.5 * (log(bpm / 95.0) / 0.45) ** 2)
        steady = 0.15 if self._bpm and abs(log(bpm / self._bpm)) < 0.07 else 0.0
        phase_seconds = atan2(y, x) / (2 * pi) * period_seconds
        return (0.6 * strength + 0.4 * half_strength) * (0.5 + 0.5 * walking) + steady, now + phase_seconds, bpm


def _tempi(low: float, high: float, ratio: float) -> list[float]:
    tempi, bpm = [], max(low, SLOWEST_BPM)
    while bpm <= min(high, FASTEST_BPM):
        tempi.append(bpm)
        bpm *= ratio
    return tempi
