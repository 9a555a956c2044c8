"""Together: free co-improvisation. It says what it has to say, thins out when you play much, goes on when you rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import floor

from agent.play.mode import Cancel, Intent, Plan, Turn, View, WakeAt
from models.music import NoteOff, NoteOn

PHRASE_BARS = 4
"""While the human plays, the last bar of each phrase is the human's alone."""
BUSY = 0.5
"""From this density on (1 is eight notes a beat) the human fills the room: no melody on top."""
HAIR_BEATS = 1e-6


class Together:
    """The other improviser."""

    def __init__(self) -> None:
        self._began_beats: float | None = None
        self._last_heard_beats = float("-inf")

    def begin(self, view: View) -> Iterable[Intent]:
        """Come in with the human, or alone after a bar of silence."""
        if view.keys_down:
            return self._start(view)
        return Turn(0.5, "together"), WakeAt("alone", beats=view.now.beats + view.metre.beats_per_bar)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """What the human plays bends what is planned."""
        self._last_heard_beats = view.now.beats
        if isinstance(event, NoteOff):
            return ()
        return self._start(view) if self._began_beats is None else self._plan(view)

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """Every beat: think on; a bar of silence: begin."""
        if name == "alone":
            return self._start(view) if self._began_beats is None else ()
        if view.keys_down:
            self._last_heard_beats = view.now.beats
        return *self._plan(view), self._next_beat(view)

    def _start(self, view: View) -> Iterable[Intent]:
        self._began_beats = view.now.beats - view.metre.beat_in_bar(view.now.beats + HAIR_BEATS)
        return Turn(0.5, "together"), *self._plan(view), self._next_beat(view)

    def _plan(self, view: View) -> Iterable[Intent]:
        start_beats = view.now.beats + view.commit_beats
        end_beats = start_beats + view.lookahead_beats
        rested_beats = view.now.beats - self._last_heard_beats
        if rested_beats < view.metre.beats_per_bar:
            breath_beats = self._breath(start_beats, view)
            if start_beats >= breath_beats:
                return (Cancel(start_beats),)
            end_beats = min(end_beats, breath_beats)
        room = 0.55 - 0.6 * view.human_density if rested_beats < 2.0 else 0.65
        density = min(max(view.knobs.density + room - 0.5, 0.0), 1.0)
        parts = tuple(part for part in view.parts if part != "lead" or view.human_density < BUSY) or view.parts
        return (Plan(start_beats, end_beats, parts, replace(view.knobs, density=density)),)

    def _breath(self, beats: float, view: View) -> float:
        """Where the phrase's last bar begins."""
        phrase_beats = PHRASE_BARS * view.metre.beats_per_bar
        phrases = floor((beats - (self._began_beats or 0.0)) / phrase_beats)
        return (self._began_beats or 0.0) + (phrases + 1) * phrase_beats - view.metre.beats_per_bar

    def _next_beat(self, view: View) -> WakeAt:
        # Half-way between beats: what is planned there reaches the next beat in good time.
        return WakeAt("beat", beats=floor(view.now.beats + 0.5 + HAIR_BEATS) + 0.5)
