"""Which of JACK's frames an instant of ours is, and the reverse."""

from __future__ import annotations

from time import perf_counter
from typing import Any

_SHARP_SECONDS = 0.00005  # a look that took longer was interrupted, and says nothing
_JUMP_SECONDS = 0.001  # so far out, the server has lost time and begins anew
_SHARE, _RATE_SHARE = 0.2, 0.02  # JACK rounds its answer to a frame: what is off is made good bit by bit, and so is a drift
_WRAP = 1 << 32


class FrameClock:
    """The instant at which the current cycle began. All methods run on the server's thread, within a cycle.

    A frame is where it lies in a cycle's buffer, an instant one of `perf_counter`. What lies in this cycle was played during
    the one before it, and what is laid into this cycle sounds during the next: so both ways a frame is one cycle later than
    its instant, and what is answered at once to what is heard meets it.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._rate_hz = float(client.samplerate)
        self._frame = 0
        self._began_seconds: float | None = None
        self._drift_seconds = 0.0  # by how much a cycle is longer than it should be: a server out of breath loses time

    def look(self) -> None:
        """A cycle has begun."""
        first = self._client.last_frame_time
        before = perf_counter()
        frame = self._client.frame_time
        after = perf_counter()
        expected = self._began_seconds
        if expected is not None:
            expected += _distance(first, self._frame) / self._rate_hz + self._drift_seconds
        seen = (before + after) / 2.0 - _distance(frame, first) / self._rate_hz
        if expected is None or abs(seen - expected) > _JUMP_SECONDS:
            expected, self._drift_seconds = seen, 0.0
        elif after - before < _SHARP_SECONDS:
            self._drift_seconds += _RATE_SHARE * (seen - expected)
            expected += _SHARE * (seen - expected)
        self._frame, self._began_seconds = first, expected

    def frame_of(self, second: float, frames: int) -> int:
        """Where in the cycle of so many frames an instant lies; beyond its end is a later cycle, below 0 it is over."""
        return round((second - (self._began_seconds or 0.0)) * self._rate_hz) + frames

    def second_of(self, frame: int, frames: int) -> float:
        """The instant of a frame of the cycle."""
        return (self._began_seconds or 0.0) - (frames - frame) / self._rate_hz


def _distance(later: int, earlier: int) -> int:
    """From one frame to another; JACK begins again at 0 after a day."""
    return (later - earlier + _WRAP // 2) % _WRAP - _WRAP // 2
