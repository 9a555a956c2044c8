"""The beat of somebody who plays without a click.

Many ideas of the beat run side by side (see `grid`). Each onset weighs them all by how well they foretold it and by how
much it sounds like a beat (see `ear`). New ideas come from the spaces between onsets and from relatives of the best one:
twice or half as fast, off by a half. Causal; about a quarter of a millisecond an onset.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

from agent.listen.accent import Accents
from agent.listen.ear import Ear
from agent.listen.grid import Grid

SLOWEST_BPM, FASTEST_BPM = 40.0, 190.0
FEWEST_ONSETS = 5
_USUAL_BPM, _USUAL_SPREAD, _USUAL_WEIGHT = 74.0, 0.32, 8.0
"""What people call the beat: how much rarer, in nats, a tempo is one spread (in octaves of e) away from the usual one."""
_EVEN, _EVEN_FROM_SECONDS = 40.0, 2.0 * 60.0 / 140.0
"""Notes that all come at one pace, up to 140 a minute, are beats and not halves of slower ones."""
_MEMORY_SECONDS, _MEMORY_ONSETS = 8.0, 24
"""A new idea is tried on this much of the past."""
_FADING_SECONDS = 40.0
"""What was heard this long ago counts a third."""
_LONGEST_GAP_SECONDS = 1.5
_MOST_IDEAS = 28
_SWITCH = 3.0
"""Another idea must be better by this many nats before it leads."""
_WANDERS = (0.002, 0.015)
"""Steady players and free ones: how much the period of an idea may change from beat to beat."""
_PARTS = (1.0, 2.0, 0.5, 4.0, 3.0)
"""How many beats a space between onsets may be."""
_RELATIVES = (
    (1.0, 0.5), (2.0, 0.0), (0.5, 0.0), (0.5, 0.5), (1.5, 0.0), (2 / 3, 0.0), (2.0, 0.5), (1.0, 0.25), (1.0, 0.75),
    (3.0, 0.0), (1 / 3, 0.0), (0.75, 0.0), (4 / 3, 0.0),
)  # fmt: skip
"""How much faster, and off by which share of a beat, another idea near the best one may be."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Where the beat is thought to be: one beat falls at `beat_seconds`, the next 60/bpm later."""

    bpm: float
    beat_seconds: float
    confidence: float


class BeatFinder:
    """Listens to onsets and says the pulse, or None while there is too little to go by."""

    def __init__(self) -> None:
        self._accents, self._ear = Accents(), Ear()
        self._onsets: list[tuple[float, list[float]]] = []
        self._heard = 0
        self._rate = 3.0  # onsets a second
        self._ideas: list[Grid] = []
        self._best: Grid | None = None
        self._turn = 0

    def hear(self, seconds: float, velocity: int, pitch: int = 60) -> Pulse | None:
        """A note began. Runs on the loop."""
        features = self._accents.hear(seconds, pitch, velocity)
        if features is not None:
            self._onset(seconds, features)
        best = self._best
        if best is None or self._heard < FEWEST_ONSETS:
            return None
        return Pulse(60.0 / best.period_seconds, best.beat_seconds, best.fit)

    def _onset(self, seconds: float, features: tuple[float, ...]) -> None:
        gap = 0.3
        if features:
            places = self._ear.hear(features)
            self._onsets[-1][1].extend(places)
            for idea in self._ideas:
                idea.place(places)
            gap = seconds - self._onsets[-1][0]
        self._heard += 1
        lean = 0.1 if self._heard < 2 * FEWEST_ONSETS else 0.04
        self._rate += lean * (1.0 / min(max(gap, 0.05), _LONGEST_GAP_SECONDS) - self._rate)
        keep = _kept(gap)
        for idea in self._ideas:
            idea.hear(seconds, self._rate, keep)
        self._onsets.append((seconds, []))
        while len(self._onsets) > _MEMORY_ONSETS or seconds - self._onsets[0][0] > _MEMORY_SECONDS:
            del self._onsets[0]
        if len(self._onsets) > 2:
            self._imagine(seconds)
            self._choose()

    def _imagine(self, now: float) -> None:
        """A few new ideas each time, so that within some onsets all that are likely have been tried."""
        for number in range(5 if self._heard < 12 else 2):
            self._turn += 1
            back = 2 + self._turn % min(7, len(self._onsets) - 1)
            part = _PARTS[self._turn // 7 % len(_PARTS)]
            self._try(now, (now - self._onsets[-back][0]) / part, _WANDERS[number % 2])
        if self._best is not None:
            faster, shift = _RELATIVES[self._turn % len(_RELATIVES)]
            period = self._best.period_seconds
            self._try(self._best.beat_seconds + shift * period, period / faster, _WANDERS[self._turn % 2])

    def _try(self, beat_seconds: float, period_seconds: float, wander: float) -> None:
        if not 60.0 / FASTEST_BPM <= period_seconds <= 60.0 / SLOWEST_BPM:
            return
        begin = self._onsets[0][0]
        beat_seconds -= period_seconds * int((beat_seconds - begin) / period_seconds + 1.0)
        new = Grid(beat_seconds, period_seconds, wander, begin)
        if any(idea.agrees(new, 0.03, 0.06) for idea in self._ideas):
            return
        last = begin
        for seconds, places in self._onsets:
            new.hear(seconds, self._rate, _kept(seconds - last))
            if places:
                new.place(places)
            last = seconds
        self._ideas.append(new)

    def _choose(self) -> None:
        """Keep the best of the ideas that differ; the leading one leads on unless another is clearly better."""
        kept: list[Grid] = []
        for idea in sorted(self._ideas, key=_rank, reverse=True):
            if len(kept) < _MOST_IDEAS and not any(other.agrees(idea, 0.02, 0.05) for other in kept):
                kept.append(idea)
        self._ideas = kept
        if kept and (self._best not in kept or _rank(kept[0]) > _rank(self._best) + _SWITCH):
            self._best = kept[0]


def _kept(gap_seconds: float) -> float:
    return exp(-min(gap_seconds, _LONGEST_GAP_SECONDS) / _FADING_SECONDS)


def _rank(idea: Grid) -> float:
    away = log(60.0 / idea.period_seconds / _USUAL_BPM) / _USUAL_SPREAD
    even = _EVEN if idea.is_even and idea.period_seconds > _EVEN_FROM_SECONDS else 0.0
    return idea.score - _USUAL_WEIGHT * 0.5 * away * away - even
