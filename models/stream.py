"""The mind on stage: the transformer one step at a time, without PyTorch, with a memory that can be taken back for free."""

# N new steps, D width, P parts

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import add

import numpy as np
from numpy.typing import NDArray

from models.music import PARTS
from models.trunk import Floats, Frame, NumpyTrunk, Trunk, blocks_of, flipped, silu
from models.vocabulary import FIELDS, NEVER, PITCHES

Weights = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the mind hears it: the numbers of `FIELDS`, and the keys held after it."""

    fields: tuple[int, ...]
    held: tuple[int, ...]


class _Ear:
    """Steps to numbers: one table with a row for every value of every field, every held key and every held pitch class."""

    def __init__(self, weights: Weights) -> None:
        tables = [np.asarray(weights[f"embed.{name}.weight"], np.float32) for name, _, _ in FIELDS]
        tables += [flipped(np.asarray(weights[f"{name}.weight"], np.float32)) for name in ("held_pitch", "held_class")]
        *fields, self._pitch, self._class, _ = np.cumsum([0, *map(len, tables)]).tolist()
        self._fields: tuple[int, ...] = tuple(fields)
        self._table = np.concatenate(tables)

    def __call__(self, steps: Sequence[Step]) -> Floats:
        heard = np.empty((len(steps), self._table.shape[1]), np.float32)
        for place, step in enumerate(steps):
            self._table.take(self._rows(step), 0).sum(0, out=heard[place])
        return heard

    def _rows(self, step: Step) -> list[int]:
        rows = [*map(add, self._fields, step.fields)]
        rows += [self._pitch + key for key in step.held]
        rows += {self._class + key // PITCHES * 12 + key % PITCHES % 12 for key in step.held}
        return rows


class Heads:
    """What may come next, asked of what the mind makes of a step (D)."""

    def __init__(self, weights: Weights) -> None:
        names = ("tick", "chord", "ask_pitch", "ask_rest", "pitch", "duration", "velocity")
        full = {name: np.asarray(value, np.float32) for name, value in weights.items() if name.split(".")[0] in names}
        self._head = {name: (flipped(full[f"{name}.weight"]), full[f"{name}.bias"]) for name in names}
        self._when, self._which = (np.asarray(weights[f"{name}.weight"], np.float32) for name in ("when", "which"))

    def _linear(self, name: str, x: Floats) -> Floats:
        weight, bias = self._head[name]
        return np.asarray(x @ weight + bias)

    def next_tick(self, x: Floats) -> Floats:
        """Log-odds (P, NEVER + 1) of each part's next onset in this beat. Nothing is masked."""
        return self._linear("tick", x).reshape(len(PARTS), NEVER + 1)

    def next_chord(self, x: Floats) -> Floats:
        """Log-odds of the chord of this beat."""
        return self._linear("chord", x)

    def next_pitch(self, x: Floats, part: int, tick: int) -> Floats:
        """Log-odds of the part's next pitch, should it play at a tick."""
        return self._linear("pitch", silu(self._linear("ask_pitch", x) + self._when[part * NEVER + tick]))

    def next_rest(self, x: Floats, part: int, tick: int, pitch: int) -> tuple[Floats, Floats]:
        """Log-odds of length and of loudness, should the part play this pitch at a tick."""
        asked = self._linear("ask_rest", x) + self._when[part * NEVER + tick] + self._which[part * PITCHES + pitch]
        asked = silu(np.asarray(asked))
        return self._linear("duration", asked), self._linear("velocity", asked)


class Stream:
    """Feeds steps, answers what may come next, rewinds. The layers may run in numpy or in anything else that is a Trunk.

    Memory holds `4 * window` steps; when it is full the older half is dropped, so a step costs the same all evening.
    A rewind only sets the length back: nothing is copied or computed, and up to `window` steps back it is exact.
    Worker only.
    """

    def __init__(self, weights: Weights, shape: Mapping[str, int], trunk: Trunk | None = None) -> None:
        frame = Frame.of(shape)
        self._window, self._capacity = frame.window, frame.capacity
        self._trunk: Trunk = trunk or NumpyTrunk(blocks_of(weights), frame)
        self._ear, self._heads = _Ear(weights), Heads(weights)
        self._heard = np.zeros((frame.capacity, frame.width), np.float32)
        self.clear()

    @property
    def bytes_a_step(self) -> int:
        """How much a step with a full window has to read, the heads left aside."""
        return self._trunk.bytes_a_step

    def clear(self) -> None:
        """Forget everything."""
        self._trunk.clear()
        self._dropped = 0
        self._kept = 0

    @property
    def length(self) -> int:
        """How many steps were fed since the last clear, less those taken back."""
        return self._dropped + self._kept

    @property
    def earliest(self) -> int:
        """The shortest length one can rewind to."""
        return self._dropped

    def rewind(self, length: int) -> None:
        """Take back every step after the first `length`. Costs nothing."""
        if not self._dropped <= length <= self.length:
            raise ValueError(f"cannot rewind to step {length}; memory holds {self._dropped} to {self.length}")
        self._kept = length - self._dropped

    def feed(self, steps: Sequence[Step]) -> None:
        """Hear one or more steps."""
        for start in range(0, len(steps), self._window):
            self._feed(steps[start : start + self._window])

    def _feed(self, steps: Sequence[Step]) -> None:
        if self._kept + len(steps) > self._capacity:
            self._drop_old()
        first, end = self._kept, self._kept + len(steps)
        self._heard[first:end] = self._trunk.hear(self._ear(steps), first)
        self._kept = end

    def _drop_old(self) -> None:
        keep = 2 * self._window
        gone = self._kept - keep
        self._trunk.drop(gone, self._kept)
        self._heard[:keep] = self._heard[gone : self._kept].copy()
        self._dropped += gone
        self._kept = keep

    @property
    def _now(self) -> Floats:
        now: Floats = self._heard[self._kept - 1]
        return now

    def next_tick(self) -> Floats:
        """Log-odds (P, NEVER + 1) of each part's next onset in this beat, as of the last step. Nothing is masked."""
        return self._heads.next_tick(self._now)

    def next_chord(self) -> Floats:
        """Log-odds of the chord of this beat."""
        return self._heads.next_chord(self._now)

    def next_pitch(self, part: int, tick: int) -> Floats:
        """Log-odds of the part's next pitch, should it play at a tick."""
        return self._heads.next_pitch(self._now, part, tick)

    def next_rest(self, part: int, tick: int, pitch: int) -> tuple[Floats, Floats]:
        """Log-odds of length and of loudness, should the part play this pitch at a tick."""
        return self._heads.next_rest(self._now, part, tick, pitch)
