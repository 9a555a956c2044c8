"""The mind on stage: the transformer one step at a time in plain numpy, with a memory that can be taken back for free."""

# N new steps, C kept steps, D width, H heads, E head size, P parts

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.music import PARTS
from models.vocabulary import FIELDS, NEVER, PITCHES

Floats = NDArray[np.float32]
_EPSILON = np.float32(1e-5)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the mind hears it: the numbers of `FIELDS`, and the keys held after it."""

    fields: tuple[int, ...]
    held: tuple[int, ...]


_Span = tuple[int, int, int]  # where in memory the window begins, the new steps begin, and they end


def _norm(x: Floats) -> Floats:
    square = (x * x).sum(-1, keepdims=True) * np.float32(1 / x.shape[-1])
    return np.asarray(x / np.sqrt(square + _EPSILON), np.float32)


def _silu(x: Floats) -> Floats:
    return np.asarray(x / (np.float32(1) + np.exp(-x)), np.float32)


class _Layer:
    """One block's weights, input side first so that a step reads them in order, and its memory of keys and values."""

    def __init__(self, weights: Mapping[str, Floats], prefix: str, heads: int, capacity: int) -> None:
        self.qkv, self.out, self.up, self.down = (
            _flipped(weights[f"{prefix}.{n}.weight"]) for n in ("qkv", "out", "up", "down")
        )
        size = self.out.shape[0] // heads
        self.keys = np.zeros((heads, capacity, size), np.float32)
        self.values = np.zeros((heads, capacity, size), np.float32)


def _flipped(weight: Floats) -> Floats:
    return np.ascontiguousarray(weight.T, dtype=np.float32)


class Stream:
    """Feeds steps, answers what may come next, rewinds.

    Memory holds `4 * window` steps; when it is full the older half is dropped, so a step costs the same all evening.
    A rewind only sets the length back: nothing is copied or computed, and up to `window` steps back it is exact.
    Worker only.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.generic]], heads: int, window: int) -> None:
        full = {name: np.asarray(value, np.float32) for name, value in weights.items()}
        self._heads, self._window, self._capacity = heads, window, 4 * window
        self._tables = [full[f"embed.{name}.weight"] for name, _, _ in FIELDS]
        self._held_pitch = _flipped(full["held_pitch.weight"])
        self._held_class = _flipped(full["held_class.weight"])
        count = 1 + max(int(name.split(".")[1]) for name in full if name.startswith("blocks."))
        self._layers = [_Layer(full, f"blocks.{i}", heads, self._capacity) for i in range(count)]
        width = self._held_pitch.shape[1]
        self._heard = np.zeros((self._capacity, width), np.float32)
        self._rates = 10000.0 ** (-np.arange(0, width // heads // 2) * 2.0 / (width // heads))
        self._head = {
            name: (_flipped(full[f"{name}.weight"]), full[f"{name}.bias"])
            for name in ("tick", "chord", "ask_pitch", "ask_rest", "pitch", "duration", "velocity")
        }
        self._when, self._which = full["when.weight"], full["which.weight"]
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
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
        n = len(steps)
        if self._kept + n > self._capacity:
            self._drop_old()
        first, end = self._kept, self._kept + n
        x = self._embedded(steps)
        angles = (np.arange(self.length, self.length + n)[:, None] * self._rates).astype(np.float64)
        cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
        low = max(first - self._window + 1, 0)
        mask = None
        if n > 1:
            gap = np.arange(first, end)[:, None] - np.arange(low, end)[None, :]
            mask = np.where((gap < 0) | (gap >= self._window), np.float32(-np.inf), np.float32(0))
        for layer in self._layers:
            x = x + self._attend(layer, _norm(x), (cos, sin), (low, first, end), mask)
            both = _norm(x) @ layer.up
            half = both.shape[-1] // 2
            x = np.asarray(x + (_silu(both[:, :half]) * both[:, half:]) @ layer.down, np.float32)
        self._heard[first:end] = _norm(x)
        self._kept = end

    def _attend(self, layer: _Layer, x: Floats, turn: tuple[Floats, Floats], span: _Span, mask: Floats | None) -> Floats:
        low, first, end = span
        n, h = len(x), self._heads
        qkv = (x @ layer.qkv).reshape(n, 3, h, -1).transpose(1, 2, 0, 3)
        q, layer.keys[:, first:end] = _turned(qkv[:2], *turn)  # (H, N, E)
        layer.values[:, first:end] = qkv[2]
        scores = q @ layer.keys[:, low:end].transpose(0, 2, 1) * np.float32(q.shape[-1] ** -0.5)  # (H, N, C)
        if mask is not None:
            scores += mask
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed: Floats = (scores @ layer.values[:, low:end]).transpose(1, 0, 2).reshape(n, -1)
        return mixed @ layer.out

    def _drop_old(self) -> None:
        keep = 2 * self._window
        gone = self._kept - keep
        for layer in self._layers:
            layer.keys[:, :keep] = layer.keys[:, gone : self._kept]
            layer.values[:, :keep] = layer.values[:, gone : self._kept]
        self._heard[:keep] = self._heard[gone : self._kept]
        self._dropped += gone
        self._kept = keep

    def _embedded(self, steps: Sequence[Step]) -> Floats:
        x = np.empty((len(steps), self._held_pitch.shape[1]), np.float32)
        for row, step in enumerate(steps):
            total = self._tables[0][step.fields[0]].copy()
            for table, value in zip(self._tables[1:], step.fields[1:], strict=True):
                total += table[value]
            if step.held:
                total += self._held_pitch[list(step.held)].sum(0)
                total += self._held_class[list({key // PITCHES * 12 + key % PITCHES % 12 for key in step.held})].sum(0)
            x[row] = total
        return x

    def _linear(self, name: str, x: Floats) -> Floats:
        weight, bias = self._head[name]
        return np.asarray(x @ weight + bias)

    def next_tick(self) -> Floats:
        """Log-odds (P, NEVER + 1) of each part's next onset in this beat, as of the last step. Nothing is masked."""
        return self._linear("tick", self._heard[self._kept - 1]).reshape(len(PARTS), NEVER + 1)

    def next_chord(self) -> Floats:
        """Log-odds of the chord of this beat."""
        return self._linear("chord", self._heard[self._kept - 1])

    def next_pitch(self, part: int, tick: int) -> Floats:
        """Log-odds of the part's next pitch, should it play at a tick."""
        x = self._linear("ask_pitch", self._heard[self._kept - 1])
        return self._linear("pitch", _silu(x + self._when[part * NEVER + tick]))

    def next_rest(self, part: int, tick: int, pitch: int) -> tuple[Floats, Floats]:
        """Log-odds of length and of loudness, should the part play this pitch at a tick."""
        x = self._linear("ask_rest", self._heard[self._kept - 1])
        asked = _silu(x + self._when[part * NEVER + tick] + self._which[part * PITCHES + pitch])
        return self._linear("duration", asked), self._linear("velocity", asked)


def _turned(x: Floats, cos: Floats, sin: Floats) -> Floats:
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return np.concatenate((first * cos - second * sin, second * cos + first * sin), axis=-1)
