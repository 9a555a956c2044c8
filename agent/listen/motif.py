"""The player's own ideas, and how much of what the agent plays is made of them.

An idea is the shape of five notes of a line: the steps between them, whatever the key. A line is the highest note of each
onset; a rest ends it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from itertools import pairwise

IDEA_STEPS = 4
MOST_IDEAS = 2048
"""So many shapes are kept, the latest."""
TOGETHER_BEATS = 0.06
REST_BEATS = 4.0
_LEAN = 0.15
"""How fast the echo fades."""

Shape = tuple[int, ...]


class Line:
    """One player's tune, onset by onset; says a shape when five notes of it have been heard."""

    def __init__(self) -> None:
        self._beats = float("-inf")
        self._top = 0
        self._pitches: deque[int] = deque(maxlen=IDEA_STEPS + 1)

    def hear(self, beats: float, pitch: int) -> Shape | None:
        """A note begins. Gives the shape that ended with the onset before, if there is one."""
        if beats - self._beats < TOGETHER_BEATS:
            self._top = max(self._top, pitch)
            return None
        shape = self._close()
        if beats - self._beats > REST_BEATS:
            self._pitches.clear()
        self._beats, self._top = beats, pitch
        return shape

    def _close(self) -> Shape | None:
        if self._beats == float("-inf"):
            return None
        self._pitches.append(self._top)
        if len(self._pitches) <= IDEA_STEPS:
            return None
        shape = tuple(after - before for before, after in pairwise(self._pitches))
        return shape if any(shape) else None  # a note that is only repeated is nobody's idea


class MotifMemory:
    """Remembers what the human has played, and hears it in the agent's part. Runs on the loop."""

    def __init__(self) -> None:
        self._human, self._agent = Line(), Line()
        self._ideas: OrderedDict[Shape, int] = OrderedDict()
        self.echo = 0.0
        """0..1: how much of what the agent has played lately is made of the human's ideas."""
        self.again = 0.0
        """0..1: how much of what the human has played lately they had played before."""

    def hear(self, beats: float, pitch: int, human: bool) -> None:
        """A note begins, by either."""
        shape = (self._human if human else self._agent).hear(beats, pitch)
        if shape is None:
            return
        known = shape in self._ideas
        if not human:
            self.echo += _LEAN * (known - self.echo)
            return
        self.again += _LEAN * (known - self.again)
        self._ideas[shape] = self._ideas.pop(shape, 0) + 1
        if len(self._ideas) > MOST_IDEAS:
            self._ideas.popitem(last=False)

    def times(self, shape: Shape) -> int:
        """How often the human has played this shape."""
        return self._ideas.get(shape, 0)
