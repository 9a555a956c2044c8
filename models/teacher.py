"""A teacher who knows what the human will play: the mind with one more ear, turned to the whole human part, future included
(PyTorch).

It never comes on stage. Post-training asks it, about what the mind did on its own, what somebody who knew the future would
have done (online accompaniment by distillation, Wu et al. 2024).
"""

# B batch, T steps, S half beats, W width of the ear

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.corpus import LEAD
from models.music import TICKS_PER_BEAT
from models.transformer import Mind, Shape
from models.vocabulary import BEAT, FIELDS, NOTE, PITCHES

_COLUMN = {name: i for i, (name, _, _) in enumerate(FIELDS)}
_SLOT_TICKS = TICKS_PER_BEAT // 2
_SLOTS = 256
_AHEAD = 9  # half beats ahead that each step is told of, the present one among them


class Teacher(Mind):
    """A mind that is told, at every step, what an encoder made of the human's part now and in the next four beats."""

    def __init__(self, shape: Shape, dropout: float = 0.0, width: int = 192) -> None:
        super().__init__(shape, dropout)
        self.enter = nn.Linear(2 * PITCHES, width)
        self.place = nn.Embedding(_SLOTS, width)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout, batch_first=True, norm_first=True)
        self.ear = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.tell = nn.Linear(_AHEAD * width, shape.width)
        nn.init.zeros_(self.tell.weight)
        nn.init.zeros_(self.tell.bias)

    def trunk(self, fields: Tensor, held: Tensor) -> Tensor:
        """As the mind's, with the human's future."""
        x = self.embedded(fields, held)
        return self.listen(x + self.told(fields, held).to(x.dtype))

    def told(self, fields: Tensor, held: Tensor) -> Tensor:
        """What each step is told of the human's part: (B, T, D)."""
        slot = slots(fields)
        lead = slice(LEAD * PITCHES, (LEAD + 1) * PITCHES)
        down = held[..., lead].float()
        key = fields[..., _COLUMN["key"]]
        struck = torch.nn.functional.one_hot(key.clamp(max=PITCHES), PITCHES + 1)[..., :PITCHES].float()
        struck = struck * (fields[..., _COLUMN["kind"]] == NOTE)[..., None]
        roll = torch.zeros(len(fields), _SLOTS, 2 * PITCHES, device=fields.device)
        index = slot[..., None].expand(-1, -1, 2 * PITCHES)
        roll = roll.scatter_reduce(1, index, torch.cat((down, struck), -1), "amax")
        heard = self.ear(self.enter(roll) + self.place.weight[None])
        heard = torch.nn.functional.pad(heard, (0, 0, 0, _AHEAD))
        ahead = [heard.gather(1, (slot + k)[..., None].expand(-1, -1, heard.shape[-1])) for k in range(_AHEAD)]
        told: Tensor = self.tell(torch.cat(ahead, -1))
        return told


def slots(fields: Tensor) -> Tensor:
    """The half beat that each step lies in, counted from the beginning of its window."""
    beat = (fields[..., _COLUMN["kind"]] == BEAT).long().cumsum(1) - 1
    slot = beat * (TICKS_PER_BEAT // _SLOT_TICKS) + fields[..., _COLUMN["tick"]] // _SLOT_TICKS
    return slot.clamp(0, _SLOTS - 1)


def teacher_of(mind: Mind) -> Teacher:
    """A teacher that begins as a copy of the mind."""
    teacher = Teacher(mind.shape)
    teacher.load_state_dict(mind.state_dict(), strict=False)
    return teacher
