"""When a JACK frame was, in seconds, for what is told by its spacing: the ticks of a clock."""

from __future__ import annotations

STRETCH = 0.25
"""While we catch up with a server that has stood still, its seconds last longer by this share. A fifth less tempo can be
followed; a gap in the ticks would look as if some of them were lost."""
LONGEST_STALL_SECONDS = 0.4
"""A server that was away for longer than this is not caught up with: we begin anew."""


class ServerTime:
    """Counts by the server's frames, which are even, and keeps to our clock, which is true.

    A server on a busy machine starts some cycles late, and may stand still altogether, with everybody on its graph: then the
    master's ticks are all there, only later. Frames tell which of the two it was.
    """

    def __init__(self, frames_per_second: float) -> None:
        self._frames_per_second = frames_per_second
        self._frame = 0
        self._zero_seconds: float | None = None  # when frame 0 would have been

    def cycle(self, frame: int, second: float) -> None:
        """A cycle that holds the frames from here on has begun, by our clock, at this second or earlier."""
        zero_seconds = second - frame / self._frames_per_second
        passed_seconds = (frame - self._frame) / self._frames_per_second
        self._frame = frame
        late_seconds = zero_seconds - self._zero_seconds if self._zero_seconds is not None else 0.0
        if self._zero_seconds is None or passed_seconds < 0.0 or late_seconds > LONGEST_STALL_SECONDS:
            self._zero_seconds = zero_seconds
        else:
            self._zero_seconds += min(late_seconds, STRETCH * passed_seconds)

    def second(self, frame: float) -> float:
        """When a frame was. Earlier than it reached us, and in step with the frames around it."""
        return (self._zero_seconds or 0.0) + frame / self._frames_per_second
