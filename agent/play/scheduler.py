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
_RELEASE, _STRIKE, _ALARM = range(3)  # the order of things that fall on one instant: whoever wakes may take a while


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

    def __init__(self, tempo: TempoMap, max_late_seconds: float = 0.1) -> None:
        self._tempo = tempo
        self._max_late_seconds = max_late_seconds
        self._by_beats: list[tuple[float, int, int, Planned | str]] = []
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
            self._push(beats, _ALARM, tag)
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
        instants = []
        if self._by_beats:
            instants.append(self._tempo.seconds_at(self._by_beats[0][0]))
        if self._by_seconds:
            instants.append(self._by_seconds[0][0])
        return min(instants, default=None)

    def pop_due(self, now: float) -> Due | None:
        """The next thing whose instant has come, or None. An onset that is too late is dropped and counted; an end never is."""
        while (due_seconds := self.next_due()) is not None and due_seconds <= now:
            due = self._pop(due_seconds, now)
            if due is not None:
                return due
        return None

    def _pop(self, due_seconds: float, now: float) -> Due | None:
        if not self._by_beats or due_seconds < self._tempo.seconds_at(self._by_beats[0][0]):
            return Alarm(due_seconds, heapq.heappop(self._by_seconds)[2])
        _, kind, _, what = heapq.heappop(self._by_beats)
        if isinstance(what, str):
            return Alarm(due_seconds, what)
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

    def _push(self, beats: float, kind: int, what: Planned | str) -> None:
        heapq.heappush(self._by_beats, (beats, kind, next(self._order), what))

    def _forget_cancelled(self) -> None:
        # At once: a mode that re-plans at every note would leave dozens on each beat, for the notes due there to wait behind.
        self._by_beats = [e for e in self._by_beats if isinstance(e[3], str) or self._lives(e[1], e[3].id)]
        heapq.heapify(self._by_beats)

    def _lives(self, kind: int, planned_id: int) -> bool:
        return planned_id in (self._sounding if kind == _RELEASE else self._waiting)
