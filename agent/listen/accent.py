"""What makes an onset stand out: how long it is left to ring, how many notes it has, how low, how loud, how new.

Notes struck together are one onset; since what follows it tells much, it is described when the next one begins.
"""

from __future__ import annotations

from math import log

TOGETHER_SECONDS = 0.035
"""Notes closer than this are one chord, hence one onset."""
_LEAN = 0.05
"""How fast the sense of what is usual for this player moves."""
_LONGEST_GAP_SECONDS = 3.0
_BASS_STEP = 5.0
"""An onset this many semitones below the usual lowest note is a bass note."""
_FRESH_SECONDS = 1.0
_NEVER_SECONDS = -10.0


class Accents:
    """Gathers notes into onsets and describes each by twelve features, relative to what this player usually does."""

    def __init__(self) -> None:
        self.begin_seconds = self._before_seconds = _NEVER_SECONDS
        self._pitches: list[int] = []
        self._loudest = 0
        self._usual_low, self._usual_high, self._usual_loud = 55.0, 67.0, 80.0
        self._usual_gap, self._usual_count = 0.3, 1.5
        self._sounded: dict[int, float] = {}
        self._bass = 0

    def hear(self, seconds: float, pitch: int, velocity: int) -> tuple[float, ...] | None:
        """None if this note belongs to the onset so far; else the features of the onset before, empty for the first."""
        if seconds - self.begin_seconds < TOGETHER_SECONDS:
            self._pitches.append(pitch)
            self._loudest = max(self._loudest, velocity)
            return None
        features = self._describe(seconds) if self._pitches else ()
        self._before_seconds, self.begin_seconds = self.begin_seconds, seconds
        self._pitches, self._loudest = [pitch], velocity
        return features

    def _describe(self, next_seconds: float) -> tuple[float, ...]:
        begin, count = self.begin_seconds, len(self._pitches)
        low, high = min(self._pitches), max(self._pitches)
        after = min(next_seconds - begin, _LONGEST_GAP_SECONDS)
        before = min(begin - self._before_seconds, _LONGEST_GAP_SECONDS)
        classes = {pitch % 12 for pitch in self._pitches}
        fresh = sum(begin - self._sounded.get(c, _NEVER_SECONDS) > _FRESH_SECONDS for c in classes) / len(classes)
        is_bass = low < self._usual_low - _BASS_STEP
        features = (
            _clipped_log(after / self._usual_gap),
            _clipped_log(before / self._usual_gap),
            log(count / self._usual_count),
            (low - self._usual_low) / 12.0,
            (high - self._usual_high) / 12.0,
            (self._loudest - self._usual_loud) / 20.0,
            fresh,
            float(is_bass),
            float(is_bass and low % 12 != self._bass % 12),
            float(count == 1),
            _clipped_log(after),
            _clipped_log(before),
        )
        self._usual_gap += _LEAN * (min(after, 1.5) - self._usual_gap)
        self._usual_low += _LEAN * (low - self._usual_low)
        self._usual_high += _LEAN * (high - self._usual_high)
        self._usual_loud += _LEAN * (self._loudest - self._usual_loud)
        self._usual_count += _LEAN * (count - self._usual_count)
        self._sounded |= dict.fromkeys(classes, begin)
        self._bass = low if is_bass else self._bass
        return features


def _clipped_log(ratio: float) -> float:
    return max(-2.0, min(2.0, log(ratio)))
