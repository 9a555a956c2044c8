"""Ending: a last turn of the harmony, a chord on the tonic within two bars, then it listens. The cue `end` takes it up."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from agent.play.mode import Become, Cancel, Hush, Intent, Plan, Play, Turn, View, WakeAt
from models.music import Change, Note, NoteOff, NoteOn

SHORTEST_FAREWELL_BEATS = 2.0
_DOMINANT, _TRIADS = (0, 4, 7, 10), ((0, 4, 7), (0, 3, 7))
_KICK, _CRASH = 36, 49


class Ending:
    """Everybody knows where the last chord falls."""

    def __init__(self) -> None:
        self._last_beats = 0.0
        self._tonic = (0, 0)

    def begin(self, view: View) -> Iterable[Intent]:
        """Lead back to the tonic, for the next bar line that leaves time for it."""
        if view.planned_end_beats <= view.now.beats and not view.plan_pending:
            return (Become("listen", "there was nothing to end"),)
        bar, self._tonic = float(view.metre.beats_per_bar), view.key
        to_line = bar - view.metre.beat_in_bar(view.now.beats)
        bars = ceil(max(SHORTEST_FAREWELL_BEATS - to_line, 0.0) / bar)
        self._last_beats = view.now.beats + to_line + bars * bar
        return (
            Turn(0.5, "together"),
            Cancel(self._last_beats),
            self._plan(view),
            WakeAt("last", beats=self._last_beats),
            WakeAt("over", beats=self._last_beats + bar),
        )

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """On the way to the end it still follows."""
        on_the_way = isinstance(event, NoteOn) and view.now.beats + view.commit_beats < self._last_beats
        return (self._plan(view),) if on_the_way else ()

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """The last chord; then silence."""
        if name == "last":
            return (Hush(), *(Play(note) for part in view.parts for note in self._farewell(part, view)))
        return (Become("listen", "we have ended"),)

    def _plan(self, view: View) -> Plan:
        leading = Change(self._last_beats - SHORTEST_FAREWELL_BEATS, (self._tonic[0] + 7) % 12, _DOMINANT)
        return Plan(view.now.beats + view.commit_beats, self._last_beats, view.parts, changes=(leading,))

    def _farewell(self, part: str, view: View) -> list[Note]:
        low, high = view.knobs.register(part)
        root, middle = self._tonic[0], (low + high) // 2
        if part == "drums":
            pitches = [pitch for pitch in (_KICK, _CRASH) if low <= pitch <= high]
        else:
            inside = [pitch for pitch in range(low, high + 1) if pitch % 12 == root]
            home = min(inside, key=lambda pitch: abs(pitch - middle), default=middle)
            tones = _TRIADS[self._tonic[1]] if part == "comp" else (0,)
            pitches = [home + tone for tone in tones if home + tone <= high]
        recent = [note.velocity for note in view.agent_notes[-16:]] or [80]
        velocity = min(round(sum(recent) / len(recent)), view.knobs.velocity_max)
        return [Note(view.now.beats, float(view.metre.beats_per_bar), pitch, velocity, part) for pitch in pitches]
