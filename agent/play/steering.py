"""What people, pedals and patches ask for while the music plays, done to the session.

The desk (`controls.py`) has checked it; here it happens. Runs on the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.items import Cue
from agent.play.casting import next_line

if TYPE_CHECKING:
    from agent.play.session import Session


class Steering:
    """Answers requests, one word and what belongs to it: `mode solo bar`, `role comp level 0.5`, `panic`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, cue: Cue) -> None:
        """Turn the desk, and do what it cannot do itself."""
        for request in self._session.controls.take(cue):
            if request.startswith("?"):
                self._session.show.error(request.removeprefix("?"))
            elif request:
                self._do(*request.split())

    def _do(self, verb: str, *words: str) -> None:
        session = self._session
        match verb:
            case "mode":
                self._change_mode(*words)
            case "mute":
                session.planner.drop(session.now.beats)
            case "role":
                self._turn_part(*words)
            case "solo":
                session.hands.band.leave_alone("".join(words))
                self._drop_silent_parts()
            case "tempo":
                session.conductor.take_tempo(session.controls.bpm, session.now.seconds)
            case "panic":
                session.planner.panic()
            case "refresh":
                session.show.refresh()
            case "ping":
                session.show.pong()

    def _change_mode(self, name: str, when: str) -> None:
        if when == "now":
            self._session.take_up(name)
        else:
            self._session.take_up_at(name, next_line(self._session.now.beats, when, self._session.metre))

    def _turn_part(self, part: str, what: str, value: str) -> None:
        self._session.hands.band.turn(part, what, float(value))
        self._drop_silent_parts()

    def _drop_silent_parts(self) -> None:
        """A part that was muted rests at once; what sounds rings out."""
        session = self._session
        band = session.hands.band
        session.planner.drop_parts(frozenset(part for part in band.parts if not band.plays(part)))
