"""Rivals to measure the mind by: a recurrent network on the same steps, and the usual language model of tokens."""

# B batch, T steps or tokens, D width, V tokens

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from models.music import PARTS, TICKS_PER_BEAT
from models.transformer import Block, Mind, Shape, norm, rotary
from models.vocabulary import BEAT, DURATIONS, FIELDS, MAX_METRE, NOTE, PITCHES, VELOCITIES
from models.window import Window

_COLUMN = {name: i for i, (name, _, _) in enumerate(FIELDS)}
_BEAT_TOKEN = 0
_ONSET_TOKEN = _BEAT_TOKEN + MAX_METRE
_PITCH_TOKEN = _ONSET_TOKEN + len(PARTS) * TICKS_PER_BEAT
_DURATION_TOKEN = _PITCH_TOKEN + PITCHES
_VELOCITY_TOKEN = _DURATION_TOKEN + len(DURATIONS)
TOKENS = _VELOCITY_TOKEN + VELOCITIES
TOKEN_KINDS = (("tick", _ONSET_TOKEN), ("pitch", _PITCH_TOKEN), ("duration", _DURATION_TOKEN), ("velocity", _VELOCITY_TOKEN))
"""Attributes in the order of their tokens, and where each begins; beat and onset tokens together say when."""


class RecurrentMind(Mind):
    """The same ears and heads around a recurrent network (GRU, Cho et al. 2014) of about as many weights: a baseline."""

    def __init__(self, shape: Shape, dropout: float = 0.0, cells: int = 448) -> None:
        super().__init__(shape, dropout)
        self.blocks = nn.ModuleList()
        self.enter = nn.Linear(shape.width, cells, bias=False)
        self.memory = nn.GRU(cells, cells, num_layers=2, batch_first=True, dropout=dropout)
        self.leave = nn.Linear(cells, shape.width, bias=False)

    def listen(self, x: Tensor) -> Tensor:
        """The recurrent layers, with a way past them."""
        return norm(x + self.leave(self.memory(self.enter(norm(x)))[0]))


def tokens_of(window: Window) -> NDArray[np.int64]:
    """A window without slips, one token an attribute, as in REMI (Huang and Yang 2020): beat, then part and place in the
    beat, pitch, length and, where it is known, loudness of each note."""
    said: list[int] = []
    notes = [iter(window.notes[window.notes[:, 1] == part].tolist()) for part in range(len(PARTS))]
    for row in window.fields.tolist():
        if row[_COLUMN["kind"]] == BEAT:
            said.append(_BEAT_TOKEN + row[_COLUMN["beat_in_bar"]])
        elif row[_COLUMN["kind"]] == NOTE:
            part = row[_COLUMN["key"]] // PITCHES
            _, _, tick, pitch, length, loudness = next(notes[part], (0, 0, 0, 0, 0, 0))
            said += [_ONSET_TOKEN + part * TICKS_PER_BEAT + tick, _PITCH_TOKEN + pitch, _DURATION_TOKEN + length]
            if loudness >= 0:
                said.append(_VELOCITY_TOKEN + loudness)
    return np.array(said, np.int64)


class TokenMind(nn.Module):
    """A language model of `tokens_of`, with the mind's own blocks."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(TOKENS, shape.width)
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.layers))
        self.head = nn.Linear(shape.width, TOKENS)
        self.apply(Mind._start)

    def forward(self, said: Tensor) -> Tensor:
        """Nats (B, T - 1) of every token but the first."""
        x = self.embed(said)
        if torch.is_autocast_enabled(x.device.type):
            x = x.bfloat16()
        steps = torch.arange(said.shape[1], device=said.device)
        cos, sin = (part.to(x.dtype) for part in rotary(steps, self.shape.width // self.shape.heads))
        unheard = steps[:, None] < steps[None, :]
        mask = torch.zeros(unheard.shape, dtype=x.dtype, device=x.device).masked_fill(unheard, float("-inf"))
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        logits = self.head(norm(x)[:, :-1]).float()
        return F.cross_entropy(logits.flatten(0, 1), said[:, 1:].flatten(), reduction="none").view(len(said), -1)
