"""Reading music: every training set becomes the same kind of piece, on one grid, with named parts and chords."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.harmony import name_chords
from models.music import TICKS_PER_BEAT
from models.score import Notes, Score, read_score
from models.vocabulary import MAX_METRE, NO_CHORD, QUALITIES, chord_index

LEAD, COMP, BASS, DRUMS = range(4)
MAX_BEATS = 4000


@dataclass(slots=True)
class Piece:
    """One piece of music on the grid.

    `notes` has the columns tick, part, pitch, length, velocity, is bass; rows in onset order.
    """

    name: str
    style: str
    notes: NDArray[np.int32]
    beat_in_bar: NDArray[np.int16]
    metre: NDArray[np.int16]
    chord: NDArray[np.int16]
    bpm: NDArray[np.float32]
    velocity_is_real: bool = False


def finish(name: str, style: str, parts: list[tuple[int, Notes]], beats: int) -> Piece:
    """Put the parts on the grid in onset order, cut overlaps of a pitch with itself, and find the bass line."""
    rows = [np.column_stack([n[:, 0], np.full(len(n), p), n[:, 2], n[:, 1] - n[:, 0], n[:, 3]]) for p, n in parts if len(n)]
    table = np.concatenate(rows) if rows else np.zeros((0, 5), np.int32)
    table = table[(table[:, 0] >= 0) & (table[:, 0] < min(beats, MAX_BEATS) * TICKS_PER_BEAT)]
    table = table[np.lexsort((-table[:, 3], table[:, 2], table[:, 1], table[:, 0]))]
    if len(table):
        same = (np.diff(table[:, 0]) == 0) & (np.diff(table[:, 1]) == 0) & (np.diff(table[:, 2]) == 0)
        table = table[np.concatenate([[True], ~same])]
    table[:, 3] = np.maximum(table[:, 3], 1)
    by_key = np.lexsort((table[:, 0], table[:, 2], table[:, 1]))
    here, after = by_key[:-1], by_key[1:]
    same_key = (table[here, 1] == table[after, 1]) & (table[here, 2] == table[after, 2])
    room = np.where(same_key, table[after, 0] - table[here, 0], 1 << 20)
    table[here, 3] = np.minimum(table[here, 3], room)
    used = int(min(beats, MAX_BEATS, table[-1, 0] // TICKS_PER_BEAT + 2)) if len(table) else 0
    notes = np.column_stack([table, _bass_line(table)]).astype(np.int32)
    flat = np.zeros(used, np.int16)
    return Piece(name, style, notes, flat, flat + 4, flat + NO_CHORD, np.zeros(used, np.float32))


def _bass_line(table: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which comp notes a bass player would take over: the lowest of their moment, and low."""
    bass = np.zeros(len(table), bool)
    last = -1
    for row in np.flatnonzero((table[:, 1] == COMP) & (table[:, 2] <= 52)):
        if table[row, 0] != last:
            bass[row] = True
            last = table[row, 0]
    return bass


