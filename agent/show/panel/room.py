"""Everybody who looks at the panel just now: each is told what happens, and may ask for what the cue table has.

One who cannot keep up is sent away, and comes back by itself to a fresh picture. All of it runs on the event loop.
"""

from __future__ import annotations

import json
from asyncio import Queue, QueueFull
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from agent.show.cues import IN, STATE

MOST_GUESTS = 32
MOST_UNREAD = 400
"""Messages that may wait for one guest, about eight seconds; who is further behind is sent away."""
MOST_UNSEEN = 8
LONGEST_TEXT = 4000
LOG_LINES = 100

Ask = Callable[[str, object], bool]
"""Passes a kind of request and its body on to the performer; False while it is away."""


class Refused(ValueError):
    """A message from a browser that is not understood, said in one sentence."""


class Guest:
    """One open page. `unread` holds what its socket has still to be sent; None means goodbye."""

    def __init__(self) -> None:
        self.unread: Queue[str | None] = Queue(MOST_UNREAD + 2)
        self.keys: set[int] = set()

    @property
    def lost(self) -> bool:
        """Whether it is too far behind to be told everything."""
        return self.unread.qsize() > MOST_UNREAD

    def show(self, text: str) -> None:
        """Queue a picture, unless older ones still wait: the next one will do."""
        if self.unread.qsize() < MOST_UNSEEN:
            self.tell(text)

    def tell(self, text: str) -> None:
        """Queue a message; a guest who has lost the thread gets nothing but goodbye."""
        if not self.lost:
            self.unread.put_nowait(text)
            if self.lost:
                self.leave()

    def leave(self) -> None:
        """Ask it to go."""
        try:
            self.unread.put_nowait(None)
        except QueueFull:
            pass  # goodbye is in there already


class Room:
    """What is known of the evening, and who wants to know it. Counts: `sent`, `asked`, `refused`."""

    def __init__(self, ask: Ask) -> None:
        self.counts: Counter[str] = Counter()
        self.guests: set[Guest] = set()
        self.picture: dict[str, Any] = {}
        self.here = False
        self.restarts: dict[str, int] = {}
        self._log: deque[tuple[float, str, bool]] = deque(maxlen=LOG_LINES)
        self._ask = ask
        self._states: dict[str, tuple[Any, ...]] = {}
        self._down: Counter[int] = Counter()

    def hear(self, kind: str, body: Any) -> None:
        """The performer says something, or comes or goes."""
        match kind:
            case "here" | "away":
                self.here = kind == "here"
                self._tell({"stage": kind})
            case "cues":
                seconds, messages = body
                self._log += [line for message in messages if (line := _logged(seconds, *message))]
                self._states |= {address: args for address, args in messages if address in STATE}
                self._tell({"t": seconds, "cues": [[address, *args] for address, args in messages]})
            case "picture":
                self.picture = {**body, "restarts": self.restarts, "guests": len(self.guests)}
                self._tell({"picture": self.picture}, droppable=True)

    def welcome(self) -> Guest:
        """Somebody opens a page: they hear every state as it stands."""
        guest = Guest()
        self.guests.add(guest)
        guest.tell(json.dumps({"stage": "here" if self.here else "away", "log": list(self._log)}))
        if self._states:
            now = self.picture.get("now", 0.0)
            guest.tell(json.dumps({"t": now, "cues": [[address, *args] for address, args in self._states.items()]}))
        if self.picture:
            guest.tell(json.dumps({"picture": self.picture}))
        return guest

    def goodbye(self, guest: Guest) -> None:
        """A page is closed: whatever keys it held come up."""
        self.guests.discard(guest)
        for pitch in sorted(guest.keys):
            self._lift(guest, pitch)

    def take(self, guest: Guest, text: str) -> None:
        """One message from a page. Raises Refused."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            raise Refused("this is not JSON") from None
        match said:
            case {"cue": [str(address), *args]}:
                self.cue(address, tuple(args))
            case {"key": [int(pitch), int(velocity)]} if 0 <= pitch <= 127 and 0 <= velocity <= 127:
                self._press(guest, pitch, velocity) if velocity else self._lift(guest, pitch)
            case _:
                raise Refused("a message is a cue or a key")

    def cue(self, address: str, args: tuple[Any, ...]) -> None:
        """Ask for something of the cue table. Raises Refused."""
        if address not in IN:
            raise Refused(f"there is no cue {address[:60]!r}")
        if len(args) > 8 or not all(map(_is_said, args)):
            raise Refused(f"{address} wants numbers and short texts: {IN[address].names or 'nothing'}")
        self.counts["asked"] += 1
        if not self._ask("cue", (address, args)):
            raise Refused("the performer is away; it will be back in a moment")

    def _press(self, guest: Guest, pitch: int, velocity: int) -> None:
        if pitch not in guest.keys:
            guest.keys.add(pitch)
            self._down[pitch] += 1
        self._ask("key", (pitch, velocity))

    def _lift(self, guest: Guest, pitch: int) -> None:
        if pitch not in guest.keys:
            return
        guest.keys.discard(pitch)
        self._down[pitch] -= 1
        if not self._down[pitch]:  # else somebody else holds it still
            self._ask("key", (pitch, 0))

    def _tell(self, message: dict[str, Any], droppable: bool = False) -> None:
        if not self.guests:
            return
        text = json.dumps(message, separators=(",", ":"))
        self.counts["sent"] += len(self.guests)
        for guest in self.guests:
            (guest.show if droppable else guest.tell)(text)


def _logged(seconds: float, address: str, args: tuple[Any, ...]) -> tuple[float, str, bool] | None:
    """A line of the log: when, what, and whether it is trouble."""
    if address == "/sys/error":
        return seconds, str(args[0]), True
    if address == "/sys/midi":
        return seconds, f"{args[1]} {'is plugged in' if args[0] else 'is away'}", not args[0]
    return None


def _is_said(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    return isinstance(value, int | float) and abs(value) < 1e12
