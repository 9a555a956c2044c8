"""The way from the hand to the port. A hand that strikes early, so that nothing is late, has what it sends held here."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Protocol

from models.music import Event, NoteOff, NoteOn

_Held = tuple[float, int, str, Event, float]
"""When it leaves, its number, port and event, and when it sounds."""
Watch = Callable[[str, int, int, bool], None]
"""Is told port, channel, pitch and whether it sounds from now on."""


class Outputs(Protocol):
    """Where sound goes."""

    def send(self, port: str, event: Event) -> bool:
        """Pass an event on and return at once; False when the port is away. Runs on the loop."""

    def send_at(self, port: str, event: Event, seconds: float) -> bool:
        """The same for an event that is to sound at an instant: at once, if the system cannot hold it. Runs on the loop."""

    def ahead_seconds(self, port: str) -> float:
        """How long before its instant an event wants to be passed on; 0 where the system cannot hold it."""

    def send_clock(self, data: bytes, seconds: float | None = None) -> bool:
        """Pass a word of MIDI clock on, to sound at an instant or at once. Runs on the loop."""

    @property
    def clock_ahead_seconds(self) -> float:
        """How long before its instant a tick wants to be passed on."""


class Delivery:
    """Holds each event until its port wants it, and takes back a beginning that has not left when its key is let go.

    `early_seconds` is how early hands strike, `offsets_seconds` how much later (or, below 0, earlier) than the beat each port
    is to get it. What is sent for no instant leaves at once. `watch` is told what has left. All methods run on the loop.
    """

    def __init__(
        self, outputs: Outputs, early_seconds: float, offsets_seconds: dict[str, float], watch: Watch | None = None
    ) -> None:
        self.early_seconds = early_seconds
        self._outputs, self._offsets_seconds = outputs, offsets_seconds
        self._watch = watch or (lambda port, channel, pitch, sounds: None)
        self.tell_late: Callable[[float], None] = lambda seconds: None
        """Is told how late each beginning has left that was meant for an instant."""
        self._held: list[_Held] = []
        self._order = count()

    def send(self, port: str, event: Event) -> None:
        """Let it leave at once. What is held of the same key is settled first: its end leaves, too, its beginning never."""
        settled = 0
        if self._held and isinstance(event, (NoteOn, NoteOff)):
            settled = self._settle(lambda name, held: (name, held.channel, held.pitch) == (port, event.channel, event.pitch))
        if not (settled and isinstance(event, NoteOff)):  # else the key is up already
            self._leave(port, event)

    def send_at(self, port: str, event: Event, seconds: float, now: float) -> None:
        """Let it leave in time to sound at an instant, with the port's offset."""
        offset_seconds = self._offsets_seconds.get(port, 0.0)
        if not self.early_seconds and not offset_seconds:
            self._leave(port, event)
            if isinstance(event, NoteOn):
                self.tell_late(now - seconds)
            return
        sounds_seconds = seconds + offset_seconds
        leaves_seconds = sounds_seconds - self._outputs.ahead_seconds(port)
        heapq.heappush(self._held, (leaves_seconds, next(self._order), port, event, sounds_seconds))
        self.pass_on(now)

    def next_due(self) -> float | None:
        """When something is to leave, or None."""
        return self._held[0][0] if self._held else None

    def pass_on(self, now: float) -> None:
        """Let everything leave whose time has come."""
        while self._held and self._held[0][0] <= now:
            leaves_seconds, _, port, event, sounds_seconds = heapq.heappop(self._held)
            self._note(port, event)
            if isinstance(event, NoteOn):
                self.tell_late(now - leaves_seconds)
            self._outputs.send_at(port, event, sounds_seconds)

    def drain(self, port: str | None = None) -> None:
        """Hold nothing any more, of one port or of all: ends leave at once, beginnings never."""
        self._settle(lambda name, held: port in (None, name))

    def _settle(self, concerns: Callable[[str, NoteOn | NoteOff], bool]) -> int:
        """Says how many were held. What has not begun needs no end."""
        held, kept, void = sorted(self._held), list[_Held](), set[tuple[str, int, int]]()
        for entry in held:
            _, _, port, event, _ = entry
            if not isinstance(event, (NoteOn, NoteOff)) or not concerns(port, event):
                kept.append(entry)
            elif isinstance(event, NoteOn):
                void.add((port, event.channel, event.pitch))
            elif (port, event.channel, event.pitch) in void:
                void.discard((port, event.channel, event.pitch))
            else:
                self._leave(port, event)
        self._held = kept  # sorted, hence a heap
        return len(held) - len(kept)

    def _leave(self, port: str, event: Event) -> None:
        self._note(port, event)
        self._outputs.send(port, event)

    def _note(self, port: str, event: Event) -> None:
        if isinstance(event, (NoteOn, NoteOff)):
            self._watch(port, event.channel, event.pitch, isinstance(event, NoteOn))
