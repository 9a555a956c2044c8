"""The mind while it learns: a small causal transformer over steps, with next-event heads for every part (PyTorch).

On stage the same weights run in `stream.py` without PyTorch.
"""

# B batch, T steps, D width, H heads, E head size, P parts, N note targets

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.music import PARTS
from models.vocabulary import DURATIONS, FIELDS, NEVER, NO_CHORD, PITCHES, VELOCITIES


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the mind. `window` is how many steps back it listens."""

    width: int = 224
    layers: int = 4
    heads: int = 4
    hidden: int = 576
    window: int = 256


def rotary(positions: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (T, E/2) that tell heads how far apart two steps are."""
    rates = 10000.0 ** (-torch.arange(0, size // 2, dtype=torch.float64) * 2 / size)
    angles = positions.double()[:, None] * rates[None, :]
    return angles.cos().float(), angles.sin().float()


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the two halves of each head by the step's angle."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def norm(x: Tensor) -> Tensor:
    """Root mean square norm without a gain: the next matrix can scale."""
    return torch.rms_norm(x, (x.shape[-1],), eps=1e-5)


class Block(nn.Module):
    """Attention over what was played, then a gated mixing of what was found."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.up = nn.Linear(shape.width, 2 * shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """One layer: (B, T, D) to (B, T, D)."""
        b, t, d = x.shape
        size = d // self.heads
        q, k, v = self.qkv(norm(x)).view(b, t, 3, self.heads, size).permute(2, 0, 3, 1, 4)  # each (B, H, T, E)
        q = turn(q, cos, sin).reshape(b * self.heads, t, size)
        k = turn(k, cos, sin).reshape(b * self.heads, t, size)
        weights = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=size**-0.5).softmax(-1)  # (B*H, T, T)
        mixed = torch.bmm(weights, v.reshape(b * self.heads, t, size)).view(b, self.heads, t, size)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, d))
        gate, value = self.up(norm(x)).chunk(2, dim=-1)
        found: Tensor = x + self.down(F.silu(gate) * value)
        return found


class Mind(nn.Module):
    """Steps in; for every part, what it plays next, out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        d = shape.width
        self.embed = nn.ModuleDict({name: nn.Embedding(size, d) for name, size, _ in FIELDS})
        self.held_pitch = nn.Linear(len(PARTS) * PITCHES, d, bias=False)
        self.held_class = nn.Linear(len(PARTS) * 12, d, bias=False)
        blocks = [Block(shape) for _ in range(shape.layers)]
        self.blocks = nn.ModuleList(blocks)
        self.tick = nn.Linear(d, len(PARTS) * (NEVER + 1))
        self.chord = nn.Linear(d, NO_CHORD + 1)
        self.ask_pitch = nn.Linear(d, d)
        self.ask_rest = nn.Linear(d, d)
        self.when = nn.Embedding(len(PARTS) * NEVER, d)
        self.which = nn.Embedding(len(PARTS) * PITCHES, d)
        self.pitch = nn.Linear(d, PITCHES)
        self.duration = nn.Linear(d, len(DURATIONS))
        self.velocity = nn.Linear(d, VELOCITIES)
        self.apply(self._start)
        for block in blocks:
            for layer in (block.out, block.down):
                nn.init.normal_(layer.weight, std=0.02 / (2 * shape.layers) ** 0.5)

    @staticmethod
    def _start(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02 if isinstance(module, nn.Linear) else 0.05)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def trunk(self, fields: Tensor, held: Tensor) -> Tensor:
        """What the mind makes of each step, having heard all before it: (B, T, D)."""
        t = fields.shape[1]
        x = torch.zeros(())
        for column, table in enumerate(self.embed.values()):
            x = x + table(fields[..., column])
        played = held.to(torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32)
        classes = F.pad(played.view(*played.shape[:-1], len(PARTS), PITCHES), (0, 4))
        classes = classes.view(*played.shape[:-1], len(PARTS), -1, 12).amax(-2).flatten(-2)
        x = (x + self.held_pitch(played) + self.held_class(classes)).to(played.dtype)
        steps = torch.arange(t, device=x.device)
        cos, sin = (part.to(played.dtype) for part in rotary(steps, self.shape.width // self.shape.heads))
        gap = steps[:, None] - steps[None, :]
        mask = torch.zeros(t, t, dtype=played.dtype).masked_fill((gap < 0) | (gap >= self.shape.window), float("-inf"))
        for block in self.blocks:
            x = block(x, cos, sin, mask[None])
        return norm(x)

    def next_tick(self, x: Tensor, now: Tensor) -> Tensor:
        """Log-odds (…, P, NEVER + 1) of each part's next onset; a tick that has gone by is impossible."""
        logits: Tensor = self.tick(x).view(*x.shape[:-1], len(PARTS), NEVER + 1)
        gone = torch.arange(NEVER + 1, device=x.device) < now[..., None]
        return logits.float().masked_fill(gone[..., None, :], float("-inf"))

    def next_pitch(self, x: Tensor, part: Tensor, tick: Tensor) -> Tensor:
        """Log-odds (N, pitches) given part and tick."""
        logits: Tensor = self.pitch(F.silu(self.ask_pitch(x) + self.when(part * NEVER + tick)))
        return logits

    def next_rest(self, x: Tensor, part: Tensor, tick: Tensor, pitch: Tensor) -> tuple[Tensor, Tensor]:
        """Log-odds of length and loudness given part, tick and pitch."""
        asked = F.silu(self.ask_rest(x) + self.when(part * NEVER + tick) + self.which(part * PITCHES + pitch))
        return self.duration(asked), self.velocity(asked)
