"""Scores as a hand plays them: the tempo sways and breathes with the phrase, chords are spread, beats and tunes are louder.

So that the ear can be taught from scores whose beats are known. How many onsets a second pianists play (5.5, half of them
between 4.1 and 6.5) was counted in the performances of giantmidi_sample; the sizes of rubato, of final lines that slow
down and of melodies that lead are those that Repp, Todd and Goebl report.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import exp, log, sin
from pathlib import Path

import mido
import numpy as np

from models.score import read_score
from tests.bench.labelled import Struck

_USUAL_RATE, _RATE_SPREAD = 5.5, 0.4
"""Onsets a second, and the spread of their logarithm, where the page names no tempo."""
SHORTEST_BEAT_SECONDS, LONGEST_BEAT_SECONDS = 0.2, 2.0
Row = tuple[float, float, int, int]
"""Begin and end in quarters, pitch, velocity."""


@dataclass(slots=True)
class Sheet:
    """A score: its notes, its beats and which of them begin a bar, and the seconds of a quarter if the page says so."""

    rows: list[Row]
    beats: list[float]
    is_down: list[bool]
    quarter_seconds: float | None = None


@dataclass(slots=True)
class Recital:
    """A performance: notes and beats in seconds."""

    notes: list[Struck]
    beats: list[float]
    is_down: list[bool]


def read_sheet(path: Path, voice: int | None = None) -> Sheet | None:
    """Read a score, or one of its voices; None if there is nothing to play."""
    score = read_score(path)
    tracks = score.tracks if voice is None else score.tracks[voice : voice + 1]
    a_quarter = score.ticks_per_beat
    rows = [(b / a_quarter, e / a_quarter, p, v) for _, notes in tracks for b, e, p, v in notes.tolist()]
    if len(rows) < 24:
        return None
    beats, is_down = _beats(path, max(end for _, end, _, _ in rows) + 8.0)
    named = [seconds for _, seconds in score.tempos if seconds != 0.5]
    return Sheet(sorted(rows), beats, is_down, named[0] if named else None)


def _beats(path: Path, until: float) -> tuple[list[float], list[bool]]:
    """By the metre: six-eight is felt in dotted quarters, three-eight in eighths, two-two in halves."""
    midi = mido.MidiFile(path, clip=True)
    changes: dict[float, tuple[int, float]] = {}
    for track in midi.tracks:
        ticks = 0
        for message in track:
            ticks += message.time
            if message.type == "time_signature":
                compound = message.numerator % 3 == 0 and message.numerator > 3 and message.denominator >= 8
                several = 3 if compound else 1
                changes[ticks / midi.ticks_per_beat] = (message.numerator // several, several * 4.0 / message.denominator)
    starts = sorted(changes.items()) or [(0.0, (4, 1.0))]
    beats: list[float] = []
    is_down: list[bool] = []
    for (start, (count, length)), end in zip(starts, [*(at for at, _ in starts[1:]), until], strict=True):
        for number in range(max(round((end - start) / length), 0)):
            beats.append(start + number * length)
            is_down.append(number % count == 0)
    return beats, is_down


def perform(sheet: Sheet, dice: random.Random, freedom: float) -> Recital:
    """Play it. `freedom` 0 is a machine's tempo, 1 a romantic's."""
    lengths = np.diff([*sheet.beats, 2 * sheet.beats[-1] - sheet.beats[-2]])
    periods = lengths * _quarter_seconds(sheet, float(np.median(lengths)), dice) * _sway(sheet, dice, freedom)
    clock = 1.0 + np.concatenate([[0.0], np.cumsum(periods)])
    places = np.array([*sheet.beats, sheet.beats[-1] + lengths[-1]])
    begins = np.interp([row[0] for row in sheet.rows], places, clock)
    ends = np.interp([row[1] for row in sheet.rows], places, clock)
    hand, stray = _Hand(sheet, dice), dice.uniform(0.003, 0.016)
    notes = []
    for row, begin, end in zip(sheet.rows, begins.tolist(), ends.tolist(), strict=True):
        at = begin + dice.gauss(0.0, stray) - hand.leads(row)
        notes.append(Struck(max(at, 0.0), row[2], hand.velocity(row, begin), max(end, at + 0.03)))
        if dice.random() < 0.006 * freedom:
            notes.append(Struck(max(at - dice.uniform(0.05, 0.12), 0.0), row[2] + dice.choice((1, 2)), 60, at))
    return Recital(sorted(notes, key=lambda note: (note.begin, note.pitch)), clock[:-1].tolist(), sheet.is_down)


def _quarter_seconds(sheet: Sheet, beat: float, dice: random.Random) -> float:
    """The tempo of the page, more or less; or the one in which the hands are as busy as hands are."""
    if sheet.quarter_seconds is not None:
        quarter = sheet.quarter_seconds * exp(dice.gauss(0.0, 0.15))
    else:
        begins = {round(row[0], 3) for row in sheet.rows}
        busy = len(begins) / max(max(begins) - min(begins), 1.0)
        usual = log(busy / (_USUAL_RATE * exp(dice.gauss(0.0, _RATE_SPREAD))))
        # A page of few notes is not played as fast as one of many is slow: half-way to a beat of three quarters of a second.
        quarter = exp(0.75 * usual + 0.25 * log(0.75 / beat))
    return min(max(quarter * beat, SHORTEST_BEAT_SECONDS), LONGEST_BEAT_SECONDS) / beat


def _sway(sheet: Sheet, dice: random.Random, freedom: float) -> np.ndarray:
    """How much longer than usual each beat is."""
    count = len(sheet.beats)
    walk, drift = 0.0, dice.choice((0.003, 0.01, 0.02, 0.04)) * freedom
    noise, arch = dice.uniform(0.0, 0.07) * freedom, dice.uniform(0.0, 0.2) * freedom
    phrase = dice.choice((4, 6, 8, 12, 16))
    level, swaying = 0.0, np.empty(count)
    for beat in range(count):
        walk = 0.96 * walk + dice.gauss(0.0, drift)
        if beat % phrase == 0 and dice.random() < 0.04 * freedom:
            level = dice.gauss(0.0, 0.15)
        through = 2.0 * (beat % phrase + 0.5) / phrase - 1.0
        late = 2.5 * arch if through > 1.0 - 2.0 / phrase and dice.random() < 0.3 else arch
        swaying[beat] = walk + level + dice.gauss(0.0, noise) + late * (through * through - 0.33)
    return np.exp(swaying)


class _Hand:
    """What is louder and what comes early."""

    def __init__(self, sheet: Sheet, dice: random.Random) -> None:
        self._dice = dice
        self._stress, self._bar = dice.uniform(-2.0, 9.0), dice.uniform(-2.0, 9.0)
        self._sing, self._lead = dice.uniform(0.0, 14.0), dice.uniform(0.0, 0.025)
        self._beats = {round(beat, 2): down for beat, down in zip(sheet.beats, sheet.is_down, strict=True)}
        self._top: dict[float, int] = {}
        for begin, _, pitch, _ in sheet.rows:
            self._top[begin] = max(self._top.get(begin, 0), pitch)

    def leads(self, row: Row) -> float:
        """Seconds by which the tune is ahead of its chord."""
        return self._lead if self._top[row[0]] == row[2] else 0.0

    def velocity(self, row: Row, seconds: float) -> int:
        """How hard it is struck."""
        loud = 66.0 + (row[3] - 80.0) * 0.3 + 8.0 * sin(seconds / 3.0) + self._dice.gauss(0.0, 7.0)
        down = self._beats.get(round(row[0], 2))
        if down is not None:
            loud += self._stress + (self._bar if down else 0.0)
        if self._top[row[0]] == row[2]:
            loud += self._sing
        return int(min(max(loud, 15.0), 127.0))
