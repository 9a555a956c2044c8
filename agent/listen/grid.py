"""One idea of where the beat is, kept true to the onsets that fit it, and weighed by how well it foretells them.

An idea is a grid of beats, halves, quarters and thirds of a beat. Onsets are taken as a point process that is denser on
the grid than off it, so ideas of different tempo can be compared fairly: a finer grid fits more but promises more.
Period and phase follow the onsets by a Kalman filter.
"""

from __future__ import annotations

from math import exp, log, pi, sqrt

_BEAT, _HALF, _QUARTER, _OTHER = range(4)
"""Places in the beat, as `ear` names them; thirds are among the others."""
_PLACES = (_BEAT, _QUARTER, _HALF, _QUARTER, _BEAT)
_USUAL = (0.70, 0.42, 0.30, 0.05)
"""Onsets to expect a beat, by place, before the player has shown habits."""
_TRUST_BEATS = 5.0
"""After this many beats the player's habits count as much as what is usual."""
_HABIT_KEPT = 0.94
_STRAY_A_SECOND = 0.25
"""Onsets that belong to no grid."""
_LONGEST_WAIT_SECONDS = 1.5
"""A longer rest says nothing about the beat."""
_FIT_LEAN = 0.08
_ROOT = sqrt(2.0 * pi)


class Grid:
    """A beat at `beat_seconds`, the next `period_seconds` later; `score` in nats, lately; `fit` 0..1."""

    # fmt: off
    __slots__ = (
        "_belongs", "_counts", "_heard_beats", "_jitter", "_last_seconds", "_p11", "_p12", "_p22", "_place", "_wander",
        "beat_seconds", "fit", "period_seconds", "score",
    )
    # fmt: on

    def __init__(self, beat_seconds: float, period_seconds: float, wander: float, now_seconds: float) -> None:
        self.beat_seconds, self.period_seconds = beat_seconds, period_seconds
        self.score, self.fit = 0.0, 0.5
        self._wander = (wander * period_seconds) ** 2
        self._jitter = (0.014 + 0.014 * period_seconds) ** 2
        # What is unsure of beat and period: the filter's covariance.
        self._p11, self._p12, self._p22 = (0.03 * period_seconds) ** 2, 0.0, (0.04 * period_seconds) ** 2
        self._last_seconds = now_seconds
        self._counts = [0.0, 0.0, 0.0, 0.0]
        self._heard_beats = 0.0
        self._place, self._belongs = _BEAT, 0.0

    def agrees(self, other: Grid, period_share: float, phase_share: float) -> bool:
        """Whether two ideas are the same, up to these shares of a beat."""
        period = self.period_seconds
        if abs(other.period_seconds - period) >= period_share * period:
            return False
        away = (other.beat_seconds - self.beat_seconds) / period
        return abs(away - round(away)) < phase_share

    @property
    def is_even(self) -> bool:
        """Whether beats and halves are struck alike and nothing else is."""
        beats, halves, quarters, others = self._counts
        return halves > 0.85 * beats and quarters + others < 0.08 * beats

    def hear(self, seconds: float, rate: float, keep: float) -> None:
        """An onset. `rate` is how many a second come from this player anyway; `keep` of the past score stays."""
        ahead = (seconds - self.beat_seconds) / self.period_seconds
        whole = int(ahead)
        if whole > 0:
            self._pass(whole)
            ahead -= whole
        place, slot = _nearest(ahead)
        counts, trust = self._counts, 1.0 / (_TRUST_BEATS + self._heard_beats)
        expected = (_TRUST_BEATS * _USUAL[place] + counts[place]) * trust
        if place >= _QUARTER:
            expected *= 0.5  # there are two of these in a beat
        row1, row2 = self._p11 + slot * self._p12, self._p12 + slot * self._p22
        spread = row1 + slot * row2 + self._jitter
        off = seconds - self.beat_seconds - slot * self.period_seconds
        on_grid = expected * exp(-0.5 * off * off / spread) / (_ROOT * sqrt(spread))
        belongs = on_grid / (on_grid + _STRAY_A_SECOND)
        promised = (_TRUST_BEATS * sum(_USUAL) + sum(counts)) * trust / self.period_seconds + _STRAY_A_SECOND
        waited = min(seconds - self._last_seconds, _LONGEST_WAIT_SECONDS)
        self.score = self.score * keep + log((on_grid + _STRAY_A_SECOND) / rate) - (promised - rate) * waited
        self.fit += _FIT_LEAN * (belongs - self.fit)
        counts[place] += belongs
        self._last_seconds, self._place, self._belongs = seconds, place, belongs
        phase_gain, period_gain = row1 / spread * belongs, row2 / spread * belongs
        self.beat_seconds += phase_gain * off
        self.period_seconds += period_gain * off
        self._p11 -= phase_gain * row1
        self._p12 -= phase_gain * row2
        self._p22 -= period_gain * row2

    def place(self, places: list[float]) -> None:
        """How much the last onset sounded as if it lay on each place, in nats."""
        self.score += self._belongs * places[self._place] + (1.0 - self._belongs) * places[_OTHER]

    def _pass(self, beats: int) -> None:
        """Beats go by."""
        self.beat_seconds += beats * self.period_seconds
        self._p11 += beats * (2.0 * self._p12 + beats * self._p22) + beats * self._wander * 0.5
        self._p12 += beats * self._p22
        self._p22 += beats * self._wander
        kept = _HABIT_KEPT**beats
        self._counts = [count * kept for count in self._counts]
        self._heard_beats = self._heard_beats * kept + (1.0 - kept) / (1.0 - _HABIT_KEPT)


def _nearest(ahead: float) -> tuple[int, float]:
    """The place of the grid nearest to a point of the beat, and where in the beat it lies."""
    quarter = min(max(round(ahead * 4.0), 0), 4)
    slot = quarter / 4.0
    third = round(ahead * 3.0) / 3.0
    if 0.0 < third < 1.0 and abs(ahead - third) < 0.5 * abs(ahead - slot):
        return _OTHER, third
    return _PLACES[quarter], slot
