"""From a piece to a window of steps: what is played, what is held, what comes next, and the accidents of live playing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.corpus import BASS, COMP, DRUMS, LEAD, Piece
from models.music import PARTS, TICKS_PER_BEAT
from models.vocabulary import (
    BEAT,
    CHORD,
    DURATIONS,
    FIELDS,
    NEVER,
    NO_CHORD,
    NO_KEY,
    NO_LENGTH,
    NOTE,
    PITCHES,
    QUALITIES,
    STYLES,
    TEMPO_EDGES,
    VELOCITIES,
    duration_bucket,
)

Ints = NDArray[np.int64]
Generator = np.random.Generator
_TICK, _PART, _PITCH, _LENGTH, _VELOCITY, _IS_BASS, _WRONG = range(7)
_LATER = 1 << 30
_MIDDLE = 57
_DURATION_BUCKETS = np.array([duration_bucket(ticks) for ticks in range(DURATIONS[-1] + 1)], np.int64)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one window is made from a piece. The default is the music as written.

    `ahead_ticks` says how long before its onset a note's pitch is to be told: 0 at the last step before it, None at any step
    since the part's last note. `hide_lengths` are the parts whose notes do not say how long they will last: a human's.
    """

    semitones: int = 0
    shuffle_parts: bool = False
    chords: bool = True
    late_chords: float = 0.0
    hide_lengths: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    split_bass: bool = False
    thick_lead: bool = False
    lead_accidents: bool = False
    velocity_shift: int = 0
    velocity_noise: float = 0.0
    shift_ticks: int = 0
    rotate_bar: int = 0
    hide_metre: bool = False
    hide_tempo: bool = False
    hide_style: bool = False
    ahead_ticks: int | None = None


@dataclass(slots=True)
class Window:
    """A run of steps (T) with targets; -1 means nothing to learn here."""

    fields: Ints  # (T, len(FIELDS))
    held: Ints  # (N, 3): key, the step from which it is down, the step from which it is up again
    next_tick: Ints  # (T, parts)
    chord: Ints  # (T,)
    notes: Ints  # (N, 6): position, part, tick, pitch, duration, velocity


def assemble(piece: Piece, start_beat: int, length: int, recipe: Recipe, rng: Generator) -> Window:
    """Make one window of `length` steps that begins with a beat of the piece."""
    notes, sounding = _choose_notes(piece, start_beat, length, recipe, rng)
    first, last = start_beat, min(len(piece.metre), start_beat + length)
    beats = np.arange(first, last)
    chords = _transposed(piece.chord[first:last], recipe.semitones)
    named = recipe.chords and piece.style != "drums"
    order, columns = _in_order(notes, beats, named, recipe, rng)
    kind, tick, index = (column[order] for column in columns)
    beat = tick // TICKS_PER_BEAT - first
    keep = (beat >= 0) & (beat < len(beats))
    kind, tick, index, beat = kind[keep], tick[keep], index[keep], beat[keep]
    is_note = kind == NOTE
    note = notes[np.where(is_note, index, 0)] if len(notes) else np.zeros((len(kind), 7), np.int64)
    window = _empty(length)
    count = min(length, len(kind))
    _fill_fields(window, piece, recipe, (kind, tick, beat + first, note, chords[beat], named), count)
    _fill_held(window, tick[:count], note[:count], is_note[:count], sounding)
    steps = np.arange(len(kind))
    beat_step = np.maximum.accumulate(np.where(kind == BEAT, steps, 0))
    learnt = _Learnt(recipe.ahead_ticks, recipe.velocity_shift if piece.velocity_is_real else None)
    _fill_targets(window, learnt, (is_note, tick, note, beat_step), count, rng)
    if piece.style != "drums":
        is_named = np.maximum.accumulate(np.where(kind == CHORD, steps, -1)) >= beat_step
        window.chord[:count] = np.where(is_named, -1, chords[beat])[:count]
    return window


def _transposed(chords: NDArray[np.int16], semitones: int) -> Ints:
    wide = chords.astype(np.int64)
    return np.where(wide == NO_CHORD, NO_CHORD, (wide + semitones * len(QUALITIES)) % NO_CHORD)


def _empty(length: int) -> Window:
    fields = np.zeros((length, len(FIELDS)), np.int64)
    nothing = np.full((length, len(PARTS)), -1, np.int64)
    return Window(fields, np.zeros((0, 3), np.int64), nothing, np.full(length, -1, np.int64), np.zeros((0, 6), np.int64))


