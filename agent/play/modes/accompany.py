"""Accompany: chords and bass that follow the melody in time, planned ahead and repaired at every note the human plays.

It keeps silent until the human has begun, and comes to rest when the human has been silent for long.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

from agent.play.mode import Cancel, Intent, Plan, Turn, View, WakeAt
from models.music import NoteOff, NoteOn

REST_AFTER_BEATS = 8.0
"""Without a note from the human for this long, it stops planning and lets its last notes ring out."""
HAIR_BEATS = 1e-6


class Accompany:
    """The pianist beside the singer."""

    def __init__(self) -> None:
        self._playing = False
        self._last_heard_beats = 0.0

    def begin(self, view: View) -> Iterable[Intent]:
        """Wait for the human, or carry on at once if keys are down."""
        if view.keys_down:
            return self._start(view)
        return (Turn(0.0, "listen"),)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """A new note mends what is planned; a release only shows that the human is there."""
        self._last_heard_beats = view.now.beats
        if isinstance(event, NoteOff):
            return ()
        if not self._playing:
            return self._start(view)
        return (self._plan(view),)

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """Every beat: plan a beat further, or come to rest."""
        if name != "beat" or not self._playing:
            return ()
        if view.keys_down:
            self._last_heard_beats = view.now.beats
        if view.now.beats - self._last_heard_beats >= REST_AFTER_BEATS:
            self._playing = False
            return Cancel(view.now.beats + view.commit_beats), Turn(0.0, "listen")
        return self._plan(view), self._next_beat(view)

    def _start(self, view: View) -> Iterable[Intent]:
        self._playing = True
        self._last_heard_beats = view.now.beats
        return Turn(0.5, "together"), self._plan(view), self._next_beat(view)

    def _plan(self, view: View) -> Plan:
        start_beats = view.now.beats + view.commit_beats
        return Plan(start_beats, start_beats + view.lookahead_beats, view.parts)

    def _next_beat(self, view: View) -> WakeAt:
        # Half-way between beats: what is planned there reaches the next beat in good time.
        # A wake may come a hair early, since seconds and beats are rounded: it must not ask for the same half beat again.
        return WakeAt("beat", beats=floor(view.now.beats + 0.5 + HAIR_BEATS) + 0.5)
