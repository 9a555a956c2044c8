"""The mind while it learns: a small causal transformer over steps, with next-event heads for every part (PyTorch).

On stage the same weights run without PyTorch, one step at a time.
"""

# B batch, T steps, D width, H heads, G heads of keys and values, E head size, P parts, N note targets

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.music import PARTS
from models.vocabulary import DURATIONS, FIELDS, NEVER, NO_CHORD, PITCHES, VELOCITIES


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the mind. `window` is how many steps it sees, the present one among them."""

    width: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 1
    hidden: int = 704
    window: int = 512


def rotary(positions: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (T, E/2) that tell heads how far apart two steps are."""
    rates = 10000.0 ** (-torch.arange(0, size // 2, dtype=torch.float64, device=positions.device) * 2 / size)
    angles = positions.double()[:, None] * rates[None, :]
    return angles.cos().float(), angles.sin().float()


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the two halves of each head by the step's angle."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def norm(x: Tensor) -> Tensor:
    """Root mean square norm without a gain: the next matrix can scale."""
    return torch.rms_norm(x, (x.shape[-1],), eps=1e-5)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """What each step of q (B, H, T, E) finds among k and v (B, G, T, E); `mask` (T, T) is added to its interest.

    On a CPU plain products are twice as fast for short windows as the fused kernel.
    """
    (b, h, t, e), g = q.shape, k.shape[1]
    if q.device.type != "cpu":
        k, v = (z.repeat_interleave(h // g, 1) for z in (k, v))
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    rows = mask.repeat(h // g, 1).to(q.dtype)[None]
    scores = torch.baddbmm(rows, q.reshape(b * g, -1, e), k.reshape(b * g, t, e).mT, alpha=e**-0.5)
    return torch.bmm(scores.softmax(-1), v.reshape(b * g, t, e)).view(b, h, t, e)


class Block(nn.Module):
    """Attention over what was played, then a gated mixing of what was found.

    Several heads ask, fewer answer (grouped queries, Ainslie et al. 2023), which keeps the memory of a long evening small;
    questions and answers are normed (Henry et al. 2020), and each head learns how sharply it looks.
    """

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.shape = shape
        size = shape.width // shape.heads
        self.q = nn.Linear(shape.width, shape.width, bias=False)
        self.kv = nn.Linear(shape.width, 2 * shape.kv_heads * size, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.up = nn.Linear(shape.width, 2 * shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)
        self.sharpness = nn.Parameter(torch.ones(shape.heads))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """One layer: (B, T, D) to (B, T, D)."""
        b, t, d = x.shape
        heads, groups = self.shape.heads, self.shape.kv_heads
        y = norm(x)
        q = norm(self.q(y).view(b, t, heads, -1)) * self.sharpness.to(x.dtype)[:, None]
        k, v = self.kv(y).view(b, t, 2, groups, -1).unbind(2)
        q, k = turn(q.transpose(1, 2), cos, sin), turn(norm(k).transpose(1, 2), cos, sin)  # (B, H or G, T, E)
        mixed = attend(q, k, v.transpose(1, 2), mask)
        x = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(b, t, d)))
        gate, value = self.up(norm(x)).chunk(2, dim=-1)
        found: Tensor = x + self.dropout(self.down(F.silu(gate) * value))
        return found

    def step(self, x: Tensor, turned: tuple[Tensor, Tensor], memory: Tensor, at: Tensor) -> Tensor:
        """One step (B, D) at place `at` (1,), of many evenings side by side; `memory` (2, B, G, T, E) keeps keys and values."""
        b, d = x.shape
        heads, groups = self.shape.heads, self.shape.kv_heads
        y = norm(x)
        q = norm(self.q(y).view(b, heads, 1, -1)) * self.sharpness.to(x.dtype)[:, None, None]
        k, v = self.kv(y).view(b, 2, groups, 1, -1).unbind(1)
        memory[0].index_copy_(2, at, turn(norm(k), *turned).to(memory.dtype))
        memory[1].index_copy_(2, at, v.to(memory.dtype))
        q = turn(q, *turned).view(b, groups, heads // groups, -1).to(memory.dtype)
        unheard = torch.arange(memory.shape[3], device=x.device) > at
        scores = (q @ memory[0].mT * q.shape[-1] ** -0.5).float().masked_fill(unheard, float("-inf"))
        mixed = scores.softmax(-1).to(memory.dtype) @ memory[1]
        x = x + self.out(mixed.reshape(b, d))
        gate, value = self.up(norm(x)).chunk(2, dim=-1)
        found: Tensor = x + self.down(F.silu(gate) * value)
        return found


class Mind(nn.Module):
    """Steps in; for every part, what it plays next, out."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        d = shape.width
        self.embed = nn.ModuleDict({name: nn.Embedding(size, d) for name, size, _ in FIELDS})
        self.held_pitch = nn.Linear(len(PARTS) * PITCHES, d, bias=False)
        self.held_class = nn.Linear(len(PARTS) * 12, d, bias=False)
        blocks = [Block(shape, dropout) for _ in range(shape.layers)]
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
        """What the mind makes of each step, having heard all before it: (B, T, fields) and flags (B, T, keys) to (B, T, D)."""
        return self.listen(self.embedded(fields, held))

    def embedded(self, fields: Tensor, held: Tensor) -> Tensor:
        """Each step as a sum of what it carries: (B, T, D), in the precision of the day."""
        x = torch.zeros((), device=fields.device)
        for column, table in enumerate(self.embed.values()):
            x = x + table(fields[..., column])
        autocast = torch.is_autocast_enabled(fields.device.type)
        played = held.to(torch.bfloat16 if autocast else self.held_pitch.weight.dtype)
        classes = F.pad(played.view(*played.shape[:-1], len(PARTS), PITCHES), (0, 4))
        classes = classes.view(*played.shape[:-1], len(PARTS), -1, 12).amax(-2).flatten(-2)
        whole: Tensor = x + self.held_pitch(played) + self.held_class(classes)
        return whole.to(played.dtype)

    def listen(self, x: Tensor) -> Tensor:
        """The blocks, one after the other."""
        steps = torch.arange(x.shape[1], device=x.device)
        cos, sin = (part.to(x.dtype) for part in rotary(steps, self.shape.width // self.shape.heads))
        gap = steps[:, None] - steps[None, :]
        unheard = (gap < 0) | (gap >= self.shape.window)
        mask = torch.zeros(gap.shape, dtype=x.dtype, device=x.device).masked_fill(unheard, float("-inf"))
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        return norm(x)

    def next_tick(self, x: Tensor, now: Tensor) -> Tensor:
        """Log-odds (…, P, NEVER + 1) of each part's next onset; a tick that has gone by is impossible."""
        logits: Tensor = self.tick(x).view(*x.shape[:-1], len(PARTS), NEVER + 1)
        gone = torch.arange(NEVER + 1, device=x.device) < now[..., None]
        return logits.float().masked_fill(gone[..., None, :], float("-inf"))

    def next_pitch(self, x: Tensor, part: Tensor, tick: Tensor) -> Tensor:
        """Log-odds (…, pitches) given part and tick."""
        logits: Tensor = self.pitch(F.silu(self.ask_pitch(x) + self.when(part * NEVER + tick)))
        return logits

    def next_rest(self, x: Tensor, part: Tensor, tick: Tensor, pitch: Tensor) -> tuple[Tensor, Tensor]:
        """Log-odds of length and loudness given part, tick and pitch."""
        asked = F.silu(self.ask_rest(x) + self.when(part * NEVER + tick) + self.which(part * PITCHES + pitch))
        return self.duration(asked), self.velocity(asked)
