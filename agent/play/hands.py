"""The agent's hands: they strike and release what the scheduler says, keep the ledger, and know which part goes where."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

from agent.play.band import Band
from agent.play.delivery import Delivery, Outputs, Watch
from agent.play.ledger import Ledger
from agent.play.scheduler import KEY, Alarm, Planned, Scheduler, Strike
from agent.play.thru import Thru
from models.music import PARTS, Event, Note, NoteOff, NoteOn
from models.tempo import TempoMap

SHORTEST_NOTE_BEATS = 1 / 24
STUTTER_BEATS = 1 / 16
"""Nobody strikes one key twice within so short a time and means it."""
HELD_BEATS = 1e6
"""For ever: what a key of the human's holds ends when that key comes up."""
OWN = "own"
"""The tag of notes that a mode made up itself; a plan does not replace them."""
_HAIR_BEATS = 1e-9
At = tuple[float, float] | None
"""When it is to sound, and what time it is; None is at once."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One event that left for a port, with who asked for it: a part's name, or `human` for what is passed through."""

    port: str
    event: Event
    voice: str
    wait_seconds: float = 0.0  # how long after this pass of the loop it sounds


@dataclass(frozen=True, slots=True)
class Routing:
    """Part → port and channel (0..15); how early hands strike, and how much later or earlier than the beat each port is."""

    places: dict[str, tuple[str, int]]
    thru: tuple[str, int | None] | None = None  # without a channel, each message keeps its own
    early_seconds: float = 0.0
    offsets_seconds: dict[str, float] = field(default_factory=dict)
    notes_per_second: int = 0  # 0 is no limit


class Hands:
    """Everything that sounds because of us goes through here. All methods run on the loop."""

    def __init__(
        self,
        tempo: TempoMap,
        outputs: Outputs,
        routing: Routing,
        max_late_seconds: float = 0.1,
        watch: Watch | None = None,
    ) -> None:
        self.scheduler = Scheduler(tempo, max_late_seconds, routing.early_seconds)
        self.delivery = Delivery(outputs, routing.early_seconds, routing.offsets_seconds, watch)
        self.ledger = Ledger()
        self.sent: list[Sent] = []
        self.last_onset_beats = float("-inf")
        self.tell_released: Callable[[Planned, float | None], None] = lambda planned, seconds: None
        self.outputs = outputs
        self._routing = routing
        self.band = Band(routing.places)
        self._thru = Thru(*routing.thru, self.ledger, self._send_human) if routing.thru else None
        self._begun_seconds: deque[float] = deque(maxlen=routing.notes_per_second or 1)
        self.refused = 0
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
        self.delivery.pass_on(now)
        due = self.scheduler.pop_due(now)
        while isinstance(due, Strike) and self._too_many(due.due_seconds):
            self.refused += 1
            self.scheduler.forget(due.planned)
            due = self.scheduler.pop_due(now)
        if due is None or isinstance(due, Alarm):
            return due
        planned = due.planned
        at = None if planned.held else (due.due_seconds, now)  # what a key of the human's holds does not wait
        if isinstance(due, Strike):
            self.last_onset_beats = max(self.last_onset_beats, planned.note.onset_beats)
            self._last_struck[planned.note.part, planned.note.pitch] = planned.note.onset_beats
            # The fader turns what is sent; what was meant stays as it was, for the mind and for loops.
            velocity = self.band.velocity(planned.note.part, planned.note.velocity)
            event = NoteOn(self.band.pitch(planned.note.part, planned.note.pitch), velocity, planned.channel)
            self._send(planned.port, self.ledger.strike(planned.port, event), planned.note.part, at)
            return due
        self._release(planned, at)
        return planned

    def take_sent(self) -> list[Sent]:
        """What has left for the ports since the last call."""
        sent, self.sent = self.sent, []
        return sent

    def next_due(self) -> float | None:
        """When `next` has something to do."""
        dues = (self.scheduler.next_due(), self.delivery.next_due())
        return min((due for due in dues if due is not None), default=None)

    def next_move(self) -> float | None:
        """The instant at which a note of ours begins or ends next. One that has already left for it does not count."""
        dues = (self.scheduler.next_note(), self.delivery.next_due())
        return min((due for due in dues if due is not None), default=None)

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

    def resolve(self, pitch_classes: Sequence[int]) -> None:
        """End what sounds of ours and is not among these pitch classes: the harmony has moved on."""
        for planned in self.scheduler.sounding():
            strange = planned.note.pitch % 12 not in pitch_classes and planned.note.part != "drums"
            if strange and not planned.held:
                self.scheduler.forget(planned)
                self._release(planned)

    def pass_through(self, event: Event, key: tuple[str, int] | None = None) -> None:
        """Send what the human plays straight on. Pitches are counted, so that nothing of it is left hanging either."""
        if self._thru is not None:
            self._thru.pass_on(event, key)

    def introduce(self, port: str) -> None:
        """A port is there: each part of it chooses its sound."""
        for part in self.band.parts:
            if self.band.place(part)[0] == port:
                self.choose_sound(part)

    def choose_sound(self, part: str) -> None:
        """Send the part's program, and its bank before it, if the rig names them."""
        port, _ = self.band.place(part)
        self._send(port, self.band.sound(part), part)

    def panic(self, port: str | None = None) -> list[Planned]:
        """Silence everything of ours on one port or all: whatever the reason, afterwards nothing sounds.

        On all ports, what was planned is taken back, too, and returned.
        """
        for planned in self.scheduler.release_all(port=port):
            self._release(planned)
        if self._thru is not None and port in (None, self._thru.port):
            self._thru.rest()
        for name, event in self.ledger.end_all(port):
            self._send(name, (event,), "human")
        self.delivery.drain(port)
        return self.scheduler.cancel() if port is None else []

    def _would_stutter(self, note: Note) -> bool:
        """Whether the part strikes this key at almost the same instant already."""
        key = (note.part, note.pitch)
        onsets = [p.note.onset_beats for p in self.scheduler.planned() if (p.note.part, p.note.pitch) == key]
        onsets.append(self._last_struck.get(key, float("-inf")))
        return any(abs(note.onset_beats - onset) < STUTTER_BEATS for onset in onsets)

    def _release(self, planned: Planned, at: At = None) -> None:
        event = NoteOff(self.band.pitch(planned.note.part, planned.note.pitch), planned.channel)
        self._send(planned.port, self.ledger.damp(planned.port, event), planned.note.part, at)
        self.tell_released(planned, at[0] if at else None)

    def _too_many(self, seconds: float) -> bool:
        """Whether so many notes have begun within the last second that this one has to be left out."""
        limit = self._routing.notes_per_second
        if limit and len(self._begun_seconds) == limit and seconds - self._begun_seconds[0] < 0.9999:
            return True
        self._begun_seconds.append(seconds)
        return False

    def _send_human(self, port: str, events: tuple[Event, ...]) -> None:
        self._send(port, events, "human")

    def _send(self, port: str, events: tuple[Event, ...], voice: str, at: At = None) -> None:
        for event in events:
            if at is None:
                self.delivery.send(port, event)
            else:
                self.delivery.send_at(port, event, *at)
            self.sent.append(Sent(port, event, voice, max(at[0] - at[1], 0.0) if at else 0.0))


def _held_by(key: tuple[str, int]) -> str:
    return f"{KEY}{key[0]}:{key[1]}"


def _playable(note: Note) -> bool:
    in_range = 0 <= note.pitch <= 127 and 1 <= note.velocity <= 127
    return in_range and isfinite(note.onset_beats) and isfinite(note.length_beats)
