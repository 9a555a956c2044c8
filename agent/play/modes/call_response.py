"""Call and response: wait for a breath, answer in kind, hand the turn back. Playing on over the answer silences it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import ceil

from agent.play.mode import Cancel, Hush, Intent, Plan, Turn, View, WakeAt
from models.music import Note, NoteOff, NoteOn

FEWEST_NOTES = 3
"""A call has at least this many notes; less is a cough."""
SHORTEST_ANSWER_BEATS, LONGEST_ANSWER_BEATS = 4.0, 8.0
EARLY_BEATS = 0.25
"""A note that began so little before the call was counted still belongs to it."""


class CallResponse:
    """The other player in a conversation."""

    def __init__(self) -> None:
        self._call_began_beats: float | None = None
        self._call_notes = 0
        self._answering = False
        self._last_heard_seconds = 0.0
        self._last_call_beats = 0.0

    def begin(self, view: View) -> Iterable[Intent]:
        """The human has the first word."""
        return (Turn(0.0, "listen"),)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """Follow the call; a note during the answer takes the turn back at once."""
        self._last_heard_seconds = view.now.seconds
        breath = WakeAt("breath", seconds=view.now.seconds + view.breath_seconds)
        if isinstance(event, NoteOff):
            return (breath,)
        barge_in: tuple[Intent, ...] = ()
        if self._answering:
            self._answering = False
            self._call_began_beats = None
            barge_in = (Hush(), Turn(0.0, "listen"))
        if self._call_began_beats is None:
            self._call_began_beats, self._call_notes = view.now.beats, 0
        self._call_notes += 1
        return (*barge_in, breath)

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """After a breath, answer; when the answer has rung out, listen again."""
        if name == "breath" and self._breathed(view):
            if self._call_notes >= FEWEST_NOTES and view.parts:
                return self._answer(view)
            self._call_began_beats, self._call_notes = None, 0
        if name == "answered" and self._answering:
            if view.plan_pending or view.planned_end_beats > view.now.beats:
                return (WakeAt("answered", beats=view.now.beats + 0.25),)
            self._answering = False
            return (Turn(0.0, "listen"),)
        return ()

    def asked(self, request: str, view: View) -> Iterable[Intent]:
        """A pedal or a person hands the turn over, without a breath, or wants another answer to the last call."""
        if request == "again" and self._last_call_beats:
            return Hush(), *self._answer(view, self._last_call_beats)
        if self._answering and request in ("give", "pass"):
            self._answering = False
            return Cancel(ceil(view.now.beats)), Turn(0.0, "listen")
        if not self._answering and request in ("take", "pass") and self._call_notes and view.parts:
            return self._answer(view)
        return ()

    def _breathed(self, view: View) -> bool:
        silent_seconds = view.now.seconds - self._last_heard_seconds
        rested = silent_seconds >= view.breath_seconds - 1e-6 and view.keys_down == 0
        return rested and not self._answering

    def _answer(self, view: View, call_beats: float | None = None) -> Iterable[Intent]:
        if call_beats is None:
            began_beats = self._call_began_beats if self._call_began_beats is not None else view.now.beats
            call_beats = view.now.beats - began_beats
        self._last_call_beats = call_beats
        stretch = 4.0 ** (view.knobs.length - 0.5)
        whole_beats = min(max(float(ceil(call_beats / 2) * 2), SHORTEST_ANSWER_BEATS), LONGEST_ANSWER_BEATS)
        length_beats = max(float(round(stretch * whole_beats / 2) * 2), 2.0)
        # The answer enters on the next half beat that the model can still reach.
        start_beats = ceil((view.now.beats + view.commit_beats) * 2) / 2
        self._answering, self._call_began_beats, self._call_notes = True, None, 0
        end_beats = start_beats + length_beats
        return (
            Turn(1.0, "play"),
            Plan(start_beats, end_beats, ("lead", *(part for part in view.parts if part != "lead"))),
            WakeAt("answered", beats=start_beats + 1.0),
        )


class Vary(CallResponse):
    """The same conversation, but your last phrase comes back, changed; beyond the middle of the fader it goes over into the one
    before."""

    def __init__(self) -> None:
        super().__init__()
        self._phrase: tuple[Note, ...] = ()
        self._before: tuple[Note, ...] = ()

    def _answer(self, view: View, call_beats: float | None = None) -> Iterable[Intent]:
        if call_beats is None and self._call_began_beats is not None:
            since_beats = self._call_began_beats - EARLY_BEATS
            said = tuple(note for note in view.human_notes if note.onset_beats >= since_beats)
            if said:
                self._before, self._phrase = self._phrase, said
        for intent in super()._answer(view, call_beats):
            yield replace(intent, theme=self._phrase, towards=self._before) if isinstance(intent, Plan) else intent
