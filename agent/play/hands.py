"""The agent's hands: they strike and release what the scheduler says, keep the ledger, and know which part goes where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

from agent.play.band import Band
from agent.play.ledger import Ledger
from agent.play.scheduler import KEY, Alarm, Planned, Scheduler, Strike
from models.music import PARTS, Control, Event, Note, NoteOff, NoteOn
from models.tempo import TempoMap

SHORTEST_NOTE_BEATS = 1 / 24
STUTTER_BEATS = 1 / 16
"""Nobody strikes one key twice within so short a time and means it."""
HELD_BEATS = 1e6
"""For ever: what a key of the human's holds ends when that key comes up."""
OWN = "own"
"""The tag of notes that a mode made up itself; a plan does not replace them."""
_HAIR_BEATS = 1e-9
_PEDALS = (64, 66)  # sustain and sostenuto hold notes that no key holds


class Outputs(Protocol):
    """Where sound goes."""

    def send(self, port: str, event: Event) -> bool:
        """Pass an event on and return at once; False when the port is away. Runs on the loop."""

    def send_clock(self, data: bytes, seconds: float | None = None) -> bool:
        """Pass a word of MIDI clock on, to sound at an instant or at once. Runs on the loop."""

    @property
    def clock_ahead_seconds(self) -> float:
        """How long before its instant a tick wants to be passed on."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One event that left for a port, with who asked for it: a part's name, or `human` for what is passed through."""

    port: str
    event: Event
    voice: str


@dataclass(frozen=True, slots=True)
class Routing:
    """Part → port and channel (0..15)."""

    places: dict[str, tuple[str, int]]
    thru: tuple[str, int] | None = None


class Hands:
    """Everything that sounds because of us goes through here. All methods run on the loop."""

    def __init__(
        self,
        tempo: TempoMap,
        outputs: Outputs,
        routing: Routing,
        max_late_seconds: float = 0.1,
        watch: Callable[[str, int, int, bool], None] | None = None,
    ) -> None:
        self.scheduler = Scheduler(tempo, max_late_seconds)
        self.ledger = Ledger(watch)
        self.sent: list[Sent] = []
        self.last_onset_beats = float("-inf")
        self.tell_released: Callable[[Planned], None] = lambda planned: None
        self.outputs = outputs
        self._routing = routing
        self.band = Band(routing.places)
        self._passed_through: set[tuple[str, int]] = set()
        self._pedals_down: set[int] = set()
        self._last_struck: dict[tuple[str, int], float] = {}

    def play(self, tag: str, note: Note) -> Planned | None:
        """Plan a note on its part's port. One that no port can carry, or that would only stutter, is refused with None."""
        if note.part not in PARTS or not _playable(note):
            return None
        if not tag.startswith(KEY) and self._would_stutter(note):
            return None
        port, channel = self.band.place(note.part)
        whole = Note(note.onset_beats, max(note.length_beats, SHORTEST_NOTE_BEATS), note.pitch, note.velocity, note.part)
        return self.scheduler.play(tag, whole, port, channel)

    def next(self, now: float) -> Strike | Alarm | Planned | None:
        """Do the next thing that is due: a Strike was sounded just now, a Planned was released, an Alarm is the caller's."""
        due = self.scheduler.pop_due(now)
        if due is None or isinstance(due, Alarm):
            return due
        planned = due.planned
        if isinstance(due, Strike):
            self.last_onset_beats = max(self.last_onset_beats, planned.note.onset_beats)
            self._last_struck[planned.note.part, planned.note.pitch] = planned.note.onset_beats
            # The fader turns what is sent; what was meant stays as it was, for the mind and for loops.
            velocity = self.band.velocity(planned.note.part, planned.note.velocity)
            event = NoteOn(planned.note.pitch, velocity, planned.channel)
            self._send(planned.port, self.ledger.strike(planned.port, event), planned.note.part)
            return due
        self._release(planned)
        return planned

    def hold(self, key: tuple[str, int], note: Note) -> Planned | None:
        """Sound a note at once, until this key (port, pitch) of the human's comes up."""
        # A hair early, so that rounding does not put it off to the next round of the loop.
        return self.play(_held_by(key), replace(note, onset_beats=note.onset_beats - _HAIR_BEATS))

    def let_go(self, key: tuple[str, int]) -> None:
        """The key came up, or is struck anew: what it held ends."""
        self.hush(_held_by(key))

    def hush(self, tag: str | None = None) -> list[Planned]:
        """End what sounds and take back what was planned, at once. Returns what was taken back unplayed."""
        gone = self.scheduler.cancel(tag)
        for planned in self.scheduler.release_all(tag):
            self._release(planned)
        return gone

    def pass_through(self, event: Event, key: tuple[str, int] | None = None) -> None:
        """Send what the human plays straight on. Pitches are counted, so that nothing of it is left hanging either."""
        if self._routing.thru is None:
            return
        port, channel = self._routing.thru
        if isinstance(event, NoteOn):
            if key in self._passed_through:  # struck again while down: it has one owner still
                self._send(port, self.ledger.damp(port, NoteOff(event.pitch, channel)), "human")
            elif key is not None:
                self._passed_through.add(key)
            self._send(port, self.ledger.strike(port, NoteOn(event.pitch, event.velocity, channel)), "human")
        elif isinstance(event, NoteOff):
            if key in self._passed_through:
                self._passed_through.discard(key)
                self._send(port, self.ledger.damp(port, NoteOff(event.pitch, channel)), "human")
        else:
            self._pedals_down.discard(event.number)
            if event.number in _PEDALS and event.value:
                self._pedals_down.add(event.number)
            self._send(port, (Control(event.number, event.value, channel),), "human")

    def panic(self, port: str | None = None) -> list[Planned]:
        """Silence everything of ours on one port or all: whatever the reason, afterwards nothing sounds.

        On all ports, what was planned is taken back, too, and returned.
        """
        for planned in self.scheduler.release_all(port=port):
            self._release(planned)
        if self._routing.thru is not None and port in (None, self._routing.thru[0]):
            self._passed_through.clear()
            self._lift_pedals(*self._routing.thru)
        for name, event in self.ledger.end_all(port):
            self._send(name, (event,), "human")
        return self.scheduler.cancel() if port is None else []

    def _lift_pedals(self, port: str, channel: int) -> None:
        for number in sorted(self._pedals_down):
            self._send(port, (Control(number, 0, channel),), "human")
        self._pedals_down.clear()

    def _would_stutter(self, note: Note) -> bool:
        """Whether the part strikes this key at almost the same instant already."""
        key = (note.part, note.pitch)
        onsets = [p.note.onset_beats for p in self.scheduler.planned() if (p.note.part, p.note.pitch) == key]
        onsets.append(self._last_struck.get(key, float("-inf")))
        return any(abs(note.onset_beats - onset) < STUTTER_BEATS for onset in onsets)

    def _release(self, planned: Planned) -> None:
        event = NoteOff(planned.note.pitch, planned.channel)
        self._send(planned.port, self.ledger.damp(planned.port, event), planned.note.part)
        self.tell_released(planned)

    def _send(self, port: str, events: tuple[Event, ...], voice: str) -> None:
        for event in events:
            self.outputs.send(port, event)
            self.sent.append(Sent(port, event, voice))


def _held_by(key: tuple[str, int]) -> str:
    return f"{KEY}{key[0]}:{key[1]}"


def _playable(note: Note) -> bool:
    in_range = 0 <= note.pitch <= 127 and 1 <= note.velocity <= 127
    return in_range and isfinite(note.onset_beats) and isfinite(note.length_beats)
