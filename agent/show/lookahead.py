"""What will sound, told before it sounds: a picture can start so early that it is there with the note. Runs on the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agent.play.scheduler import Planned
from agent.show.cues import OUT, Message
from models.tempo import TempoMap

MOVED_SECONDS = 0.001
"""An announcement that has become this wrong, since the tempo has changed, is put right."""
DT_PLACES = {
    address: row.names.split().index("dt_s") for address, row in OUT.items() if "dt_s" in row.names.split() and not row.state
}
"""Announcement: which of its arguments says in how many seconds."""


def nearer(messages: Sequence[Message], passed_seconds: float) -> list[Message]:
    """The same announcements, made so much later: what will sound is that much nearer."""
    return [_nearer(message, passed_seconds) if message[0] in DT_PLACES else message for message in messages]


def _nearer(message: Message, passed_seconds: float) -> Message:
    address, args = message
    place = DT_PLACES[address]
    dt_seconds = args[place]
    if not isinstance(dt_seconds, float):
        return message
    return address, (*args[:place], max(dt_seconds - passed_seconds, 0.0), *args[place + 1 :])


class Lookahead:
    """Announces each planned note once, at most `ahead_seconds` before it sounds, and calls off what will not sound.

    It says at which second of the session; whoever takes it away makes that a distance, since it may lie here for a while.
    """

    def __init__(self, tempo: TempoMap, say: Callable[..., None], ahead_seconds: float) -> None:
        self._tempo, self._say, self._ahead_seconds = tempo, say, ahead_seconds
        self._told: dict[int, float] = {}  # note: the second at which it was last said to sound

    def look(self, planned: Iterable[Planned], now: float, leaving: Iterable[Planned] = ()) -> None:
        """Tell what has come near, what has moved, and what was lost: `planned` is everything that has still to be struck.

        What is `leaving` was struck early and will sound when it was said to, whatever the tempo does now.
        """
        lost = dict(self._told)
        for one in leaving:
            lost.pop(one.id, None)
        near: list[tuple[float, Planned]] = []
        for one in planned:
            due_seconds = self._tempo.seconds_at(one.note.onset_beats)
            told_seconds = lost.pop(one.id, None)
            if told_seconds is None and due_seconds - now <= self._ahead_seconds and not one.held:
                near.append((due_seconds, one))
            elif told_seconds is not None and abs(told_seconds - due_seconds) > MOVED_SECONDS:
                self._told[one.id] = due_seconds
                self._say("/next/move", one.id, due_seconds)
        for due_seconds, one in sorted(near, key=lambda pair: (pair[0], pair[1].id)):
            self._tell(one, due_seconds)
        self._call_off(lost)

    def struck(self, planned: Planned) -> None:
        """It sounds: nothing more is to be said of it."""
        self._told.pop(planned.id, None)

    def cancelled(self, gone: Iterable[Planned]) -> None:
        """These will not sound."""
        self._call_off([planned.id for planned in gone if planned.id in self._told])

    def _tell(self, planned: Planned, due_seconds: float) -> None:
        note = planned.note
        duration_seconds = self._tempo.seconds_at(note.end_beats) - due_seconds
        self._told[planned.id] = due_seconds
        velocity = note.velocity / 127.0
        self._say("/next/note", planned.id, note.pitch, velocity, due_seconds, duration_seconds, note.part)

    def _call_off(self, ids: Iterable[int]) -> None:
        for planned_id in ids:
            del self._told[planned_id]
            self._say("/next/cancel", planned_id)
