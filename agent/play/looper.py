"""The looper: the agent's last bars again and again, until it is let go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.play.casting import HAIR_BEATS, next_line
from agent.play.hands import OWN
from agent.play.keeping import by_track

if TYPE_CHECKING:
    from agent.play.session import Session
    from models.music import Note


class Looper:
    """Holds what goes round, so many `bars` (0 is none). While it does, nothing new is planned. Runs on the loop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.bars = 0
        self._round = 0
        self._length_beats = 0.0
        self._line_beats = 0.0
        self._notes: list[Note] = []

    def take(self, bars: int) -> None:
        """From the next bar line on, repeat so many bars."""
        session = self._session
        self.let_go()
        self.bars = bars
        if bars:
            self._length_beats = float(bars * session.metre.beats_per_bar)
            self._wake(next_line(session.now.beats, "bar", session.metre))
        else:
            session.replan()

    def let_go(self) -> None:
        """Play on from here."""
        session = self._session
        session.show.cancelled(session.hands.scheduler.cancel(OWN) if self._notes else [])
        self._round += 1
        self._notes, self.bars = [], 0
        session.planner.resting = False

    def woke(self, tag: str) -> None:
        """Just before the line: lay out one more round."""
        if tag != str(self._round):
            return
        session, line = self._session, self._line_beats
        if not self._notes:
            began = line - self._length_beats
            lately = [n for n in session.agent_notes if began - HAIR_BEATS <= n.onset_beats < line - HAIR_BEATS]
            # What still sounds, since a key holds it, would be held in each round anew.
            most = self._length_beats
            self._notes = [
                replace(n, onset_beats=n.onset_beats - began, length_beats=min(n.length_beats, most)) for n in lately
            ]
            if not self._notes:
                self.bars = 0
                session.show.error("there is nothing to loop: it has not played in these bars")
                return
            if session.keep is not None:
                tracks = by_track(self._notes)
                session.show.kept(session.keep(tracks, session.tempo.bpm, session.metre), self.bars)
            session.planner.drop(line - HAIR_BEATS)
            session.planner.resting = True
        for note in self._notes:
            session.hands.play(OWN, replace(note, onset_beats=line + note.onset_beats))
        self._wake(line + self._length_beats - HAIR_BEATS)

    def _wake(self, beats: float) -> None:
        self._line_beats = beats + HAIR_BEATS
        self._session.hands.scheduler.alarm(f"loop:{self._round}", beats=beats)
