"""The stage's side of the model: it tells what sounded, asks for notes, and never waits. Answers come through the inbox."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Protocol

from agent.items import Item, Phrase, Trouble
from models.music import Ask, Model, Note, Sounded

REMEMBERED_EVENTS = 600
"""What a restarted worker is told: about the last twenty bars."""


class Mind(Protocol):
    """What the session needs of a model. All methods return at once and run on the loop."""

    @property
    def well(self) -> bool:
        """Whether the model itself answers, and not the fallback."""

    def hear(self, events: Sequence[Sounded]) -> None:
        """This has just sounded."""

    def ask(self, ask: Ask) -> None:
        """Play this; the notes come as Phrase items."""

    def rescue(self, ask: Ask) -> None:
        """Nobody answered in time: let the fallback play this now."""

    def news(self, alive: bool) -> None:
        """The worker came or went."""

    def forget(self, seed: int) -> None:
        """Somebody else plays now: begin afresh, with these draws."""


class MuteMind:
    """Says nothing: in a replay the answers come from the recording."""

    well = True

    def hear(self, events: Sequence[Sounded]) -> None:
        """Listen in silence."""

    def ask(self, ask: Ask) -> None:
        """Leave the answer to the recording."""

    def rescue(self, ask: Ask) -> None:
        """Leave this, too."""

    def news(self, alive: bool) -> None:
        """Nothing to do."""

    def forget(self, seed: int) -> None:
        """Nothing was kept."""


class Fallback:
    """The small model that lives in the performer: it has heard everything and can step in within the same beat."""

    def __init__(self, model: Model, now: Callable[[], float], post: Callable[[Item], None]) -> None:
        self._model, self._now, self._post = model, now, post

    def hear(self, events: Sequence[Sounded]) -> None:
        """Learn from what sounded."""
        with suppress(Exception):  # what it cannot learn from must not reach the session
            self._model.hear(events)

    def forget(self, seed: int) -> None:
        """Unlearn it."""
        self._model.reset(seed)

    def play(self, ask: Ask) -> None:
        """Answer at once, as an item in the inbox."""
        notes: tuple[Note, ...] = ()
        try:
            notes = tuple(self._model.play(ask))
        except Exception as error:  # nothing stands behind the fallback: it rests, and says so
            self._post(Trouble(self._now(), f"the fallback cannot play: {error!r}"))
        self._post(Phrase(self._now(), ask.id, ask.tag, notes, last=True))


class Link(Protocol):
    """The way to the worker."""

    @property
    def alive(self) -> bool:
        """Whether a worker is listening."""

    def send(self, kind: str, body: object) -> bool:
        """Pass a message on without waiting; False when it could not be taken."""


class WorkerMind:
    """A model in another process behind a link, with the fallback beside it for when that process is gone or stuck."""

    def __init__(self, link: Link, fallback: Fallback, seed: int) -> None:
        self._link, self._fallback, self._seed = link, fallback, seed
        self._memory: deque[Sounded] = deque(maxlen=REMEMBERED_EVENTS)
        self._in_step = False
        self._rescued = False

    @property
    def present(self) -> bool:
        """Whether the model's worker is on the line. Safe from any thread."""
        return self._link.alive

    @property
    def well(self) -> bool:
        """Whether the worker was asked last, and not the fallback."""
        return self._in_step and not self._rescued

    def hear(self, events: Sequence[Sounded]) -> None:
        """Tell both minds."""
        self._memory.extend(events)
        self._fallback.hear(events)
        if self._in_step:
            self._in_step = self._link.send("hear", tuple(events))

    def ask(self, ask: Ask) -> None:
        """Ask the worker; without one, the fallback answers."""
        self._rescued = False
        if not self._in_step:
            self.news(self._link.alive)
        if self._in_step:
            self._in_step = self._link.send("ask", ask)
        if not self._in_step:
            self._fallback.play(ask)

    def rescue(self, ask: Ask) -> None:
        """The worker is silent: play without it. What it is told meanwhile waits on the line, while that has room."""
        self._rescued = True
        self._fallback.play(ask)

    def news(self, alive: bool) -> None:
        """A new worker is told what it missed."""
        if alive and self._in_step:
            return  # it was told when it was first asked; another reset would make it drop that question
        self._in_step = alive and self._link.send("reset", self._seed) and self._link.send("hear", tuple(self._memory))

    def forget(self, seed: int) -> None:
        """Both minds begin afresh: the worker when it is asked next."""
        self._seed, self._in_step = seed, False
        self._memory.clear()
        self._fallback.forget(seed)


class RehearsalMind:
    """A model in this process that answers on the stage clock, after no time, a fixed time, or as long as it really took."""

    well = True

    def __init__(
        self, model: Model, now: Callable[[], float], post: Callable[[Item], None], latency_seconds: float | None
    ) -> None:
        self._model, self._now, self._post = model, now, post
        self._latency_seconds = latency_seconds
        self._free_at_seconds = 0.0
        self.answer_seconds: list[float] = []

    def hear(self, events: Sequence[Sounded]) -> None:
        """Tell the model, on the model's own time."""
        began = perf_counter()
        self._model.hear(events)
        self._free_at_seconds = max(self._free_at_seconds, self._now()) + self._cost(perf_counter() - began)

    def ask(self, ask: Ask) -> None:
        """Draw the answer now; each note arrives when a worker would have sent it."""
        # A worker drops what it is doing for a newer ask, so a new answer never waits for the old one's end.
        began, asked = perf_counter(), max(self._now(), min(self._free_at_seconds, self._now() + 0.002))
        for index, note in enumerate(self._model.play(ask)):
            took_seconds = self._latency_seconds if self._latency_seconds is not None else perf_counter() - began
            if index == 0:
                self.answer_seconds.append(asked + took_seconds - self._now())
            self._post(Phrase(asked + took_seconds, ask.id, ask.tag, (note,), last=False))
        took_seconds = self._latency_seconds if self._latency_seconds is not None else perf_counter() - began
        self._post(Phrase(asked + took_seconds, ask.id, ask.tag, (), last=True))

    def rescue(self, ask: Ask) -> None:
        """A rehearsal has nobody else: the model is asked again, since the answer to the first question comes too late."""
        self.ask(ask)

    def news(self, alive: bool) -> None:
        """There is no worker in a rehearsal."""

    def forget(self, seed: int) -> None:
        """The model begins afresh."""
        self._model.reset(seed)

    def _cost(self, measured_seconds: float) -> float:
        return 0.0 if self._latency_seconds is not None else measured_seconds
