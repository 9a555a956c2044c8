"""One open question to the model at a time: what was asked, what has come back, and when to stop waiting for it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from agent.config import Config
from agent.items import Phrase
from agent.mind import Mind
from agent.play.hands import Hands
from agent.play.mode import Plan
from agent.play.touch import touched
from agent.show.show import Show
from models.music import Ask, Knobs, Metre, Moment

PLAN = "plan"
PATIENCE_BEATS = 0.75
"""A model that has been silent for this long in an answer is not waited for: the fallback plays, still within the beat."""

RESCUE_SECONDS, LATE_SECONDS = 0.0015, 0.02
"""The fallback thinks for about a millisecond: not just before a note is due, unless it is late already."""

FEWEST_ANSWERS = 8
"""From fewer answers nobody can tell how long one takes."""


class Planner:
    """Asks the mind and puts its answers into the agent's hands. Runs on the loop."""

    def __init__(self, config: Config, hands: Hands, mind: Mind, show: Show) -> None:
        self._config, self._hands, self._mind, self._show = config, hands, mind, show
        self._number = 0
        self.seed = config.agent.seed
        self._ask: Ask | None = None
        self._begun = False
        self._played_to_beats = float("-inf")
        self._asked_seconds = 0.0
        self._patience_ends_seconds: float | None = None
        self._watching = False
        self._answer_seconds: deque[float] = deque(maxlen=64)
        self.last: Plan | None = None
        self.resting = False  # nothing new is planned, since what is there goes round

    @property
    def pending(self) -> bool:
        """Whether the model still owes notes."""
        return self._ask is not None

    def plan(self, plan: Plan, now: Moment, bpm: float, metre: Metre, knobs: Knobs) -> None:
        """Ask for a window. What is planned there already still sounds unless the answer comes in time to replace it."""
        parts = tuple(part for part in plan.parts if self._hands.band.plays(part))
        if not parts or plan.end_beats <= plan.start_beats:
            return
        self.last = plan
        if self.resting:
            return
        if self._ask is not None and not self._begun:
            self._took(now.seconds - self._asked_seconds, at_least=True)
        self._asked_seconds = now.seconds
        waiting = self._hands.scheduler.waiting(PLAN)
        self._number += 1
        self._open(
            Ask(
                id=self._number,
                tag=PLAN,
                now_beats=now.beats,
                start_beats=plan.start_beats,
                end_beats=plan.end_beats,
                parts=parts,
                seed=(self.seed * 1_000_003 + self._number) % 2**31,
                human_part=self._config.agent.human_part,
                bpm=bpm,
                metre=metre,
                knobs=plan.knobs or knobs,
                changes=plan.changes,
                theme=plan.theme,
                towards=plan.towards,
                committed=tuple(p.note for p in waiting if p.note.onset_beats < plan.start_beats),
            )
        )
        if self._patience_ends_seconds is None:
            self._be_patient(now.seconds, bpm)
        assert self._ask is not None
        self._mind.ask(self._ask)

    @property
    def answer_seconds(self) -> float:
        """How long the model takes to begin an answer: the 95th percentile of the last ones; 0 while there are too few."""
        if len(self._answer_seconds) < FEWEST_ANSWERS:
            return 0.0
        return sorted(self._answer_seconds)[int(0.95 * (len(self._answer_seconds) - 1))]

    def answered(self, phrase: Phrase) -> None:
        """Notes have come. The first of an answer clears away what it replaces; a stale answer is ignored."""
        ask = self._ask
        if ask is None or phrase.ask_id != ask.id:
            return
        self._patience_ends_seconds = None
        if not self._begun:
            self._begun = True
            self._took(phrase.seconds - self._asked_seconds)
            self._show.mind_well(self._mind.well)
            self._played_to_beats = self._hands.last_onset_beats
            self._show.cancelled(self._hands.scheduler.cancel(PLAN, ask.start_beats))
        for note in phrase.notes:
            # An answer that comes late must not strike once more the beat that the old plan has played meanwhile.
            in_time = note.onset_beats >= ask.start_beats and note.onset_beats > self._played_to_beats
            if in_time and note.part in ask.parts:
                self._hands.play(PLAN, touched(note, ask.knobs, ask.bpm, self._config.agent.seed))
        if phrase.last:
            self._ask = None
        else:
            self._be_patient(phrase.seconds, ask.bpm)  # a model may also fall silent in the middle of an answer

    def lose_patience(self, now: Moment) -> None:
        """If the model has been silent for too long, let the fallback answer the open question."""
        self._watching = False
        if self._patience_ends_seconds is None or self._ask is None:
            return
        if now.seconds < self._patience_ends_seconds - 1e-6:
            self._watch(self._patience_ends_seconds)
            return
        due = self._hands.scheduler.next_due()
        if due is not None and due - now.seconds < RESCUE_SECONDS and now.seconds - self._patience_ends_seconds < LATE_SECONDS:
            self._watch(due + RESCUE_SECONDS)
            return
        self._patience_ends_seconds = None
        self._show.mind(False, "no answer in time")
        self._number += 1
        self._open(replace(self._ask, id=self._number))
        self._mind.rescue(self._ask)

    def drop(self, from_beats: float = float("-inf")) -> None:
        """Ask no more, and take back what was planned from here on."""
        self.forget()
        self._show.cancelled(self._hands.scheduler.cancel(None, from_beats))

    def drop_parts(self, parts: frozenset[str]) -> None:
        """Take back what was planned for these parts, and let them out of what is still to come."""
        if self._ask is not None:
            self._ask = replace(self._ask, parts=tuple(part for part in self._ask.parts if part not in parts))
        self._show.cancelled(self._hands.scheduler.cancel(None, parts=parts))

    def hush(self) -> None:
        """Ask no more, take everything back and end what sounds, at once."""
        self.forget()
        self._show.cancelled(self._hands.hush())

    def panic(self) -> None:
        """Silence everything that sounds because of us, on every port, and ask no more."""
        self.forget()
        self._show.cancelled(self._hands.panic())

    def forget(self) -> None:
        """Whatever the model still answers to the last question, nobody is listening."""
        self._ask, self.last = None, None
        self._patience_ends_seconds = None

    def _took(self, seconds: float, at_least: bool = False) -> None:
        # A question that is replaced before its answer came says something only if it has waited longer than most.
        if not at_least or seconds > self.answer_seconds:
            self._answer_seconds.append(seconds)

    def _be_patient(self, now_seconds: float, bpm: float) -> None:
        self._patience_ends_seconds = now_seconds + PATIENCE_BEATS * 60.0 / bpm
        if not self._watching:
            self._watch(self._patience_ends_seconds)

    def _watch(self, until_seconds: float) -> None:
        self._watching = True
        self._hands.scheduler.alarm("patience:", seconds=until_seconds)

    def _open(self, ask: Ask) -> None:
        self._ask, self._begun = ask, False
