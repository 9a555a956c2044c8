"""What lies ready on one port of ours on the JACK graph, in which order it goes out, and which keys are down there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

TAKE_BACK = -1.0
"""In place of a second: what lies ready for later is not to be played."""

Coming = tuple[float, bytes]
"""The second for which a message is meant, 0 for at once, and the message."""

_SUSTAIN, _ALL_NOTES_OFF = 64, 123
_MOST_WAITING = 4096  # the server takes all of them every few milliseconds
_DOUBTED_CYCLES = 4  # when the server was late, note-offs of so many cycles are said again


class JackLine:
    """One port. Others only append to `incoming`; the rest is the server's thread's, save `last_words` at the very end."""

    def __init__(self, number: int, port: Any, is_input: bool, plugged_in_seconds: float = 0.0) -> None:
        self.number = number
        self.port = port
        self.is_input = is_input
        self.plugged_in_seconds = plugged_in_seconds  # on `perf_counter`; 0 is never, others plug into it
        self.incoming: deque[Coming] = deque(maxlen=_MOST_WAITING)
        self.sounding: set[bytes] = set()  # what would let go each key that is down: status and pitch
        self.ended: dict[bytes, int] = {}  # status and pitch of keys lately let go, and in which cycle
        self._now: deque[Coming] = deque()
        self._timed: deque[Coming] = deque()

    @property
    def busy(self) -> bool:
        """Whether something is still to go out."""
        return bool(self.incoming or self._now or self._timed)

    def take_in(self) -> None:
        """Sort what has come. What is for now overtakes what is for later, so it first settles what lies ready for its key."""
        while self.incoming:
            second, data = self.incoming.popleft()
            if second == TAKE_BACK:
                self._timed.clear()
            elif second:
                self._timed.append((second, data))
            else:
                if not (self._settle(data) and data[0] & 0xF0 == 0x80):  # else the key is up already
                    self._now.append((0.0, data))

    def next(self, is_due: Callable[[float], bool]) -> Coming | None:
        """What goes out next in this cycle, or None. What is for later goes in the order in which it came."""
        if self._now:
            return self._now.popleft()
        if self._timed and is_due(self._timed[0][0]):
            return self._timed.popleft()
        return None

    def put_back(self, coming: Coming) -> None:
        """It did not fit into this cycle: it is the first of the next."""
        self._now.appendleft((0.0, coming[1]))

    def remember(self, data: bytes, cycle: int) -> None:
        """Note which keys are down, and which have just come up."""
        if data[0] & 0xF0 == 0x80:
            self.ended[data[:2]] = cycle
            self.sounding.discard(data[:2])
        elif data[0] & 0xF0 == 0x90:
            key = bytes((data[0] - 0x10, data[1]))
            self.ended.pop(key, None)
            self.sounding.add(key)

    def doubt(self, cycle: int) -> None:
        """Say the latest note-offs again."""
        self.ended = {key: at for key, at in self.ended.items() if cycle - at <= _DOUBTED_CYCLES}
        self._now.extendleft((0.0, key + b"\0") for key in self.ended)

    def last_words(self) -> list[bytes]:
        """What ends everything that sounds here: each key, and then the pedals of their channels."""
        keys = sorted(self.sounding)
        channels = sorted({key[0] & 0x0F for key in keys})
        pedals = [bytes((0xB0 | channel, number, 0)) for channel in channels for number in (_SUSTAIN, _ALL_NOTES_OFF)]
        return [key + b"\0" for key in keys] + pedals

    def _settle(self, data: bytes) -> int:
        """A key moves now: its end that lies ready is brought forward; a beginning is void, and its own end with it.

        Says how many lay ready.
        """
        key = _key(data)
        ready = [message for _, message in self._timed if key is not None and _key(message) == key]
        if ready:
            void = False
            for message in ready:
                if message[0] & 0xF0 == 0x80 and not void:
                    self._now.append((0.0, message))
                void = message[0] & 0xF0 == 0x90
            self._timed = deque(coming for coming in self._timed if _key(coming[1]) != key)
        return len(ready)


def _key(data: bytes) -> tuple[int, int] | None:
    return (data[0] & 0x0F, data[1]) if data[0] & 0xE0 == 0x80 else None
