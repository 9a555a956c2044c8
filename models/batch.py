"""Training batches: windows of pieces drawn at random, as varied as evenings are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.corpus import BASS, COMP, LEAD, Piece
from models.data import Corpus
from models.music import TICKS_PER_BEAT
from models.sources import DATA_SETS
from models.window import Recipe, Window, assemble

Ints = NDArray[np.int64]
Generator = np.random.Generator
_TICK, _PART, _PITCH, _LENGTH, _VELOCITY, _IS_BASS, _WRONG = range(7)
_LATER = 1 << 30


def live_recipe(rng: Generator, piece: Piece) -> Recipe:
    """A recipe as varied as evenings are: any key, either player first, chords known or not, slips and wrong beats."""
    chance = rng.random(10)
    flat = not piece.velocity_is_real
    return Recipe(
        semitones=int(rng.integers(-5, 7)),
        shuffle_parts=True,
        chords=bool(chance[0] < 0.5),
        late_chords=0.4 if chance[1] < 0.6 else 0.0,
        drop=(COMP, BASS) if chance[2] < 0.06 else (LEAD,) if chance[2] < 0.12 else (),
        split_bass=bool(chance[3] < 0.15),
        lead_accidents=bool(chance[4] < 0.3),
        velocity_shift=int(rng.integers(-30, 20) if flat else rng.integers(-10, 11)),
        velocity_noise=float(rng.random() * 6),
        shift_ticks=TICKS_PER_BEAT // 2 if chance[5] < 0.02 else 0,
        rotate_bar=int(rng.integers(1, 4)) if chance[6] < 0.04 else 0,
        hide_metre=bool(chance[7] < 0.06),
        hide_tempo=bool(chance[8] < 0.25),
        hide_style=bool(chance[9] < 0.3),
    )


@dataclass(slots=True)
class Batch:
    """Windows stacked; the note targets of all rows in one list, their position flattened to row * T + step."""

    fields: Ints  # (B, T, len(FIELDS))
    held: NDArray[np.bool_]  # (B, T, parts * pitches)
    next_tick: Ints  # (B, T, parts)
    chord: Ints  # (B, T)
    notes: Ints  # (N, 6)


def stack(windows: list[Window]) -> Batch:
    """Put windows of one length together."""
    notes = []
    for row, window in enumerate(windows):
        shifted = window.notes.copy()
        shifted[:, 0] += row * len(window.chord)
        notes.append(shifted)
    return Batch(
        np.stack([window.fields for window in windows]),
        np.stack([window.held for window in windows]),
        np.stack([window.next_tick for window in windows]),
        np.stack([window.chord for window in windows]),
        np.concatenate(notes),
    )


class Sampler:
    """Draws training batches: a data set by its weight, a piece by its length, a place at random."""

    def __init__(self, corpus: Corpus, split: str, length: int) -> None:
        self._corpus, self._length = corpus, length
        self._pools: list[tuple[Ints, NDArray[np.float64]]] = []
        weights = []
        for data_set in DATA_SETS:
            members = np.array(corpus.members(split, data_set.name), np.int64)
            if len(members):
                counts = np.array([corpus.note_count(i) for i in members.tolist()], float)
                self._pools.append((members, counts / counts.sum()))
                weights.append(data_set.weight)
        if not weights:
            raise ValueError(f"the corpus has no pieces in its {split} split")
        self._weights = np.array(weights) / sum(weights)

    def draw(self, rng: Generator, size: int) -> Batch:
        """One batch of augmented windows."""
        return stack([self._draw_one(rng) for _ in range(size)])

    def _draw_one(self, rng: Generator) -> Window:
        members, chances = self._pools[int(rng.choice(len(self._pools), p=self._weights))]
        piece = self._corpus.piece(int(rng.choice(members, p=chances)))
        row = int(rng.integers(0, max(len(piece.notes) - self._length // 2, 1)))
        start = max(int(piece.notes[row, 0]) // TICKS_PER_BEAT - int(rng.integers(0, 3)), 0)
        return assemble(piece, start, self._length, live_recipe(rng, piece), rng)
