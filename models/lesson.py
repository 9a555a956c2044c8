"""What a mind is taught: how surprised it is at each attribute of what came next, and the one number that training lowers."""

# B batch, T steps, P parts

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.batch import Batch, flags
from models.music import PARTS
from models.transformer import Mind
from models.vocabulary import FIELDS

_TICK = next(i for i, (name, _, _) in enumerate(FIELDS) if name == "tick")
PART_WEIGHTS = (1.0, 1.0, 0.5, 0.5)
HEAD_WEIGHTS = {"tick": 2.0, "pitch": 1.0, "duration": 0.5, "velocity": 0.25, "chord": 0.5}
EVERY_NAT_ALIKE = {"tick": 2.4, "pitch": 1.0, "duration": 1.0, "velocity": 1.0, "chord": 0.0}
"""For comparisons by nats a note: 2.4 questions when, to one part or another, come to each note."""


class Surprise(NamedTuple):
    """Nats for each target, 0 where there is none."""

    tick: Tensor  # (B, T, P)
    pitch: Tensor  # (B, T), as the notes of `told`
    duration: Tensor
    velocity: Tensor
    chord: Tensor  # (B, T)


def surprise(mind: Mind, batch: Batch) -> Surprise:
    """How surprised the mind is at a batch."""
    fields = batch.fields.long()
    x = mind.trunk(fields, flags(batch.held, fields.shape[1]))
    place, part, tick, pitch, length, loudness = (column.long() for column in batch.told.unbind(-1))
    here = x.gather(1, place.clamp(min=0)[..., None].expand(-1, -1, x.shape[-1]))
    part, tick = part.clamp(min=0), tick.clamp(min=0)
    lengths, velocities = mind.next_rest(here, part, tick, pitch.clamp(min=0))
    return Surprise(
        _nats(mind.next_tick(x, fields[..., _TICK]), batch.next_tick),
        _nats(mind.next_pitch(here, part, tick), pitch),
        _nats(lengths, length),
        _nats(velocities, loudness),
        _nats(mind.chord(x), batch.chord),
    )


def _nats(logits: Tensor, wanted: Tensor) -> Tensor:
    flat = F.cross_entropy(logits.float().flatten(0, -2), wanted.long().flatten(), ignore_index=-1, reduction="none")
    return flat.view(wanted.shape)


class Lesson(nn.Module):
    """The mind with its teacher: a batch in, the loss out. Each attribute is weighed, and each part, unless all are alike."""

    def __init__(self, mind: Mind, alike: bool = False) -> None:
        super().__init__()
        self.mind = mind
        self.heads, self.parts = (EVERY_NAT_ALIKE, (1.0,) * len(PARTS)) if alike else (HEAD_WEIGHTS, PART_WEIGHTS)

    def forward(self, fields: Tensor, held: Tensor, next_tick: Tensor, chord: Tensor, told: Tensor) -> Tensor:
        """The loss of one batch, given as its tables."""
        batch = Batch(fields, held, next_tick, chord, told)
        found = surprise(self.mind, batch)
        weights = torch.tensor(self.parts, device=told.device)
        mine = weights[told[..., 1].long().clamp(min=0)] * (told[..., 0] >= 0)
        heard = mine * (told[..., 5] >= 0)
        total = self.heads["tick"] * _mean(found.tick, weights * (next_tick >= 0))
        for name, weight in (("pitch", mine), ("duration", mine), ("velocity", heard)):
            total = total + self.heads[name] * _mean(getattr(found, name), weight)
        return total + self.heads["chord"] * _mean(found.chord, (chord >= 0).float())


def _mean(nats: Tensor, weights: Tensor) -> Tensor:
    return (nats * weights).sum() / weights.sum().clamp(min=1.0)


def by_part(found: Surprise, batch: Batch) -> dict[str, tuple[float, int]]:
    """Sum of nats and number of targets by attribute and part: `tick/comp`, `pitch/lead`, `chord`, and so on."""
    told: dict[str, tuple[float, int]] = {}
    part, struck = batch.told[..., 1], batch.told[..., 0] >= 0
    for index, name in enumerate(PARTS):
        known, mine = batch.next_tick[..., index] >= 0, (part == index) & struck
        heard = mine & (batch.told[..., 5] >= 0)
        told[f"tick/{name}"] = _sum(found.tick[..., index], known)
        told[f"pitch/{name}"] = _sum(found.pitch, mine)
        told[f"duration/{name}"] = _sum(found.duration, mine)
        told[f"velocity/{name}"] = _sum(found.velocity, heard)
    told["chord"] = _sum(found.chord, batch.chord >= 0)
    return {name: (nats, count) for name, (nats, count) in told.items() if count}


def _sum(nats: Tensor, chosen: Tensor) -> tuple[float, int]:
    return float(nats[chosen].sum()), int(chosen.sum())
