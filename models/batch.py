"""Training batches: windows of pieces drawn at random, as varied as evenings are."""

# B batch, T steps, M keys that go down in a window, F fields, P parts

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.corpus import BASS, COMP, DRUMS, LEAD, Piece
from models.data import Corpus
from models.music import PARTS, TICKS_PER_BEAT
from models.sources import DATA_SETS
from models.vocabulary import FIELDS, NO_CHORD, NO_KEY, PITCHES, QUALITIES
from models.window import Recipe, Window, assemble

Generator = np.random.Generator
_KEY, _CHORD = (next(i for i, (name, _, _) in enumerate(FIELDS) if name == wanted) for wanted in ("key", "chord"))
_RINGING = 64  # keys that may be down already when a window begins


class Batch(NamedTuple):
    """Windows stacked, small enough to travel; -1 means nothing to learn here."""

    fields: Tensor  # (B, T, F)
    held: Tensor  # (B, M, 3): key, from which step it is down, from which it is up
    next_tick: Tensor  # (B, T, P)
    chord: Tensor  # (B, T)
    told: Tensor  # (B, T, 6): the step it is told at (-1: no note), part, tick, pitch, duration, velocity

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(*(table.to(device, non_blocking=True) for table in self))


def stack(windows: list[Window]) -> Batch:
    """Put windows of one length together."""
    length = len(windows[0].chord)
    held = np.zeros((len(windows), length + _RINGING, 3), np.int16)
    told = np.full((len(windows), length, 6), -1, np.int16)
    for row, window in enumerate(windows):
        keys = window.held[: held.shape[1]]
        held[row, : len(keys)] = keys
        told[row, : len(window.notes)] = window.notes
    return Batch(
        torch.from_numpy(np.stack([window.fields for window in windows]).astype(np.int16)),
        torch.from_numpy(held),
        torch.from_numpy(np.stack([window.next_tick for window in windows]).astype(np.int8)),
        torch.from_numpy(np.stack([window.chord for window in windows]).astype(np.int16)),
        torch.from_numpy(told),
    )


def flags(held: Tensor, steps: int) -> Tensor:
    """Which keys are down after each step: (B, M, 3) to (B, T, parts * pitches)."""
    key, start, stop = held.long().unbind(-1)
    size = len(PARTS) * PITCHES
    change = torch.zeros(held.shape[0], (steps + 1) * size, dtype=torch.float32, device=held.device)
    one = torch.ones_like(key, dtype=torch.float32)
    change.scatter_add_(1, start.clamp(max=steps) * size + key, one)
    change.scatter_add_(1, stop.clamp(max=steps) * size + key, -one)
    return change.view(-1, steps + 1, size)[:, :steps].cumsum(1) > 0.5


def transpose(batch: Batch, semitones: Tensor) -> Batch:
    """Each window in another key: `semitones` (B,). Drums stay, and what would leave the keyboard stays at its edge."""
    up = semitones.long()[:, None]
    fields = batch.fields.long().clone()
    fields[..., _KEY] = _moved(fields[..., _KEY], up)
    fields[..., _CHORD] = _moved_chord(fields[..., _CHORD], up)
    held = batch.held.long().clone()
    held[..., 0] = _moved(held[..., 0], up)
    told = batch.told.long().clone()
    moves = (told[..., 0] >= 0) & (told[..., 1] != DRUMS)
    told[..., 3] = torch.where(moves, (told[..., 3] + up).clamp(0, PITCHES - 1), told[..., 3])
    chord = batch.chord.long()
    chord = torch.where(chord >= 0, _moved_chord(chord, up), chord)
    return Batch(fields, held, batch.next_tick, chord, told)


def _moved(key: Tensor, up: Tensor) -> Tensor:
    part, pitch = key // PITCHES, key % PITCHES
    moved = part * PITCHES + (pitch + up).clamp(0, PITCHES - 1)
    return torch.where((part >= DRUMS) | (key == NO_KEY), key, moved)


def _moved_chord(chord: Tensor, up: Tensor) -> Tensor:
    return torch.where(chord >= NO_CHORD, chord, (chord + up * len(QUALITIES)) % NO_CHORD)


_HUMANS = ((LEAD,), (COMP, BASS), (), (LEAD, COMP, BASS, DRUMS))
_HUMAN_CHANCES = (0.65, 0.8, 0.9)  # running, of who does not say how long notes will last


def live_recipe(rng: Generator, piece: Piece) -> Recipe:
    """A recipe as varied as evenings are: either player first, chords known or not, slips and wrong beats. The key is drawn
    later, batch by batch."""
    chance = rng.random(12)
    flat = not piece.velocity_is_real
    return Recipe(
        shuffle_parts=True,
        chords=bool(chance[0] < 0.6),
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
        hide_lengths=_HUMANS[int(np.searchsorted(_HUMAN_CHANCES, chance[11], "right"))],
    )


_DRUM_METRE = 4
_WITH_DRUMMER = 0.07
_DRUMMED_BEATS = 128


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
        self._pools: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        weights = []
        for data_set in DATA_SETS:
            members = np.array(corpus.members(split, data_set.name), np.int64)
            if len(members):
                counts = np.array([corpus.note_count(i) for i in members.tolist()], float)
                self._pools.append((members, np.cumsum(counts / counts.sum())))
                weights.append(data_set.weight)
        if not weights:
            raise ValueError(f"the corpus has no pieces in its {split} split")
        self._weights = np.cumsum(np.array(weights) / sum(weights))

    def draw(self, rng: Generator, size: int, recipe: Recipe | None = None) -> Batch:
        """One batch of windows, by a recipe or augmented, each by one of its own."""
        return stack([self.draw_window(rng, recipe) for _ in range(size)])

    def draw_window(self, rng: Generator, recipe: Recipe | None = None) -> Window:
        """One window, by a recipe or by one as varied as evenings are."""
        members, running = self._pools[int(np.searchsorted(self._weights[:-1], rng.random(), "right"))]
        piece = self._corpus.piece(int(members[np.searchsorted(running[:-1], rng.random(), "right")]))
        row = int(rng.integers(0, max(len(piece.notes) - self._length // 2, 1)))
        start = max(int(piece.notes[row, 0]) // TICKS_PER_BEAT - int(rng.integers(0, 3)), 0)
        if recipe is not None:
            return assemble(piece, start, self._length, recipe, rng)
        if self._drummers and piece.metre[start] == _DRUM_METRE and rng.random() < _WITH_DRUMMER:
            piece = with_drums(piece, self._corpus.piece(int(rng.choice(self._drummers))), start, rng)
        return assemble(piece, start, self._length, live_recipe(rng, piece), rng)
