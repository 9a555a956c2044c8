"""The layers of the mind on stage and their memory, in plain numpy: the reference that needs nothing else."""

# N new steps, C kept steps, D width, H heads, G heads of keys and values, E head size

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
EPSILON = 1e-5
ROTARY_BASE = 10000.0


class Trunk(Protocol):
    """Layers with a memory of so many places, filled from the left. Worker only."""

    @property
    def bytes_a_step(self) -> int:
        """How much a step with a full window has to read: every weight, and the window's keys and values."""

    def hear(self, x: Floats, first: int) -> Floats:
        """What the mind makes of new steps (N, D) that go to the places from `first` on: (N, D)."""

    def drop(self, gone: int, kept: int) -> None:
        """Forget the first `gone` of `kept` places; the others move up."""

    def clear(self) -> None:
        """Begin anew."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The measures of a trunk: its window, and how many places its memory has."""

    width: int
    heads: int
    kv_heads: int
    window: int
    capacity: int

    @classmethod
    def of(cls, shape: Mapping[str, int]) -> Frame:
        """The frame of a checkpoint's shape; its memory holds four windows."""
        return cls(shape["width"], shape["heads"], shape["kv_heads"], shape["window"], 4 * shape["window"])

    @property
    def head_size(self) -> int:
        """Numbers in one head."""
        return self.width // self.heads

    @property
    def memory_a_layer(self) -> int:
        """Numbers that a layer remembers of a full window."""
        return 2 * self.window * self.kv_heads * self.head_size


@dataclass(frozen=True, slots=True)
class Block:
    """One layer's weights, each (out, in), and how sharply each head looks."""

    q: Floats
    kv: Floats
    out: Floats
    up: Floats
    down: Floats
    sharpness: Floats

    @property
    def matrices(self) -> tuple[Floats, ...]:
        """Everything that one step reads."""
        return self.q, self.kv, self.out, self.up, self.down


def blocks_of(weights: Mapping[str, NDArray[np.generic]]) -> list[Block]:
    """The layers among a checkpoint's weights, from the bottom up."""
    count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))
    return [_block(weights, f"blocks.{i}") for i in range(count)]


def _block(weights: Mapping[str, NDArray[np.generic]], prefix: str) -> Block:
    def one(name: str) -> Floats:
        return np.asarray(weights[f"{prefix}.{name}"], np.float32)

    q, kv, out, up, down = (one(f"{name}.weight") for name in ("q", "kv", "out", "up", "down"))
    return Block(q, kv, out, up, down, one("sharpness"))


