"""Trading fours: so many bars are yours, so many its own, bar line to bar line, whether or not anybody breathes."""

from __future__ import annotations

from collections.abc import Iterable

from agent.play.mode import Hush, Intent, Plan, Turn, View, WakeAt
from models.music import NoteOff, NoteOn

OVERHANG_BEATS = 0.5
"""Who still plays so shortly after the bar line is finishing a phrase."""
UPBEAT_BEATS = 1.0
"""Who plays so shortly before it begins the next one."""
HAIR_BEATS = 1e-6


class Trade:
    """The other half of a round of fours; your first note decides which bar is the first."""

    def __init__(self) -> None:
        self._turn_beats: float | None = None
        """Where the turn passes to the agent; None while nobody has begun."""
        self._end_beats = 0.0

    def begin(self, view: View) -> Iterable[Intent]:
        """The human has the first bars."""
        return (Turn(0.0, "listen"),)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """The first note starts the count; one in the middle of the agent's bars takes them back at once."""
        if isinstance(event, NoteOff):
            return ()
        now_beats = view.now.beats
        if self._turn_beats is None:
            return self._count(view, now_beats)
        if now_beats < self._turn_beats + OVERHANG_BEATS:
            return ()
        if now_beats < self._end_beats - UPBEAT_BEATS:
            return Hush(), Turn(0.0, "listen"), *self._count(view, now_beats)
        return self._count(view, self._end_beats)

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """Just before its bars the agent plans them; at the bar line the turn passes, and passes back."""
        if name == "plan" and not view.parts:
            self._turn_beats = None  # muted, it lets its turn pass
        elif name == "plan" and self._turn_beats is not None:
            self._end_beats = self._turn_beats + view.trade_beats
            parts = ("lead", *(part for part in view.parts if part != "lead"))
            enter = WakeAt("enter", beats=self._turn_beats)
            return Plan(self._turn_beats, self._end_beats, parts), enter, WakeAt("over", beats=self._end_beats)
        elif name == "enter":
            return (Turn(1.0, "play"),)
        elif name == "over":
            if self._turn_beats is not None and view.now.beats + HAIR_BEATS >= self._end_beats > self._turn_beats:
                self._turn_beats = None
            return (Turn(0.0, "listen"),)
        return ()

    def _count(self, view: View, first_beats: float) -> Iterable[Intent]:
        """The human's bars begin with the bar line nearest to a beat, an upbeat belonging to the bar that follows."""
        in_bar = view.metre.beat_in_bar(first_beats + UPBEAT_BEATS)
        bar_beats = first_beats + UPBEAT_BEATS - in_bar
        self._turn_beats = bar_beats + view.trade_beats
        # Early enough for the model to think of bars of its own.
        return (WakeAt("plan", beats=self._turn_beats - view.commit_beats - UPBEAT_BEATS),)
