"""Recorded humans to accompany: excerpts of songs as tables on a device."""

# B evenings, N notes of the human

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.corpus import LEAD, Piece
from models.data import Corpus
from models.music import TICKS_PER_BEAT
from models.vocabulary import MAX_METRE, STYLES, TEMPO_EDGES

Ints = NDArray[np.integer]
_LATER = 1 << 20


class Humans(NamedTuple):
    """What recorded humans play, from a beat on; ticks count from there. Padded with notes far in the future."""

    tick: Tensor  # (B, N + 1)
    pitch: Tensor
    length: Tensor
    velocity: Tensor
    beat_in_bar: Tensor  # (B, beats)
    metre: Tensor
    tempo: Tensor
    style: Tensor  # (B,)

    def to(self, device: torch.device) -> Humans:
        """The same on a device."""
        return Humans(*(table.to(device) for table in self))

    def each(self, times: int) -> Humans:
        """Every human so many times in a row."""
        return Humans(*(table.repeat_interleave(times, 0) for table in self))


def draw_humans(corpus: Corpus, members: list[int], count: int, beats: int, rng: np.random.Generator) -> Humans:
    """Excerpts of accompanied songs, each in a key of its own, from a bar line just before the human plays."""
    tables: list[tuple[Ints, ...]] = []
    while len(tables) < count:
        piece = corpus.piece(int(rng.choice(members)))
        lead = piece.notes[piece.notes[:, 1] == LEAD]
        bars = np.flatnonzero(piece.beat_in_bar[: max(len(piece.metre) - beats - 1, 0)] == 0)
        if not len(lead) or not len(bars):
            continue
        start = int(rng.choice(bars))
        mine = lead[(lead[:, 0] >= start * TICKS_PER_BEAT) & (lead[:, 0] < (start + beats) * TICKS_PER_BEAT)]
        if len(mine) < beats // 4:
            continue
        tables.append(_excerpt(piece, mine, start, beats, int(rng.integers(-5, 7))))
    most = max(len(table[0]) for table in tables)
    padded = [torch.full((count, most + 1), value) for value in (_LATER, 60, 1, 80)]
    for row, table in enumerate(tables):
        for column, values in zip(padded, table[:4], strict=True):
            column[row, : len(values)] = torch.from_numpy(values.astype(np.int64))
    bars_etc = [torch.from_numpy(np.stack([table[i] for table in tables]).astype(np.int64)) for i in range(4, 7)]
    return Humans._make([*padded, *bars_etc, torch.tensor([int(table[7]) for table in tables])])


def _excerpt(piece: Piece, mine: Ints, start: int, beats: int, up: int) -> tuple[Ints, ...]:
    last = slice(start, start + beats + 1)
    tempo = np.where(piece.bpm[last] > 0, 1 + np.searchsorted(TEMPO_EDGES, piece.bpm[last]), 0)
    style = STYLES.index(piece.style)
    notes = (mine[:, 0] - start * TICKS_PER_BEAT, np.clip(mine[:, 2] + up, 0, 127), mine[:, 3], mine[:, 4])
    return *notes, piece.beat_in_bar[last], np.minimum(piece.metre[last], MAX_METRE), tempo, np.array(style)
