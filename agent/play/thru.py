"""Thru: what the human plays, sent straight on, before anything else and never waiting for a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.play.ledger import Ledger
from models.music import Bend, Control, Event, NoteOff, NoteOn

_PEDALS = (64, 66)  # sustain and sostenuto hold notes that no key holds


class Thru:
    """Counts keys, pedals and bends, so that nothing of them is left hanging. All methods run on the loop.

    With a channel of its own all goes out on that one; without, each message keeps its own, as MPE needs it.
    """

    def __init__(self, port: str, channel: int | None, ledger: Ledger, send: Callable[[str, tuple[Event, ...]], None]) -> None:
        self.port = port
        self._channel, self._ledger, self._send = channel, ledger, send
        self._down: dict[tuple[str, int], int] = {}  # a key of the human's: the channel on which it sounds
        self._pedals: set[tuple[int, int]] = set()  # channel and number
        self._bent: set[int] = set()

    def pass_on(self, event: Event, key: tuple[str, int] | None) -> None:
        """Send an event; `key` is the port and pitch of what has moved, None for what is no key."""
        channel = event.channel if self._channel is None else self._channel
        if isinstance(event, NoteOff):
            if key in self._down and self._down[key] == channel:
                self._lift(key, event.pitch)
        elif isinstance(event, NoteOn):
            if key in self._down:  # struck again while down: it has one owner still
                self._lift(key, event.pitch)
            if key is not None:
                self._down[key] = channel
            self._send(self.port, self._ledger.strike(self.port, replace(event, channel=channel)))
        else:
            self._note(event, channel)
            self._send(self.port, (replace(event, channel=channel),))

    def rest(self) -> None:
        """Every key is forgotten (the ledger ends it), every pedal comes up, every bend goes back."""
        self._down.clear()
        pedals, bent = sorted(self._pedals), sorted(self._bent)
        self._pedals.clear()
        self._bent.clear()
        self._send(self.port, tuple(Control(number, 0, channel) for channel, number in pedals))
        self._send(self.port, tuple(Bend(0, channel) for channel in bent))

    def _lift(self, key: tuple[str, int], pitch: int) -> None:
        channel = self._down.pop(key)
        self._send(self.port, self._ledger.damp(self.port, NoteOff(pitch, channel)))

    def _note(self, event: Event, channel: int) -> None:
        if isinstance(event, Control) and event.number in _PEDALS:
            (self._pedals.add if event.value else self._pedals.discard)((channel, event.number))
        elif isinstance(event, Bend):
            (self._bent.add if event.value else self._bent.discard)(channel)