def label_chords(piece: Piece) -> None:
    """Name the chord of each beat from everything that sounds in it."""
    beats = len(piece.chord)
    weights = np.zeros((beats, 12), np.float32)
    bass = np.full(beats, 999)
    for tick, part, pitch, length, *_ in piece.notes.tolist():
        if part == DRUMS:
            continue
        for beat in range(tick // TICKS_PER_BEAT, min((tick + length - 1) // TICKS_PER_BEAT + 1, beats)):
            low, high = beat * TICKS_PER_BEAT, (beat + 1) * TICKS_PER_BEAT
            weights[beat, pitch % 12] += min(tick + length, high) - max(tick, low)
            bass[beat] = min(bass[beat], pitch)
    piece.chord = name_chords(weights, np.where(bass < 999, bass % 12, -1)).astype(np.int16)


def _on_grid(notes: Notes, ticks_per_beat: int) -> Notes:
    grid = notes.copy()
    grid[:, :2] = np.round(notes[:, :2] * (TICKS_PER_BEAT / ticks_per_beat)).astype(np.int32)
    return grid


def _set_bars(piece: Piece, score: Score) -> None:
    """Beat in bar, metre and tempo of each beat from the score's meta events."""
    ticks = np.arange(len(piece.metre)) * score.ticks_per_beat
    for at, quarters in sorted(score.metres) or [(0, 4.0)]:
        later = ticks >= at - score.ticks_per_beat // 2
        since = (ticks[later] - at) / score.ticks_per_beat
        piece.beat_in_bar[later] = np.clip(np.floor(since % quarters + 1e-6), 0, MAX_METRE - 1).astype(np.int16)
        piece.metre[later] = min(max(int(np.ceil(quarters)), 1), MAX_METRE)
    for at, seconds in sorted(score.tempos):
        piece.bpm[ticks >= at - score.ticks_per_beat // 2] = 60.0 / seconds


def _beats_in(score: Score) -> int:
    return max(int(notes[:, 1].max()) for _, notes in score.tracks) // score.ticks_per_beat + 2


def skyline(notes: Notes) -> tuple[Notes, Notes]:
    """The top note of each onset, and all the others."""
    order = np.lexsort((-notes[:, 2], notes[:, 0]))
    ordered = notes[order]
    top = np.concatenate([[True], np.diff(ordered[:, 0]) > 0])
    return ordered[top], ordered[~top]


def read_voices(path: Path, name: str, style: str) -> Piece:
    """First voice to lead, the others to comp."""
    score = read_score(path)
    tracks = [(LEAD if i == 0 else COMP, _on_grid(n, score.ticks_per_beat)) for i, (_, n) in enumerate(score.tracks)]
    return _finished(name, style, tracks, score)


def read_song(path: Path, name: str, style: str) -> Piece:
    """The voice to lead, both staves of the piano to comp; a glee without piano is read as voices."""
    score = read_score(path)
    piano = [notes for track, notes in score.tracks if "piano" in track.lower() or "staff" in track.lower()]
    voices = [notes for track, notes in score.tracks if "piano" not in track.lower() and "staff" not in track.lower()]
    if not piano or not voices:
        return read_voices(path, name, style)
    voice = max(voices, key=len)
    parts = [(LEAD, _on_grid(voice, score.ticks_per_beat))] + [(COMP, _on_grid(n, score.ticks_per_beat)) for n in piano]
    return _finished(name, style, parts, score)


def read_keyboard(path: Path, name: str, style: str) -> Piece:
    """The top line of the upper staff to lead, everything else to comp."""
    score = read_score(path)
    grid = [_on_grid(notes, score.ticks_per_beat) for _, notes in score.tracks]
    top, inner = skyline(grid[0])
    return _finished(name, style, [(LEAD, top), (COMP, inner)] + [(COMP, notes) for notes in grid[1:]], score)


def read_drums(path: Path, name: str, style: str) -> Piece:
    """A drum take; velocities are those of the drummer."""
    score = read_score(path)
    parts = [(DRUMS, _on_grid(notes, score.ticks_per_beat)) for _, notes in score.tracks]
    piece = finish(name, style, parts, _beats_in(score))
    _set_bars(piece, score)
    piece.velocity_is_real = True
    return piece


def _finished(name: str, style: str, parts: list[tuple[int, Notes]], score: Score) -> Piece:
    piece = finish(name, style, parts, _beats_in(score))
    _set_bars(piece, score)
    label_chords(piece)
    for at, text in sorted(score.markers):
        if text.startswith("chord:"):
            piece.chord[max(round(at / score.ticks_per_beat), 0) :] = _parse_chord(text[6:])
    return piece


_ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SPELLED = {"sus2": "sus", "sus4": "sus", "sus4(b7)": "sus", "maj6": "maj", "hdim7": "dim", "dim7": "dim", "min6": "min"}
_SPELLED |= {"minmaj7": "min", "6": "maj", "m": "min", "9": "7", "13": "7", "": "maj"}


def _parse_chord(text: str) -> int:
    """The chord index of a label such as `Bb:min7/Eb`; unknown labels are no chord."""
    root, _, quality = text.strip().split("/")[0].partition(":")
    if not root or root[0] not in _ROOTS:
        return NO_CHORD
    quality = _SPELLED.get(quality, quality)
    if quality not in QUALITIES:
        quality = next((known for known in ("min", "dim", "aug", "sus", "7") if quality.startswith(known)), "maj")
    pitch_class = (_ROOTS[root[0]] + root.count("#") - root[1:].count("b")) % 12
    return chord_index(pitch_class, QUALITIES.index(quality))


def read_pop(path: Path, name: str, style: str) -> Piece:
    """Melody to lead and piano to comp, on the beats of the beat file: this set's MIDI ticks are off the grid."""
    score = read_score(path)
    beats = np.loadtxt(path.parent / "beat_midi.txt", ndmin=2)
    times = beats[:, 0]
    named_parts = {"MELODY": LEAD, "PIANO": COMP}
    parts = [(named_parts[track], on_beats(score, notes, times)) for track, notes in score.tracks if track in named_parts]
    piece = played(name, style, parts, times, beats[:, 2] > 0)
    step, used = np.diff(times), len(piece.metre)
    lines = [line.split("\t") for line in (path.parent / "chord_midi.txt").read_text().splitlines() if line.count("\t") == 2]
    starts = np.array([float(line[0]) for line in lines])
    named = np.array([_parse_chord(line[2]) for line in lines], np.int16)
    middle = times[:used] + 0.3 * np.append(step, step[-1])[:used]
    piece.chord = named[np.clip(np.searchsorted(starts, middle, "right") - 1, 0, len(named) - 1)]
    return piece


def on_beats(score: Score, notes: Notes, times: NDArray[np.float64]) -> Notes:
    """A player's notes on the grid, by the seconds at which the beats fell."""
    grid, step = notes.copy(), np.diff(times)
    for column in (0, 1):
        seconds = score.seconds(notes[:, column])
        index = np.clip(np.searchsorted(times, seconds, "right") - 1, 0, len(times) - 2)
        grid[:, column] = np.round((index + (seconds - times[index]) / step[index]) * TICKS_PER_BEAT)
    return grid


def played(
    name: str, style: str, parts: list[tuple[int, Notes]], times: NDArray[np.float64], downbeat: NDArray[np.bool_]
) -> Piece:
    """A performance as a piece: its tempo by its beats, its bars by its downbeats. It has no chords yet."""
    piece, step = finish(name, style, parts, len(times)), np.diff(times)
    piece.velocity_is_real = True
    piece.bpm = np.append(60.0 / step, 60.0 / step[-1])[: len(piece.metre)].astype(np.float32)
    _set_played_bars(piece, downbeat)
    return piece


def _set_played_bars(piece: Piece, downbeat: NDArray[np.bool_]) -> None:
    starts = np.flatnonzero(downbeat)
    lengths = np.diff(starts)
    usual = int(np.median(lengths)) if len(lengths) else 4
    first = int(starts[0]) if len(starts) else 0
    beats = np.arange(len(piece.metre))
    piece.beat_in_bar[:] = (beats - first) % usual % MAX_METRE
    piece.metre[:] = min(usual, MAX_METRE)
    for start, length in zip(starts.tolist(), [*lengths.tolist(), usual], strict=True):
        bar = slice(start, min(start + length, len(beats)))
        piece.beat_in_bar[bar] = np.arange(len(beats[bar])) % MAX_METRE
        piece.metre[bar] = min(max(length, 1), MAX_METRE)
