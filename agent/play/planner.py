"""One open question to the model at a time: what was asked, what has come back, and when to stop waiting for it."""

from __future__ import annotations

from dataclasses import replace

from agent.config import Config
from agent.items import Phrase
from agent.mind import Mind
from agent.play.hands import Hands
from agent.play.mode import Plan
from agent.show.show import Show
from models.music import Ask, Knobs, Metre, Moment

PLAN = "plan"
PATIENCE_BEATS = 0.75
"""A model that has not begun to answer after this long is not waited for: the fallback plays, still within the beat."""


class Planner:
    """Asks the mind and puts its answers into the agent's hands. Runs on the loop."""

    def __init__(self, config: Config, hands: Hands, mind: Mind, show: Show) -> None:
        self._config, self._hands, self._mind, self._show = config, hands, mind, show
        self._number = 0
        self._ask: Ask | None = None
        self._begun = False
        self._unanswered_since: float | None = None

    @property
    def pending(self) -> bool:
        """Whether the model still owes notes."""
        return self._ask is not None

    def plan(self, plan: Plan, now: Moment, bpm: float, metre: Metre, knobs: Knobs) -> None:
        """Ask for a window. What is planned there already still sounds unless the answer comes in time to replace it."""
        if not plan.parts or plan.end_beats <= plan.start_beats:
            return
        waiting = self._hands.scheduler.waiting(PLAN)
        self._number += 1
        self._open(
            Ask(
                id=self._number,
                tag=PLAN,
                now_beats=now.beats,
                start_beats=plan.start_beats,
                end_beats=plan.end_beats,
                parts=plan.parts,
                seed=(self._config.agent.seed * 1_000_003 + self._number) % 2**31,
                human_part=self._config.agent.human_part,
                bpm=bpm,
                metre=metre,
                knobs=knobs,
                committed=tuple(p.note for p in waiting if p.note.onset_beats < plan.start_beats),
            )
        )
        if self._unanswered_since is None:
            self._unanswered_since = now.seconds
            self._hands.scheduler.alarm("patience:", seconds=now.seconds + PATIENCE_BEATS * 60.0 / bpm)
        assert self._ask is not None
        self._mind.ask(self._ask)

    def answered(self, phrase: Phrase) -> None:
        """Notes have come. The first of an answer clears away what it replaces; a stale answer is ignored."""
        ask = self._ask
        if ask is None or phrase.ask_id != ask.id:
            return
        self._unanswered_since = None
        if not self._begun:
            self._begun = True
            self._show.cancelled(self._hands.scheduler.cancel(PLAN, ask.start_beats))
        for note in phrase.notes:
            if note.onset_beats >= ask.start_beats:
                self._hands.play(PLAN, note)
        if phrase.last:
            self._ask = None

    def lose_patience(self, now: Moment, bpm: float) -> None:
        """If the model has been silent for too long, let the fallback answer the open question."""
        if self._unanswered_since is None or self._ask is None:
            return
        waited_beats = (now.seconds - self._unanswered_since) * bpm / 60.0
        if waited_beats < PATIENCE_BEATS - 1e-6:
            return
        self._unanswered_since = None
        self._show.mind(False, "no answer in time")
        self._number += 1
        self._open(replace(self._ask, id=self._number))
        self._mind.rescue(self._ask)

    def drop(self, from_beats: float = float("-inf")) -> None:
        """Ask no more, and take back what was planned from here on."""
        self.forget()
        self._show.cancelled(self._hands.scheduler.cancel(PLAN, from_beats))

    def hush(self) -> None:
        """Ask no more, take everything back and end what sounds, at once."""
        self.forget()
        self._show.cancelled(self._hands.hush(PLAN))

    def forget(self) -> None:
        """Whatever the model still answers to the last question, nobody is listening."""
        self._ask = None
        self._unanswered_since = None

    def _open(self, ask: Ask) -> None:
        self._ask, self._begun = ask, False
