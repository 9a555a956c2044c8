"""Training batches: windows of pieces drawn at random, as varied as evenings are."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    chance = rng.random(11)
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
        thick_lead=bool(chance[10] < 0.06),
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


_DRUM_METRE = 4
_WITH_DRUMMER = 0.07
_DRUMMED_BEATS = 64


def with_drums(piece: Piece, take: Piece, start_beat: int, rng: Generator) -> Piece:
    """The same piece with a drummer in the room: a take laid under it bar on bar, from some bar of the take on."""
    bar = _DRUM_METRE * TICKS_PER_BEAT
    if piece.style == "drums":
        return piece
    length = max(-(-int(take.notes[-1, 0] + 1) // bar), 1) * bar
    downbeat = (start_beat - int(piece.beat_in_bar[start_beat])) * TICKS_PER_BEAT
    first = downbeat - int(rng.integers(0, length // bar)) * bar
    copies = []
    for at in range(first, downbeat + _DRUMMED_BEATS * TICKS_PER_BEAT, length):
        copy = take.notes.copy()
        copy[:, 0] += at
        copies.append(copy)
    drums = np.concatenate(copies)
    end = (start_beat + _DRUMMED_BEATS) * TICKS_PER_BEAT
    drums = drums[(drums[:, 0] >= start_beat * TICKS_PER_BEAT) & (drums[:, 0] < end)]
    notes = np.concatenate([piece.notes[piece.notes[:, 0] < end], drums])
    return replace(piece, notes=notes[np.argsort(notes[:, 0], kind="stable")])


class Sampler:
    """Draws training batches: a data set by its weight, a piece by its length, a place at random."""

    def __init__(self, corpus: Corpus, split: str, length: int) -> None:
        self._corpus, self._length = corpus, length
        self._drummers = [i for i in corpus.members(split, "groove") if corpus.piece(i).metre[0] == _DRUM_METRE]
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
        if self._drummers and piece.metre[start] == _DRUM_METRE and rng.random() < _WITH_DRUMMER:
            piece = with_drums(piece, self._corpus.piece(int(rng.choice(self._drummers))), start, rng)
        return assemble(piece, start, self._length, live_recipe(rng, piece), rng)
