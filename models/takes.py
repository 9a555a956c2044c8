"""A player's own music as pieces to learn from: MIDI files and recorded evenings, on the beats that they come with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.corpus import COMP, LEAD, Piece, finish, label_chords, skyline
from models.midi_file import Score
from models.music import TICKS_PER_BEAT, Metre, Note
from models.score import Notes
from models.tempo import TempoMap
from models.vocabulary import MAX_METRE

FEWEST_NOTES, FEWEST_MINUTES = 500, 3.0
_BY_TAKE = 5
"""From so many takes on, whole takes are kept aside; with fewer, the end of each."""
_ASIDE, _CHECKED = 0.2, 0.1
_FEWEST_IN_EXCERPT = 16


class TooLittle(ValueError):
    """There is not enough music to learn from, said in a sentence."""


@dataclass(frozen=True, slots=True)
class Take:
    """What one person played in one go. Free playing has a file's usual 120 to the minute: a beat of half a second."""

    name: str
    voices: tuple[tuple[Note, ...], ...]
    tempo: TempoMap
    metre: Metre

    @property
    def notes(self) -> int:
        """How many."""
        return sum(len(voice) for voice in self.voices)

    @property
    def minutes(self) -> float:
        """From the first note to the end of the last."""
        played = [note for voice in self.voices for note in voice]
        if not played:
            return 0.0
        first, last = min(note.onset_beats for note in played), max(note.end_beats for note in played)
        return (self.tempo.seconds_at(last) - self.tempo.seconds_at(first)) / 60


def take_of(name: str, score: Score) -> Take:
    """What a person plays in a MIDI file: the track `human` if it has one, else all that is neither a drum nor an agent."""
    tracks = {"human": score.tracks["human"]} if "human" in score.tracks else score.tracks
    voices = []
    for track, notes in tracks.items():
        kept = tuple(note for note in notes if note.part != "drums")
        if kept and not track.startswith("agent:"):
            voices.append(kept)
    return Take(name, tuple(voices), score.tempo, score.metre)


def piece_of(take: Take) -> Piece:
    """A take on the grid. The highest voice leads; of a single one, its top notes do where several sound."""
    grids = sorted((_on_grid(voice) for voice in take.voices), key=lambda grid: -float(grid[:, 2].mean()))
    if len(grids) == 1:
        top, inner = skyline(grids[0])
        parts = [(LEAD, top), (COMP, inner)]
    else:
        parts = [(LEAD, grids[0]), *((COMP, grid) for grid in grids[1:])]
    beats = max(int(grid[:, 1].max()) for grid in grids) // TICKS_PER_BEAT + 2
    piece = finish(take.name, "unknown", parts, beats)
    count = len(piece.metre)
    bars = min(take.metre.beats_per_bar, MAX_METRE)
    piece.metre[:] = bars
    piece.beat_in_bar[:] = np.clip([int(take.metre.beat_in_bar(beat) + 1e-6) for beat in range(count)], 0, bars - 1)
    seconds = np.array([take.tempo.seconds_at(float(beat)) for beat in range(count + 1)])
    piece.bpm[:] = 60 / np.maximum(np.diff(seconds), 0.06)
    piece.velocity_is_real = True
    label_chords(piece)
    return piece


def _on_grid(voice: Sequence[Note]) -> Notes:
    rows = [(note.onset_beats, note.end_beats, note.pitch, note.velocity) for note in voice if note.onset_beats >= 0]
    grid = np.array(rows or [(0.0, 0.0, 60, 1)], np.float64)
    grid[:, :2] = np.round(grid[:, :2] * TICKS_PER_BEAT)
    grid[:, 1] = np.maximum(grid[:, 1], grid[:, 0] + 1)
    return grid.astype(np.int32)


@dataclass(frozen=True, slots=True)
class Division:
    """Music to learn from, music to stop by, and music that is only for judging."""

    learnt: tuple[Piece, ...]
    checked: tuple[Piece, ...]
    aside: tuple[Piece, ...]


def divide(takes: Sequence[Take]) -> Division:
    """Keep a fifth aside: whole takes where there are many, else the end of each. Raises TooLittle."""
    notes, minutes = sum(take.notes for take in takes), sum(take.minutes for take in takes)
    if notes < FEWEST_NOTES or minutes < FEWEST_MINUTES:
        raise TooLittle(
            f"{notes} notes in {minutes:.1f} minutes are too little to learn from: it takes {FEWEST_NOTES} notes and "
            f"{FEWEST_MINUTES:.0f} minutes at least; play more, or name more files"
        )
    pieces = [piece_of(take) for take in takes if take.notes >= _FEWEST_IN_EXCERPT]
    return _by_take(pieces) if len(pieces) >= _BY_TAKE else _by_time(pieces)


def _by_take(pieces: list[Piece]) -> Division:
    drawn = sorted(pieces, key=lambda piece: hashlib.sha256(piece.name.encode()).hexdigest())
    total = sum(len(piece.notes) for piece in drawn)
    groups: tuple[list[Piece], list[Piece], list[Piece]] = ([], [], [])
    seen = 0
    for piece in drawn:
        share = seen / total
        groups[0 if share < _ASIDE else 1 if share < _ASIDE + _CHECKED else 2].append(piece)
        seen += len(piece.notes)
    aside, checked, learnt = (tuple(group) for group in groups)
    return Division(learnt, checked, aside) if checked and learnt else _by_time(pieces)


def _by_time(pieces: list[Piece]) -> Division:
    learnt: list[Piece] = []
    checked: list[Piece] = []
    aside: list[Piece] = []
    for piece in pieces:
        count = len(piece.metre)
        first, second = int(count * (1 - _ASIDE - _CHECKED)), int(count * (1 - _ASIDE))
        for group, span in ((learnt, (0, first)), (checked, (first, second)), (aside, (second, count))):
            if len((part := excerpt(piece, *span)).notes) >= _FEWEST_IN_EXCERPT:
                group.append(part)
    return Division(tuple(learnt), tuple(checked or aside), tuple(aside or checked))


def excerpt(piece: Piece, first: int, last: int) -> Piece:
    """These beats of a piece."""
    notes = piece.notes[(piece.notes[:, 0] >= first * TICKS_PER_BEAT) & (piece.notes[:, 0] < last * TICKS_PER_BEAT)].copy()
    notes[:, 0] -= first * TICKS_PER_BEAT
    beats = slice(first, last)
    return replace(
        piece,
        notes=notes,
        beat_in_bar=piece.beat_in_bar[beats],
        metre=piece.metre[beats],
        chord=piece.chord[beats],
        bpm=piece.bpm[beats],
    )