def _choose_notes(piece: Piece, start: int, length: int, recipe: Recipe, rng: Generator) -> tuple[Ints, Ints]:
    """The window's notes and those still sounding into it, after all augmentation."""
    low = int(np.searchsorted(piece.notes[:, 0], start * TICKS_PER_BEAT - recipe.shift_ticks))
    rows = piece.notes[max(low - 64, 0) : low + length + 48]
    notes = np.concatenate([rows, np.zeros((len(rows), 1), np.int32)], axis=1).astype(np.int64)
    notes[:, _TICK] += recipe.shift_ticks
    if recipe.split_bass:
        notes[notes[:, _IS_BASS] > 0, _PART] = BASS
    if recipe.thick_lead:
        _thicken(notes)
    if recipe.drop and not set(np.unique(notes[:, _PART]).tolist()) <= set(recipe.drop):
        notes = notes[~np.isin(notes[:, _PART], recipe.drop)]
    if recipe.lead_accidents:
        notes = _accidents(notes, rng)
    tuned = notes[:, _PART] != DRUMS
    notes[tuned, _PITCH] = np.clip(notes[tuned, _PITCH] + recipe.semitones, 0, PITCHES - 1)
    before = notes[:, _TICK] < start * TICKS_PER_BEAT
    ringing = before & (notes[:, _TICK] + notes[:, _LENGTH] > start * TICKS_PER_BEAT)
    return notes[~before], notes[ringing]


def _thicken(notes: Ints) -> None:
    """A human who plays chords: what the comp strikes above the middle together with the lead becomes the lead's."""
    lead_ticks = notes[notes[:, _PART] == LEAD, _TICK]
    together = (notes[:, _PART] == COMP) & (notes[:, _PITCH] >= _MIDDLE) & np.isin(notes[:, _TICK], lead_ticks)
    notes[together, _PART] = LEAD


def _accidents(notes: Ints, rng: Generator) -> Ints:
    """A human lead: loose timing, now and then a wrong or a missing note."""
    lead = notes[:, _PART] == LEAD
    loose = rng.random() < 0.5
    shift = (
        np.round(rng.normal(0, 0.9, len(notes))) if loose else rng.integers(-1, 2, len(notes)) * (rng.random(len(notes)) < 0.1)
    )
    notes[:, _TICK] = np.maximum(notes[:, _TICK] + np.where(lead, shift, 0).astype(np.int64), 0)
    wrong = lead & (rng.random(len(notes)) < 0.02)
    notes[wrong, _PITCH] += rng.choice([-2, -1, 1, 2], int(wrong.sum()))
    notes[:, _PITCH] = np.clip(notes[:, _PITCH], 0, PITCHES - 1)
    notes[wrong, _WRONG] = 1
    notes = notes[~(lead & (rng.random(len(notes)) < 0.02))]
    return notes[np.argsort(notes[:, _TICK], kind="stable")]


def _in_order(notes: Ints, beats: Ints, named: bool, recipe: Recipe, rng: Generator) -> tuple[Ints, tuple[Ints, Ints, Ints]]:
    """The order of all steps: a beat, then its chord, then notes; within a tick parts come in any order, pitches ascend."""
    n, b = len(notes), len(beats)
    chord_ticks = beats * TICKS_PER_BEAT
    chord_rank = np.ones(b, np.int64)
    if named and recipe.late_chords and n:
        late = np.flatnonzero(rng.random(b) < recipe.late_chords)
        for row in late.tolist():
            low, high = np.searchsorted(notes[:, _TICK], (chord_ticks[row], chord_ticks[row] + TICKS_PER_BEAT))
            if high > low:
                chord_ticks[row] = notes[rng.integers(low, high), _TICK]
                chord_rank[row] = 3
    extra = b if named else 0
    tick = np.concatenate([beats * TICKS_PER_BEAT, chord_ticks[:extra], notes[:, _TICK]])
    rank = np.concatenate([np.zeros(b, np.int64), chord_rank[:extra], np.full(n, 2)])
    part_order = rng.random((1009, len(PARTS))) if recipe.shuffle_parts else np.tile(np.arange(len(PARTS)), (1009, 1))
    part = np.concatenate([np.zeros(b + extra), part_order[notes[:, _TICK] % 1009, notes[:, _PART]]])
    pitch = np.concatenate([np.zeros(b + extra, np.int64), notes[:, _PITCH]])
    kind = np.concatenate([np.full(b, BEAT), np.full(extra, CHORD), np.full(n, NOTE)])
    index = np.concatenate([np.arange(b), np.arange(extra), np.arange(n)])
    return np.lexsort((pitch, part, rank, tick)), (kind, tick, index)


_FieldSource = tuple[Ints, Ints, Ints, Ints, Ints, bool]


@dataclass(frozen=True, slots=True)
class _Learnt:
    """How notes become targets."""

    ahead_ticks: int | None
    velocity_shift: int | None  # None where velocities say nothing

    def rest(self, notes: Ints) -> tuple[Ints, Ints]:
        """Length and loudness classes; -1 where there is nothing to learn."""
        lengths = _length_classes(notes)
        if self.velocity_shift is None:
            return lengths, np.full(len(notes), -1)
        return lengths, np.clip(notes[:, _VELOCITY] + self.velocity_shift, 1, 127) * VELOCITIES // 128


