"""What may wait, and does while a note is about to sound: what is made of the human's notes, and the model's answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.items import Heard, Phrase
from agent.play.mode import WakeAt
from agent.play.scheduler import Alarm
from agent.play.telling import ALARM, NOTES_FIRST_SECONDS, TOLD_WITHIN_SECONDS
from models.tempo import TempoMap

if TYPE_CHECKING:
    from agent.play.session import Session

_PATIENT = ("mode:", "patience:", ALARM)
"""Whose alarms may wait."""
SOONEST_WAKE_SECONDS = 0.001


def not_at_once(wake: WakeAt, now_seconds: float, tempo: TempoMap) -> WakeAt:
    """A mode that asks for this very instant again and again must not stop the clock."""
    soonest = now_seconds + SOONEST_WAKE_SECONDS
    if wake.beats is not None and tempo.seconds_at(wake.beats) < soonest:
        return replace(wake, beats=None, seconds=soonest)
    return wake if wake.seconds is None else replace(wake, seconds=max(wake.seconds, soonest))


class WaitingRoom:
    """Keys that the human has moved and answers of the model, in the order in which they came. Runs on the loop.

    What follows from one of them takes up to a millisecond: about as late a note would be that falls into it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: deque[Heard | Phrase] = deque()

    def enter(self, item: Heard | Phrase) -> None:
        """Come in."""
        self._waiting.append(item)

    def called(self) -> Iterator[Heard | Phrase]:
        """Those whose turn it is: one by one, until a note comes first. Nobody waits for long."""
        while self._waiting:
            waited_seconds = self._session.now.seconds - self._waiting[0].seconds
            if waited_seconds <= TOLD_WITHIN_SECONDS and self._next_note() is not None:
                return
            yield self._waiting.popleft()

    def all(self) -> Iterator[Heard | Phrase]:
        """Everybody, since somebody comes who does not wait."""
        while self._waiting:
            yield self._waiting.popleft()

    def put_off(self, alarm: Alarm) -> bool:
        """Have an alarm ring again after the note that is about to sound; False where none is, or the alarm cannot wait."""
        note_seconds = self._next_note() if alarm.tag.startswith(_PATIENT) else None
        if note_seconds is None:
            return False
        self._session.hands.scheduler.alarm(alarm.tag, seconds=note_seconds)
        return True

    def _next_note(self) -> float | None:
        """The instant of the next note, if it is not this one but so near that all else comes after it."""
        now, due = self._session.now.seconds, self._session.hands.next_move()
        return due if due is not None and due != now and due - now < NOTES_FIRST_SECONDS else None
