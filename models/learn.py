"""Learning a player's own style: low-rank leanings of a mind's matrices (LoRA, Hu et al. 2021), on a CPU in minutes."""

# R rank

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from models.batch import Batch, stack
from models.checkpoint import load
from models.corpus import Piece
from models.evaluate import mind_of
from models.lesson import Lesson
from models.likelihood import note_nats
from models.music import TICKS_PER_BEAT
from models.personal import ADAPTED, Halves, PersonalStyle, StyleStory, save_style, sha256_of
from models.takes import Division, Take, divide
from models.transformer import Mind
from models.vocabulary import BEAT
from models.window import Recipe, assemble

log = logging.getLogger(__name__)

_PATIENCE = 6
_MOST_WINDOWS = 48  # of the music that is judged: enough to tell, and no long wait
_JUDGED = Recipe(chords=False, hide_style=True, ahead_ticks=0)


@dataclass(frozen=True, slots=True)
class LearnSettings:
    """How to learn, from which mind, and where the style goes. `minutes` count from the first step to the last."""

    base: Path
    out: Path
    version: str = ""
    minutes: float = 8.0
    rank: int = 8
    rate: float = 2e-3
    batch: int = 8
    steps: int = 256
    check_seconds: float = 12.0
    seed: int = 0
    threads: int = max((os.cpu_count() or 1) // 2, 1)  # the other half goes on playing


@dataclass(frozen=True, slots=True)
class Learnt:
    """Nats a note on the music kept aside, before and after, and the style's file; None when it did not help."""

    before: dict[str, float]
    after: dict[str, float]
    steps: int
    minutes: float
    path: Path | None

    @property
    def lowered(self) -> float:
        """By which share the loss fell."""
        return 1 - self.after["all"] / self.before["all"]


class Leaning(nn.Module):
    """A frozen matrix with a small product beside it."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.inner = nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.outer = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        """The matrix's answer and the leaning's."""
        found: Tensor = self.linear(x) + (x @ self.inner.to(x.dtype).T) @ self.outer.to(x.dtype).T
        return found


def learn(takes: Sequence[Take], settings: LearnSettings, told: Callable[[str], None] = log.info) -> Learnt:
    """Learn from takes; the style is saved only when music that was kept aside became likelier. Raises TooLittle.

    Stops when the minutes are over, or when the music it checks itself by has not become likelier for a while.
    """
    division = divide(takes)
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    mind = mind_of(load(settings.base))
    aside = windows(division.aside, settings.steps)
    before = note_nats(mind, aside)
    told(f"before: {before['all']:.3f} nats a note on the music kept aside")
    began = perf_counter()
    leanings = lean(mind, settings.rank)
    steps = _Trainer(mind, leanings, division, settings).run(told)
    minutes = (perf_counter() - began) / 60
    after = note_nats(mind, aside)
    path = None
    if after["all"] < before["all"]:
        path = settings.out
        save_style(path, PersonalStyle(_story(takes, settings, (before["all"], after["all"])), _halves(leanings)))
    return Learnt(before, after, steps, minutes, path)


def lean(mind: Mind, rank: int) -> dict[str, Leaning]:
    """Give each matrix of each block something to lean by; everything else stays as it is."""
    mind.requires_grad_(False)
    leanings = {}
    for i, block in enumerate(mind.blocks):
        for name in ADAPTED:
            linear = getattr(block, name, None)
            if isinstance(linear, nn.Linear):
                leanings[f"blocks.{i}.{name}.weight"] = leaning = Leaning(linear, rank)
                setattr(block, name, leaning)
    return leanings


class _Trainer:
    """Takes steps until time or patience is over, and ends with what was best."""

    def __init__(self, mind: Mind, leanings: dict[str, Leaning], division: Division, settings: LearnSettings) -> None:
        self._mind, self._division, self._settings = mind, division, settings
        self._lesson = Lesson(mind)
        self._weights = [weight for leaning in leanings.values() for weight in (leaning.inner, leaning.outer)]
        self._optimizer = torch.optim.AdamW(self._weights, lr=settings.rate, betas=(0.9, 0.98), weight_decay=0.01)
        self._rng = np.random.default_rng(settings.seed)
        counts = np.array([len(piece.notes) for piece in division.learnt], float)
        self._chances = counts / counts.sum()

    def run(self, told: Callable[[str], None]) -> int:
        """How many steps it took."""
        checked = windows(self._division.checked, self._settings.steps)
        best, kept = note_nats(self._mind, checked)["all"], self._state()
        began = looked = perf_counter()
        step = idle = 0
        while idle < _PATIENCE and perf_counter() - began < self._settings.minutes * 60:
            self._step()
            step += 1
            if perf_counter() - looked < self._settings.check_seconds:
                continue
            nats = note_nats(self._mind, checked)["all"]
            told(f"{(perf_counter() - began) / 60:.1f} min, {step} steps: {nats:.3f} nats a note where it checks itself")
            looked, idle = perf_counter(), idle + 1
            if nats < best:
                best, kept, idle = nats, self._state(), 0
            elif idle % 2 == 0:
                self._slow_down()
        if note_nats(self._mind, checked)["all"] > best:
            for weight, value in zip(self._weights, kept, strict=True):
                weight.data.copy_(value)
        return step

    def _state(self) -> list[Tensor]:
        return [weight.detach().clone() for weight in self._weights]

    def _slow_down(self) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] *= 0.5

    def _step(self) -> None:
        batch = self._draw()
        self._mind.train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = self._lesson(*batch)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._weights, 1.0)
        self._optimizer.step()
        self._mind.eval()

    def _draw(self) -> Batch:
        drawn = []
        for _ in range(self._settings.batch):
            piece = self._division.learnt[int(self._rng.choice(len(self._chances), p=self._chances))]
            first = int(piece.notes[self._rng.integers(0, len(piece.notes)), 0]) // TICKS_PER_BEAT
            start = max(first - int(self._rng.integers(0, 16)), 0)
            drawn.append(assemble(piece, start, self._settings.steps, self._recipe(), self._rng))
        return stack(drawn)

    def _recipe(self) -> Recipe:
        """Every key is played as the player's own; bars and tempo are known or not, as on stage."""
        chance = self._rng.random(4)
        return Recipe(
            semitones=int(self._rng.integers(-5, 7)) if chance[0] < 0.7 else 0,
            shuffle_parts=True,
            chords=bool(chance[1] < 0.5),
            late_chords=0.4 if chance[1] < 0.3 else 0.0,
            hide_metre=bool(chance[2] < 0.2),
            hide_tempo=bool(chance[3] < 0.2),
            hide_style=True,
        )


def windows(pieces: Sequence[Piece], steps: int, size: int = 8) -> list[Batch]:
    """All of some music as windows one after another, evenly thinned out where there is much."""
    rng, found = np.random.default_rng(0), []
    for piece in pieces:
        start = 0
        while start < len(piece.metre):
            window = assemble(piece, start, steps, _JUDGED, rng)
            is_beat = (window.fields[:, 0] == BEAT) & (window.next_tick >= 0).any(-1)
            if len(window.notes):
                found.append(window)
            start += max(int(is_beat.sum()) - 1, 1)
    chosen = [found[i] for i in np.linspace(0, len(found) - 1, min(len(found), _MOST_WINDOWS)).astype(int)]
    return [stack(chosen[i : i + size]) for i in range(0, len(chosen), size)]


def _halves(leanings: dict[str, Leaning]) -> dict[str, tuple[Halves, Halves]]:
    return {
        name: (leaning.inner.detach().numpy().astype(np.float16), leaning.outer.detach().numpy().astype(np.float16))
        for name, leaning in leanings.items()
    }


def _story(takes: Sequence[Take], settings: LearnSettings, loss: tuple[float, float]) -> StyleStory:
    return StyleStory(
        version=settings.version,
        base=settings.base.stem,
        base_sha256=sha256_of(settings.base),
        music=tuple(take.name for take in takes),
        notes=sum(take.notes for take in takes),
        minutes=round(sum(take.minutes for take in takes), 2),
        seed=settings.seed,
        before=round(loss[0], 4),
        after=round(loss[1], 4),
    )
