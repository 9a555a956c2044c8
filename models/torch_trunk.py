"""The layers of the mind through PyTorch: on CUDA a captured graph for each step, which may carry many futures at once.

Elsewhere (Apple's MPS, the CPU) the same code runs step by step. Nothing else on stage needs PyTorch.
"""

# B futures, N new steps, C places, D width, H heads, G heads of keys and values, E head size

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.trunk import EPSILON, Block, Floats, Frame, Turns

_WARM_UPS = 3


class _Layer:
    """One block's weights on the device, and its memory of keys and values (B, G, C, E)."""

    def __init__(self, block: Block, frame: Frame, futures: int, like: Tensor) -> None:
        def placed(array: Floats) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(like.device, like.dtype)

        self.qkv = placed(np.concatenate((block.q, block.kv)))
        self.out, self.up, self.down = placed(block.out), placed(block.up), placed(block.down)
        both = np.concatenate((block.sharpness, np.ones(frame.kv_heads, np.float32)))
        self.sharpness = torch.from_numpy(both)[:, None].to(like.device)  # (H + G, 1)
        self.keys = torch.zeros(futures, frame.kv_heads, frame.capacity, frame.head_size, device=like.device, dtype=like.dtype)
        self.values = torch.zeros_like(self.keys)


class TorchTrunk:
    """The trunk on a device. Row 0 of its memory is what happened; `spread` lets others go on from there. Worker only."""

    def __init__(
        self, blocks: Sequence[Block], frame: Frame, device: str, dtype: torch.dtype = torch.float32, futures: int = 1
    ) -> None:
        like = torch.zeros(1, device=device, dtype=dtype)
        self._frame, self._device, self._dtype = frame, device, dtype
        self._layers = [_Layer(block, frame, futures, like) for block in blocks]
        self._turns = Turns(frame)
        self._places = torch.arange(frame.capacity, device=device)
        self._cos = torch.zeros(frame.capacity, frame.head_size, device=device)
        self._sin = torch.zeros_like(self._cos)
        self._set_turns()
        self._steps: dict[int, _Captured] = {}
        weights = sum(matrix.size for block in blocks for matrix in block.matrices)
        self.bytes_a_step = like.element_size() * (weights + len(blocks) * frame.memory_a_layer)

    def _set_turns(self) -> None:
        cos, sin = torch.from_numpy(self._turns.cos), torch.from_numpy(self._turns.sin)
        self._cos.copy_(torch.cat((cos, cos), -1))
        self._sin.copy_(torch.cat((-sin, sin), -1))

    def clear(self) -> None:
        """Begin anew."""
        self._turns.begin_at(0)
        self._set_turns()

    def drop(self, gone: int, kept: int) -> None:
        """Forget the first places; the others move up."""
        self._turns.drop(gone)
        self._set_turns()
        for layer in self._layers:
            for memory in (layer.keys, layer.values):
                memory[:, :, : kept - gone] = memory[:, :, gone:kept].clone()

    def spread(self, futures: int) -> None:
        """Let so many futures go on from what happened."""
        for layer in self._layers:
            for memory in (layer.keys, layer.values):
                memory[1:futures] = memory[:1]

    def hear(self, x: Floats, first: int) -> Floats:
        """New steps (N, D) into the places from `first` on: (N, D)."""
        if len(x) == 1:
            return self.hear_each(x, first)
        with torch.no_grad():
            places = self._places[first : first + len(x)]
            heard = self._forward(torch.from_numpy(x).to(self._device)[None], places)
        return np.asarray(heard[0].cpu().numpy(), np.float32)

    def hear_each(self, x: Floats, place: int) -> Floats:
        """One new step for each future (B, D), all into one place: (B, D)."""
        if self._device.startswith("cuda"):
            if len(x) not in self._steps:
                self._steps[len(x)] = _Captured(self, len(x), self._frame.width)
            return self._steps[len(x)](x, place)
        with torch.no_grad():
            heard = self._forward(torch.from_numpy(x).to(self._device)[:, None], self._places[place : place + 1])
        return np.asarray(heard[:, 0].cpu().numpy(), np.float32)

    def _forward(self, x: Tensor, places: Tensor) -> Tensor:
        """Steps (B, N, D) of the first B futures at places (N): (B, N, D). Sums are kept in 32 bits."""
        gap = places[:, None] - self._places[None, :]
        mask = torch.zeros(gap.shape, device=x.device).masked_fill((gap < 0) | (gap >= self._frame.window), float("-inf"))
        turn = self._cos[places][:, None], self._sin[places][:, None]  # (N, 1, E)
        for layer in self._layers:
            x = x + self._attend(layer, _norm(x), places, turn, mask)
            gate, value = F.linear(_norm(x).to(self._dtype), layer.up).chunk(2, dim=-1)
            x = x + F.linear(F.silu(gate) * value, layer.down)
        return _norm(x)

    def _attend(self, layer: _Layer, x: Tensor, places: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        b, n, _ = x.shape
        h, g, size = self._frame.heads, self._frame.kv_heads, self._frame.head_size
        qkv = F.linear(x.to(self._dtype), layer.qkv).view(b, n, h + 2 * g, size)
        qk = _norm(qkv[:, :, : h + g].float()) * layer.sharpness
        qk = (qk * turn[0] + qk.roll(size // 2, -1) * turn[1]).to(self._dtype).transpose(1, 2)  # (B, H + G, N, E)
        layer.keys[:b].index_copy_(2, places, qk[:, h:])
        layer.values[:b].index_copy_(2, places, qkv[:, :, h + g :].transpose(1, 2))
        q = qk[:, :h].reshape(b, g, h // g * n, size)
        scores = (q @ layer.keys[:b].transpose(2, 3)).float() * size**-0.5  # (B, G, H/G*N, C)
        chances = (scores.view(b, h, n, -1) + mask).softmax(-1).to(self._dtype)
        mixed = chances.view(b, g, h // g * n, -1) @ layer.values[:b]
        return F.linear(mixed.view(b, h, n, size).transpose(1, 2).reshape(b, n, -1), layer.out)


class _Captured:
    """One step of so many futures as a CUDA graph: one copy in, one launch, one copy out."""

    def __init__(self, trunk: TorchTrunk, futures: int, width: int) -> None:
        self._given = torch.zeros(futures, width + 1, pin_memory=True)  # the steps, and in the last column their place
        self._there = torch.zeros(futures, width + 1, device="cuda")
        self._answer = torch.zeros(futures, width, pin_memory=True)
        # The warm-ups write into the memory; what was there comes back afterwards.
        before = [(memory, memory[:, :, :1].clone()) for layer in trunk._layers for memory in (layer.keys, layer.values)]
        self._graph = torch.cuda.CUDAGraph()
        with torch.no_grad():
            aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(_WARM_UPS):
                    self._step(trunk)
            torch.cuda.current_stream().wait_stream(aside)
            with torch.cuda.graph(self._graph):
                self._heard = self._step(trunk)
        for memory, first in before:
            memory[:, :, :1] = first

    def _step(self, trunk: TorchTrunk) -> Tensor:
        return trunk._forward(self._there[:, None, :-1], self._there[0, -1:].long())[:, 0]

    def __call__(self, x: Floats, place: int) -> Floats:
        self._given[:, :-1] = torch.from_numpy(x)
        self._given[:, -1] = place
        self._there.copy_(self._given, non_blocking=True)
        self._graph.replay()
        self._answer.copy_(self._heard, non_blocking=True)
        torch.cuda.current_stream().synchronize()
        return np.array(self._answer.numpy(), np.float32)


def _norm(x: Tensor) -> Tensor:
    return torch.rms_norm(x, (x.shape[-1],), eps=EPSILON)
