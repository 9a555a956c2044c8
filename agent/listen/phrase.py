"""Where a phrase of the human's ends: after a long note or a rest, on a resting tone, and at a length that phrases have.

Weights: logistic regression on the phrases that two people marked in 76 songs of POP909 (the structure set). Judged when
the next note begins, or when the silence has become long enough by itself.
"""

from __future__ import annotations

from math import exp, log2

SURE_ENOUGH = 0.45
_SHORTEST_BREATH_BEATS = 0.75
_LONGEST_BREATH_BEATS = 16.0
_USUAL_BREATH_BEATS = 0.6
_LEAN = 0.06
_ROOM_BEATS = 1.0
"""A phrase is over about this long after its last note, or when the next begins."""
_ALONE = -3.33
_LONG_FOR_THE_PLAYER, _RESTS, _LONG, _LONG_NOTE = 1.72, 0.17, -0.76, 0.32
_LENGTHS = ((2.5, -3.16), (3.4, -1.15), (4.6, -0.13), (7.4, -1.02), (8.6, 1.64), (float("inf"), 0.48))
"""Up to how many bars of four beats a phrase is long, and what speaks for its end then."""
_ON_TONIC, _ON_CHORD = 0.39, -0.01


class PhraseFinder:
    """Follows one melody, the human's; says when it has come to rest."""

    def __init__(self) -> None:
        self._tonic = 0
        self._began_beats: float | None = None
        self._last: tuple[float, int] | None = None
        self._lifted_beats: float | None = None
        self._usual_breath = _USUAL_BREATH_BEATS
        self.last_end_beats: float | None = None
        self.confidence = 0.0

    def hear(self, beats: float, pitch: int, tonic: int) -> bool:
        """A note begins in a key with this tonic; whether it is the first of a new phrase. Runs on the loop."""
        ended = self.look(beats)
        if self._last is None or self._began_beats is None:
            self._began_beats = beats
        elif beats > self._last[0]:
            if ended:
                self.last_end_beats = min((self._lifted_beats or beats) + _ROOM_BEATS, beats)
                self._began_beats = beats
            self._usual_breath += _LEAN * (min(beats - self._last[0], 4.0) - self._usual_breath)
        self._tonic = tonic
        self._last, self._lifted_beats = (beats, pitch), None
        return ended

    def lift(self, beats: float, pitch: int) -> None:
        """A key comes up. Runs on the loop."""
        if self._last is not None and pitch == self._last[1]:
            self._lifted_beats = beats

    def look(self, beats: float) -> bool:
        """Whether, with nothing heard up to now, the phrase has ended; `confidence` says how likely. Runs on the loop."""
        self.confidence = self._probability(beats)
        return self.confidence > SURE_ENOUGH

    def _probability(self, beats: float) -> float:
        if self._last is None or self._began_beats is None:
            return 0.0
        begin, pitch = self._last
        breath = min(beats - begin, _LONGEST_BREATH_BEATS)
        if breath < _SHORTEST_BREATH_BEATS:
            return 0.0
        lifted = beats if self._lifted_beats is None else self._lifted_beats
        bars = (beats - self._began_beats) / 4.0
        step = (pitch - self._tonic) % 12
        score = (
            _ALONE
            + _LONG_FOR_THE_PLAYER * log2(breath / self._usual_breath)
            + _RESTS * log2(1.0 + min(max(beats - lifted, 0.0), _LONGEST_BREATH_BEATS))
            + _LONG * log2(1.0 + breath)
            + (_LONG_NOTE if lifted - begin >= 1.5 else 0.0)
            + next(weight for most, weight in _LENGTHS if bars <= most)
            + (_ON_TONIC if step == 0 else _ON_CHORD if step in (3, 4, 7) else 0.0)
        )
        return 1.0 / (1.0 + exp(-score))
