"""What will happen, in order: notes in beats, alarms in beats or seconds. Everything planned can be cancelled by its tag.

Planned notes stay in beats until the instant they are due, so a tempo change bends only the future.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from models.music import Note
from models.tempo import TempoMap

KEY = "key:"
"""Begins the tag of what is tied to a key of the human's."""
_RELEASE, _STRIKE = range(2)  # the order of things that fall on one instant
_NOTE, _BEAT, _SECOND = range(3)  # the same, of the heaps: whoever wakes may take a while


@dataclass(frozen=True, slots=True)
class Planned:
    """A note on the heap, with where it goes."""

    id: int
    tag: str
    note: Note
    port: str
    channel: int

    @property
    def held(self) -> bool:
        """Whether a key of the human's holds it, and not the beat."""
        return self.tag.startswith(KEY)


@dataclass(frozen=True, slots=True)
class Strike:
    """A planned note begins now."""

    due_seconds: float
    planned: Planned


@dataclass(frozen=True, slots=True)
class Damp:
    """A sounding note ends now."""

    due_seconds: float
    planned: Planned


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody asked to be woken now."""

    due_seconds: float
    tag: str


Due = Strike | Damp | Alarm


class Scheduler:
    """The heap. It decides *when*; the session decides what that means. All methods run on the loop."""

    def __init__(self, tempo: TempoMap, max_late_seconds: float = 0.1, early_seconds: float = 0.0) -> None:
        """Notes are due `early_seconds` before they sound."""
        self._tempo = tempo
        self._max_late_seconds = max_late_seconds
        self._early_seconds = early_seconds
        self._notes: list[tuple[float, int, int, Planned]] = []
        self._by_beats: list[tuple[float, int, str]] = []
        self._by_seconds: list[tuple[float, int, str]] = []
        self._waiting: dict[int, Planned] = {}
        self._sounding: dict[int, Planned] = {}
        self._ids = count(1)
        self._order = count()
        self.dropped_late = 0
        self.plans = 0  # how often something was planned or taken back: who has seen this many has seen all

    def play(self, tag: str, note: Note, port: str, channel: int) -> Planned:
        """Plan a note. It is struck at its onset and released at its end, whatever happens in between."""
        planned = Planned(next(self._ids), tag, note, port, channel)
        self._waiting[planned.id] = planned
        self.plans += 1
        self._push(note.onset_beats, _STRIKE, planned)
        return planned

    def alarm(self, tag: str, *, beats: float | None = None, seconds: float | None = None) -> None:
        """Be woken at a beat or at an instant."""
        if beats is not None:
            heapq.heappush(self._by_beats, (beats, next(self._order), tag))
        if seconds is not None:
            heapq.heappush(self._by_seconds, (seconds, next(self._order), tag))

    def cancel(
        self, tag: str | None = None, from_beats: float = float("-inf"), parts: frozenset[str] | None = None
    ) -> list[Planned]:
        """Take back planned notes that have not begun. Returns them; what sounds keeps its end."""
        waiting = [p for p in self._waiting.values() if parts is None or p.note.part in parts]
        gone = [p for p in waiting if tag in (None, p.tag) and p.note.onset_beats >= from_beats]
        for planned in gone:
            del self._waiting[planned.id]
        if gone:
            self.plans += 1
            self._forget_cancelled()
        return gone

    def release_all(self, tag: str | None = None, port: str | None = None) -> list[Planned]:
        """Name every sounding note of a tag, of a port, or at all, and forget its end: the caller ends it at once."""
        gone = [p for p in self._sounding.values() if tag in (None, p.tag) and port in (None, p.port)]
        for planned in gone:
            del self._sounding[planned.id]
        return gone

    def forget(self, planned: Planned) -> None:
        """A note was struck and is not to sound after all: its end is no business of anybody's."""
        self._sounding.pop(planned.id, None)

    def waiting(self, tag: str | None = None) -> list[Planned]:
        """Planned notes that have not begun, in order of onset."""
        return sorted((p for p in self._waiting.values() if tag in (None, p.tag)), key=lambda p: (p.note.onset_beats, p.id))

    def planned(self) -> Iterable[Planned]:
        """The same in no order, for whoever looks often."""
        return self._waiting.values()

    def sounding(self) -> list[Planned]:
        """Notes that have begun and not yet ended."""
        return list(self._sounding.values())

    def next_due(self) -> float | None:
        """The instant of the next thing that will happen, or None."""
        return min(self._coming(), default=(None,))[0]

    def next_note(self) -> float | None:
        """The instant at which the next note begins or ends to sound, or None."""
        return self._tempo.seconds_at(self._notes[0][0]) if self._notes else None

    def pop_due(self, now: float) -> Due | None:
        """The next thing whose instant has come, or None. An onset that is too late is dropped and counted; an end never is."""
        while coming := min(self._coming(), default=None):
            due_seconds, heap = coming
            if due_seconds > now:
                return None
            if heap == _SECOND:
                return Alarm(due_seconds, heapq.heappop(self._by_seconds)[2])
            if heap == _BEAT:
                return Alarm(due_seconds, heapq.heappop(self._by_beats)[2])
            if (due := self._pop_note(due_seconds + self._early_seconds, now)) is not None:
                return due
        return None

    def _coming(self) -> list[tuple[float, int]]:
        """The first of each heap: when, and which heap."""
        first: list[tuple[float, int]] = []
        if self._notes:
            first.append((self._tempo.seconds_at(self._notes[0][0]) - self._early_seconds, _NOTE))
        if self._by_beats:
            first.append((self._tempo.seconds_at(self._by_beats[0][0]), _BEAT))
        if self._by_seconds:
            first.append((self._by_seconds[0][0], _SECOND))
        return first

    def _pop_note(self, due_seconds: float, now: float) -> Due | None:
        _, kind, _, what = heapq.heappop(self._notes)
        if kind == _RELEASE:
            return Damp(due_seconds, what) if self._sounding.pop(what.id, None) else None
        if self._waiting.pop(what.id, None) is None:
            return None
        if due_seconds < now - self._max_late_seconds:
            self.dropped_late += 1
            return None
        self._sounding[what.id] = what
        self._push(what.note.end_beats, _RELEASE, what)
        return Strike(due_seconds, what)

    def _push(self, beats: float, kind: int, what: Planned) -> None:
        heapq.heappush(self._notes, (beats, kind, next(self._order), what))

    def _forget_cancelled(self) -> None:
        # At once: a mode that re-plans at every note would leave dozens on each beat, for the notes due there to wait behind.
        self._notes = [entry for entry in self._notes if self._lives(entry[1], entry[3].id)]
        heapq.heapify(self._notes)

    def _lives(self, kind: int, planned_id: int) -> bool:
        return planned_id in (self._sounding if kind == _RELEASE else self._waiting)
