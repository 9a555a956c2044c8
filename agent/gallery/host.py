"""The host of the room: sees who comes and goes, and turns the desk as a curator would who never leaves.

It hears what the session hears and answers with cues that anybody could send, so a recording holds all that it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from agent.config import Config, change
from agent.gallery.hours import is_open, read_hours, seed_of
from agent.items import Cue, Heard, Item
from agent.performer import Recorder
from agent.play.hands import Sent
from agent.play.session import Session
from models.music import Control, NoteOn

LOOK_SECONDS = 0.25
STANDS_STILL_SECONDS = 5.0
"""Who leaves the sensor's sight comes back within this time, or has gone."""
SENSOR_STUCK_SECONDS = 600.0
"""A sensor that saw somebody and has said nothing since, while no key was struck, is broken: nobody stands still so long."""
SEEN, SEEN_CONTROL = 0.5, 64
FRESH_SECONDS = 3600.0
"""Alone for this long, it begins another piece with other draws."""


class Host:
    """Closed, alone, or with a visitor. Everything here runs on the loop."""

    def __init__(
        self, session: Session, recorder: Recorder, post: Callable[[Item], None], wall: Callable[[], datetime] = datetime.now
    ) -> None:
        self.state = "closed" if session.config.agent.mode == "listen" else "alone"
        self._session, self._recorder, self._post, self._wall = session, recorder, post, wall
        self._rules = session.config.gallery
        self._hours = read_hours(self._rules.hours)
        self._level = 0.0 if self.state == "closed" else self._rules.level_max
        self._now = self._fresh = 0.0
        self._looked = float("-inf")
        self._last_note, self._last_seen = float("-inf"), float("-inf")
        self._seen, self._sensed = False, float("-inf")

    def note(self, now: float, item: Item | None, sent: Iterable[Sent]) -> None:
        """One pass of the loop, as the recorder sees it, who is told next."""
        self._recorder.note(now, item, sent)
        self._now = now
        if isinstance(item, Cue):
            self._cue(item)
        elif isinstance(item, Heard):
            self._heard(item)

    def carry(self, now: float, messages: object) -> None:
        """Look round the room now and then."""
        if now - self._looked < LOOK_SECONDS:
            return
        if self._looked < 0.0:
            self._turn("/ctl/level", self._level)
        since, self._looked, self._now = now - max(self._looked, 0.0), now, now
        opened = is_open(self._hours, self._wall())
        if self._seen and now - max(self._sensed, self._last_note) > SENSOR_STUCK_SECONDS:
            self._seen = False
        if self._seen:
            self._last_seen = now
        if not opened and self.state != "closed":
            self._become("closed")
        elif opened and self.state == "closed":
            self._welcome("alone")
        elif self.state == "visited" and self._has_gone(now):
            self._welcome("alone")
        elif self.state == "alone" and now - self._fresh >= FRESH_SECONDS:
            self._welcome("alone")
        self._fade(since)

    def _heard(self, item: Heard) -> None:
        event = item.event
        if isinstance(event, Control) and event.number == self._rules.presence_controller and event.number:
            self._look_at(event.value >= SEEN_CONTROL)
        elif isinstance(event, NoteOn):
            self._played()

    def _cue(self, cue: Cue) -> None:
        if cue.address == "/in/presence" and cue.args and isinstance(cue.args[0], (int, float)):
            self._look_at(cue.args[0] >= SEEN)
        elif cue.address == "/in/note":
            self._played()
        # Whoever turns a knob beyond the room's ceiling finds it turned back.
        if self._session.controls.knobs.density > self._rules.density_max:
            self._turn("/ctl/density", self._rules.density_max)
        if self._session.hands.band.level > self._level + 0.001:
            self._turn("/ctl/level", self._level)

    def _played(self) -> None:
        self._last_note = self._now
        self._somebody()

    def _look_at(self, seen: bool) -> None:
        self._seen, self._sensed = seen, self._now
        if seen:
            self._last_seen = self._now
            self._somebody()

    def _somebody(self) -> None:
        if self.state == "alone":
            self._become("visited")

    def _has_gone(self, now: float) -> bool:
        if self._session.keys_down:
            self._last_note = now
        if self._seen:
            return False
        if self._last_seen > self._last_note:
            return now - self._last_seen >= STANDS_STILL_SECONDS
        return now - self._last_note >= self._rules.alone_after_s

    def _welcome(self, state: str) -> None:
        """Whoever was here is forgotten; the draws are those of this very second."""
        self._fresh = self._now
        self._turn("/ctl/forget", seed_of(self._wall()))
        self._turn("/ctl/level", self._level)
        self._become(state)

    def _become(self, state: str) -> None:
        self.state = state
        if state != "closed":  # in a room that closes it plays on until the fade is over
            wanted = "solo" if state == "alone" else self._rules.visitor_mode
            if wanted != self._session.wanted_mode:  # taken up anew, it would rest until the next bar line
                self._turn("/ctl/mode", wanted)

    def _fade(self, seconds: float) -> None:
        wanted = 0.0 if self.state == "closed" else self._rules.level_max
        if self._level == wanted:
            return
        step = self._rules.level_max * seconds / self._rules.fade_s if self._rules.fade_s else 1.0
        self._level = max(self._level - step, wanted) if wanted < self._level else min(self._level + step, wanted)
        self._turn("/ctl/level", round(self._level, 3))
        if self._level == 0.0:
            self._turn("/ctl/mode", "listen")

    def _turn(self, address: str, *args: int | float | str) -> None:
        self._post(Cue(self._now, address, args, "gallery"))


def opening(config: Config, when: datetime) -> Config:
    """The rig as the room begins at this instant: open and alone, or closed and silent; with draws that are its own."""
    mode = "solo" if is_open(read_hours(config.gallery.hours), when) else "listen"
    density = min(config.music.density, config.gallery.density_max)
    return change(config, agent={"mode": mode, "seed": seed_of(when)}, music={"density": density})
