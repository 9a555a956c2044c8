"""Who is to say whether it was music? Rewards for what the mind played: harmony with the human, and a critic that knows
recordings (PyTorch)."""

# B evenings, T steps, K beats, R frames

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.batch import flags
from models.corpus import COMP, LEAD
from models.music import PARTS, TICKS_PER_BEAT
from models.selfplay import Evenings
from models.transformer import Mind, Shape
from models.vocabulary import BEAT, FIELDS, NO_CHORD, PITCHES

_COLUMN = {name: i for i, (name, _, _) in enumerate(FIELDS)}
_FRAME_TICKS = 3
_FRAMES_A_BEAT = TICKS_PER_BEAT // _FRAME_TICKS
_CLASH, _ALONE = 0.5, 0.2


def harmony(evenings: Evenings, beats: int) -> Tensor:
    """For each beat (B, K): the share of it in which a pitch class of the human's is among the mind's, less half the share in
    which both sound and none is, less a fifth of that in which the human plays alone."""
    key, start, stop = evenings.note.unbind(-1)
    frames = beats * _FRAMES_A_BEAT
    note = key >= 0
    begin, end = (t.masked_fill(~note, 0) for t in (start // _FRAME_TICKS, -(-stop // _FRAME_TICKS)))
    table = torch.stack((key.clamp(min=0), begin.clamp(max=frames), end.clamp(max=frames)), -1)
    down = flags(table, frames).view(len(key), frames, len(PARTS), PITCHES)
    human, mind = (F.pad(down[:, :, part], (0, 4)).view(len(key), frames, -1, 12).any(2) for part in (LEAD, COMP))
    plays, answers = human.any(-1), mind.any(-1)
    fits = (human & mind).any(-1)
    both = plays & answers
    worth = fits.float() - _CLASH * (both & ~fits).float() - _ALONE * (plays & ~answers).float()
    return worth.view(len(key), beats, _FRAMES_A_BEAT).mean(-1)


def beats_of(fields: Tensor) -> Tensor:
    """Which beat each step lies in: (B, T)."""
    return (fields[..., _COLUMN["kind"]] == BEAT).long().cumsum(1) - 1


class Critic(nn.Module):
    """Tells recordings from what the mind plays, step by step, from what was heard up to there; it is not told any chords."""

    def __init__(self) -> None:
        super().__init__()
        self.mind = Mind(Shape(width=128, layers=2, heads=2, kv_heads=1, hidden=256), 0.1)
        self.real = nn.Linear(128, 1)

    def forward(self, fields: Tensor, held: Tensor) -> Tensor:
        """Log-odds (B, T) that this is a recording."""
        blind = fields.clone()
        blind[..., _COLUMN["chord"]] = NO_CHORD
        found: Tensor = self.real(self.mind.trunk(blind, held))[..., 0].float()
        return found


def per_beat(values: Tensor, beat: Tensor, beats: int) -> Tensor:
    """Means of step values (B, T) by beat (B, K)."""
    beat = beat.clamp(0, beats - 1)
    zero = torch.zeros(len(values), beats, device=values.device)
    return zero.scatter_add(1, beat, values) / zero.scatter_add(1, beat, torch.ones_like(values)).clamp(min=1.0)
