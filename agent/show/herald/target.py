"""One target of the herald's: what its mapping makes of the cues, and notes as much earlier or later as it wants.

A note is announced before it sounds. That is why it can be sent ahead with its instant as a timetag, for SuperCollider to play
to the sample, or early to a projector that is slow. On the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.ports.osc_decode import Message
from agent.show.herald.hub import Hub, Tick
from agent.show.mapping import TargetMap, state_names

TAGGED_AHEAD_SECONDS = 0.06
"""How long before its instant a packet with a timetag is sent."""
FORGET_SECONDS = 30.0

Out = Callable[[Sequence[Message], float | None], None]
"""Passes messages on; with an instant on the wall's clock they are to be done then."""


class Timer(Protocol):
    """Something that will be done."""

    def cancel(self) -> None:
        """Do it not."""


@dataclass(frozen=True)
class Timing:
    """The clock on the wall, and who does something after so many seconds."""

    wall: Callable[[], float]
    later: Callable[..., Timer]


@dataclass(slots=True)
class Coming:
    """A note that was announced."""

    pitch: int
    velocity: float
    part: str
    due_wall_seconds: float
    duration_seconds: float
    begun: bool = False  # as far as the target knows
    timer: Timer | None = None


class HeraldTarget:
    """Hears every tick; `out` is how it reaches its program."""

    def __init__(self, mapping: TargetMap, hub: Hub, out: Out, timing: Timing) -> None:
        self._mapping, self._hub, self._out, self._timing = mapping, hub, out, timing
        self._tagged = mapping.target.timetag == "sounding"
        self._offset_seconds = mapping.target.offset_ms / 1000.0
        self._ahead_seconds = max(-self._offset_seconds, 0.0) + (TAGGED_AHEAD_SECONDS if self._tagged else 0.0)
        self._coming: dict[int, Coming] = {}

    def tell(self, tick: Tick) -> None:
        """What was said just now. What was sent ahead is not said again."""
        if not self._ahead_seconds:
            if self._offset_seconds > 0.0:
                self._timing.later(self._offset_seconds, self._say, tick.messages)
            else:
                self._say(tick.messages)
            return
        left = [message for message in tick.messages if not self._went_ahead(message, tick)]
        self._forget(tick.wall_seconds)
        self._say(left)

    def _went_ahead(self, message: Message, tick: Tick) -> bool:
        """Whether this is a note that was, or will be, sent by its announcement."""
        match message:
            case "/next/note", (
                int(number),
                int(pitch),
                float(velocity),
                float(dt_seconds),
                float(duration_seconds),
                str(part),
            ):
                due = tick.wall_seconds + dt_seconds
                self._coming[number] = Coming(pitch, velocity, part, due, duration_seconds)
                self._wind(number)
            case "/next/move", (int(number), float(dt_seconds)) if number in self._coming:
                self._coming[number].due_wall_seconds = tick.wall_seconds + dt_seconds
                if not self._coming[number].begun:
                    self._wind(number)
            case "/next/cancel", (int(number),) if number in self._coming:
                gone = self._coming.pop(number)
                if gone.timer is not None:
                    gone.timer.cancel()
                if gone.begun:
                    self._note(number, gone, on=0, wall_seconds=None)
            case str(address), (int(number), *_, on) if address.startswith("/agent") and address.endswith("/note"):
                return self._sounds(address, number, bool(on))
        return False

    def _sounds(self, address: str, number: int, on: bool) -> bool:
        """The note itself is said: it was sent already, if it was announced early enough."""
        coming = self._coming.get(number)
        if coming is None:
            return False
        if on:
            self._begin(number)
        elif address == "/agent/note":  # its part says so right after
            self._note(number, coming, on=0, wall_seconds=None)
        else:
            del self._coming[number]
        return True

    def _wind(self, number: int) -> None:
        coming = self._coming[number]
        if coming.timer is not None:
            coming.timer.cancel()
        wait_seconds = coming.due_wall_seconds + min(self._offset_seconds, 0.0) - self._timing.wall()
        wait_seconds -= TAGGED_AHEAD_SECONDS if self._tagged else 0.0
        coming.timer = self._timing.later(max(wait_seconds, 0.0), self._begin, number)

    def _begin(self, number: int) -> None:
        coming = self._coming.get(number)
        if coming is None or coming.begun:
            return
        coming.begun = True
        if coming.timer is not None:
            coming.timer.cancel()
        self._note(number, coming, on=1, wall_seconds=coming.due_wall_seconds + self._offset_seconds if self._tagged else None)

    def _note(self, number: int, coming: Coming, on: int, wall_seconds: float | None) -> None:
        velocity = coming.velocity if on else 0.0
        args = (number, coming.pitch, velocity, 0, on)
        self._say([("/agent/note", args), (f"/agent/{coming.part}/note", args)], wall_seconds)

    def _say(self, messages: Sequence[Message], wall_seconds: float | None = None) -> None:
        own = [(self._hub.prefix + address, args) for address, args in messages if self._mapping.wants(address)]
        mapped = [*own, *self._mapping.said(messages, state_names(self._hub.values), self._timing.wall())]
        if mapped:
            self._out(mapped, wall_seconds)

    def _forget(self, wall_seconds: float) -> None:
        long_ago = wall_seconds - FORGET_SECONDS
        for number in [n for n, one in self._coming.items() if one.due_wall_seconds + one.duration_seconds < long_ago]:
            del self._coming[number]