def _length_classes(notes: Ints) -> Ints:
    return _DURATION_BUCKETS[np.minimum(notes[:, _LENGTH], len(_DURATION_BUCKETS) - 1)]


def _fill_fields(window: Window, piece: Piece, recipe: Recipe, source: _FieldSource, count: int) -> None:
    kind, tick, beat, note, chords, named = source
    is_note = kind == NOTE
    velocity = np.clip(note[:, _VELOCITY] + recipe.velocity_shift, 1, 127)
    jitter = np.round(np.sin(np.arange(len(kind)) * 12.9898 + note[:, _PITCH]) * recipe.velocity_noise).astype(np.int64)
    bucket = np.clip(velocity + jitter, 1, 127) * VELOCITIES // 128
    metre = np.maximum(piece.metre[beat].astype(np.int64), 1)
    in_bar = (piece.beat_in_bar[beat] + recipe.rotate_bar) % metre
    says_length = is_note & ~np.isin(note[:, _PART], recipe.hide_lengths)
    tempo = np.where(piece.bpm[beat] > 0, 1 + np.searchsorted(TEMPO_EDGES, piece.bpm[beat]), 0)
    named_at = np.maximum.accumulate(np.where(kind == CHORD, np.arange(len(kind)), -1))
    columns = {
        "kind": kind,
        "key": np.where(is_note, note[:, _PART] * PITCHES + note[:, _PITCH], NO_KEY),
        "tick": tick % TICKS_PER_BEAT,
        "velocity": np.where(is_note, bucket, VELOCITIES),
        "beat_in_bar": in_bar * (not recipe.hide_metre),
        "metre": metre * (not recipe.hide_metre),
        "tempo": tempo * (not recipe.hide_tempo),
        "style": np.full(len(kind), 0 if recipe.hide_style else STYLES.index(piece.style)),
        "chord": np.where(named_at >= 0, chords[np.maximum(named_at, 0)], NO_CHORD) if named else np.full(len(kind), NO_CHORD),
        "band": np.full(len(kind), sum(1 << part for part in np.unique(note[is_note, _PART]).tolist())),
        "length": np.where(says_length, _length_classes(note), NO_LENGTH),
    }
    for column, (name, _, _) in enumerate(FIELDS):
        window.fields[:count, column] = columns[name][:count]


def _fill_held(window: Window, tick: Ints, note: Ints, is_note: NDArray[np.bool_], sounding: Ints) -> None:
    steps = np.flatnonzero(is_note)
    rows = np.concatenate([sounding, note[steps]])
    starts = np.concatenate([np.zeros(len(sounding), np.int64), steps])
    stops = np.searchsorted(tick, rows[:, _TICK] + rows[:, _LENGTH])
    keys = rows[:, _PART] * PITCHES + rows[:, _PITCH]
    window.held = np.column_stack([keys, starts, stops])[stops > starts]


_Ordered = tuple[NDArray[np.bool_], Ints, Ints, Ints]  # is it a note, its tick, its row of the piece, the step of its beat


def _fill_targets(window: Window, learnt: _Learnt, source: _Ordered, count: int, rng: Generator) -> None:
    """What each part plays next after each step, and from where each note is told."""
    is_note, tick, note, beat_step = source
    steps = np.arange(len(tick))
    rows = []
    for part in np.unique(note[is_note, _PART]).tolist():
        mine = is_note & (note[:, _PART] == part)
        following = np.minimum.accumulate(np.where(mine, steps, _LATER)[::-1])[::-1]
        following = np.append(following[1:], _LATER)
        sooner = np.minimum(following, len(steps) - 1)
        in_beat = (following < _LATER) & (beat_step[sooner] == beat_step)
        window.next_tick[:count, part] = np.where(in_beat, tick[sooner] % TICKS_PER_BEAT, NEVER)[:count]
        struck = np.flatnonzero(mine[:count])
        low = np.maximum(np.append(-1, struck)[:-1], beat_step[struck])
        if learnt.ahead_ticks is None:
            place = low + (rng.random(len(struck)) * (struck - low)).astype(np.int64)
        else:
            place = np.clip(np.searchsorted(tick, tick[struck] - learnt.ahead_ticks, "right") - 1, low, struck - 1)
        chosen = note[struck]
        table = np.column_stack(
            [place, chosen[:, _PART], tick[struck] % TICKS_PER_BEAT, chosen[:, _PITCH], *learnt.rest(chosen)]
        )
        rows.append(table[chosen[:, _WRONG] == 0])
    if rows:
        window.notes = np.concatenate(rows)