class Turns:
    """Cosines and sines (C, E/2) of the angle of each place, which tell heads how far apart two steps are."""

    def __init__(self, frame: Frame) -> None:
        self._rates = ROTARY_BASE ** (-np.arange(0, frame.head_size // 2) * 2.0 / frame.head_size)
        self.cos = np.zeros((frame.capacity, len(self._rates)), np.float32)
        self.sin = np.zeros_like(self.cos)
        self._begin = -1
        self.begin_at(0)

    def begin_at(self, step: int) -> None:
        """Place 0 now holds this step of the session. The arrays stay where they are: others may point at them."""
        if step == self._begin:
            return  # an evening often begins anew, and all these angles take as long as three steps
        self._begin = step
        angles = (step + np.arange(len(self.cos)))[:, None] * self._rates
        np.cos(angles, out=self.cos, casting="same_kind")
        np.sin(angles, out=self.sin, casting="same_kind")

    def drop(self, gone: int) -> None:
        """The first places are gone."""
        self.begin_at(self._begin + gone)


def norm(x: Floats) -> Floats:
    """Root mean square norm without a gain."""
    square = (x * x).sum(-1, keepdims=True) * np.float32(1 / x.shape[-1])
    return np.asarray(x / np.sqrt(square + np.float32(EPSILON)), np.float32)


def silu(x: Floats) -> Floats:
    """The gate's curve."""
    return np.asarray(x / (np.float32(1) + np.exp(-x)), np.float32)


def flipped(weight: Floats) -> Floats:
    """A matrix input side first, so that a step reads it in order."""
    return np.ascontiguousarray(weight.T, dtype=np.float32)


class _Layer:
    """One block's weights and its memory of keys and values."""

    def __init__(self, block: Block, frame: Frame) -> None:
        self.qkv = flipped(np.concatenate((block.q, block.kv)))
        self.out, self.up, self.down = flipped(block.out), flipped(block.up), flipped(block.down)
        self.sharpness = block.sharpness[:, None, None]
        self.keys = np.zeros((frame.kv_heads, frame.capacity, frame.head_size), np.float32)
        self.values = np.zeros_like(self.keys)


class NumpyTrunk:
    """The trunk in plain numpy. Worker only."""

    def __init__(self, blocks: list[Block], frame: Frame) -> None:
        self._frame = frame
        self._layers = [_Layer(block, frame) for block in blocks]
        self._turns = Turns(frame)

    @property
    def bytes_a_step(self) -> int:
        """How much a step with a full window reads."""
        weights = sum(m.size for layer in self._layers for m in (layer.qkv, layer.out, layer.up, layer.down))
        return 4 * (weights + len(self._layers) * self._frame.memory_a_layer)

    def clear(self) -> None:
        """Begin anew."""
        self._turns.begin_at(0)

    def drop(self, gone: int, kept: int) -> None:
        """Forget the first places; the others move up."""
        self._turns.drop(gone)
        for layer in self._layers:
            for memory in (layer.keys, layer.values):
                memory[:, : kept - gone] = memory[:, gone:kept].copy()

    def hear(self, x: Floats, first: int) -> Floats:
        """New steps (N, D) into the places from `first` on: (N, D)."""
        n, window = len(x), self._frame.window
        low, end = max(first - window + 1, 0), first + n
        mask = None
        if n > 1:
            gap = np.arange(first, end)[:, None] - np.arange(low, end)[None, :]
            mask = np.where((gap < 0) | (gap >= window), np.float32(-np.inf), np.float32(0))
        for layer in self._layers:
            x = x + self._attend(layer, norm(x), slice(low, end), mask)
            both = norm(x) @ layer.up
            half = both.shape[-1] // 2
            x = np.asarray(x + (silu(both[:, :half]) * both[:, half:]) @ layer.down, np.float32)
        return norm(x)

    def _attend(self, layer: _Layer, x: Floats, span: slice, mask: Floats | None) -> Floats:
        n, h, g, size = len(x), self._frame.heads, self._frame.kv_heads, self._frame.head_size
        new = slice(span.stop - n, span.stop)
        qkv = (x @ layer.qkv).reshape(n, h + 2 * g, size).transpose(1, 0, 2)  # (H + 2G, N, E)
        q, k = norm(qkv[:h]) * layer.sharpness, norm(qkv[h : h + g])
        q = self._turned(q, new).reshape(g, h // g * n, size)
        layer.keys[:, new], layer.values[:, new] = self._turned(k, new), qkv[h + g :]
        scores = q @ layer.keys[:, span].transpose(0, 2, 1) * np.float32(size**-0.5)  # (G, H/G*N, C)
        if mask is not None:
            scores = (scores.reshape(h, n, -1) + mask).reshape(scores.shape)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed: Floats = (scores @ layer.values[:, span]).reshape(h, n, size).transpose(1, 0, 2).reshape(n, -1)
        return mixed @ layer.out

    def _turned(self, x: Floats, places: slice) -> Floats:
        cos, sin = self._turns.cos[places], self._turns.sin[places]
        half = x.shape[-1] // 2
        first, second = x[..., :half], x[..., half:]
        return np.concatenate((first * cos - second * sin, second * cos + first * sin), axis=-1)
