"""The loop: wait for something to happen, let the session answer, send what is due. On stage, in rehearsal and in tests."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from agent.clock.clocks import Clock
from agent.items import Curtain, Item
from agent.play.hands import Sent
from agent.play.session import Session
from agent.play.telling import NOTES_FIRST_SECONDS
from agent.show.cues import Message
from agent.show.meters import Meters


class Recorder(Protocol):
    """Whoever writes the evening down."""

    def note(self, now: float, item: Item | None, sent: Iterable[Sent]) -> None:
        """One pass of the loop: what happened and what left. Returns at once."""


@dataclass(slots=True)
class Performer:
    """The loop and those who watch it: `carry` takes cues to their targets, `beat` shows that the loop goes round."""

    session: Session
    clock: Clock
    recorder: Recorder
    carry: Callable[[float, list[Message]], None]
    beat: Callable[[float], None] = lambda now: None

    def perform(self, carry_on: Callable[[], bool]) -> None:
        """Play until told to stop; then nothing of ours is left sounding."""
        meters = Meters(self.session)
        now = self.clock.now()
        self.session.begin(now)
        self.recorder.note(now, Curtain(now, True, self.session.hands.delivery.early_seconds), ())
        while carry_on():
            item = self.clock.wait(self._until(meters.next_due(), now))
            now = self.clock.now()
            self._pass(item, now)
            if not self._note_is_near(self.clock.now()):
                self._tell_the_room(meters, now)
            self.beat(now)
        now = self.clock.now()
        self.recorder.note(now, Curtain(now, rises=False), self.session.end(now))
        self.carry(now, self.session.show.take(now))

    def _tell_the_room(self, meters: Meters, now: float) -> None:
        """Read some needles or carry cues away, not both in one round: somebody may have struck a key meanwhile."""
        if meters.busy or not self.session.show.has_news:
            self._look(meters, now)
            if meters.busy or self.session.show.has_news:
                return
        self.carry(now, self.session.show.take(now))

    def _look(self, meters: Meters, now: float) -> None:
        try:
            meters.read(now)
        except Exception:  # a needle that sticks must not stop the music
            sentence = _last_line(traceback.format_exc())
            if sentence != self.session.show.last_error:
                self.session.show.error(sentence)

    def _until(self, meters_due: float, now: float) -> float:
        due = self.session.next_due()
        room_due = now if self.session.show.has_news else meters_due
        if due is None:
            return room_due
        return due if self._note_is_near(now) else min(due, room_due)

    def _note_is_near(self, now: float) -> bool:
        """Whether cues and meters, which take up to a millisecond, have to wait, because a note is due before they are done."""
        due = self.session.next_due()
        return due is not None and due - now < NOTES_FIRST_SECONDS

    def _pass(self, item: Item | None, now: float) -> None:
        due = self.session.next_due()
        if item is None and (due is None or due > now):
            return
        self.recorder.note(now, item, step(self.session, item, now))


def step(session: Session, item: Item | None, now: float) -> list[Sent]:
    """One pass through the session. Whatever raises in it is caught here, and only here: our notes are hushed, it goes on."""
    try:
        if item is not None:
            session.handle(item, now)
        return session.sound(now)
    except Exception:
        session.recover(f"{_last_line(traceback.format_exc())}; fell back to listen")
        return session.sound(now)


def _last_line(trace: str) -> str:
    where = [line.strip() for line in trace.splitlines() if line.strip().startswith("File ")]
    return f"{trace.strip().splitlines()[-1]} ({where[-1] if where else ''})"
