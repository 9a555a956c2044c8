"""Phrases of two bars, one voice, on sixteenths: what the VAE hears and says.

A frame is a sixteenth. Its symbol is an interval from the phrase's middle pitch (a note begins), HOLD (it goes on) or REST,
as in MusicVAE (Roberts et al. 2018) but for the interval: so the same idea in another key or octave is the same phrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.music import Note

FRAMES = 32
FRAMES_PER_BEAT = 4
PHRASE_BEATS = FRAMES // FRAMES_PER_BEAT
REACH = 24
"""The widest interval from the middle, in semitones; what lies beyond is brought nearer by octaves."""
NOTES = 2 * REACH + 1
HOLD, REST = NOTES, NOTES + 1
SYMBOLS = NOTES + 2

Symbols = NDArray[np.int64]
"""One phrase, (FRAMES,), or many, (N, FRAMES)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two bars of a melody around a middle pitch."""

    middle: int
    symbols: Symbols

    @property
    def onsets(self) -> int:
        """How many notes begin in it."""
        return int((self.symbols < NOTES).sum())


def phrase_of(notes: Sequence[Note], start_beats: float) -> Phrase:
    """Two bars of a melody from a beat on. Of notes that begin in one sixteenth, the highest is kept."""
    spans = [(note.onset_beats - start_beats, note.end_beats - start_beats, note.pitch) for note in notes]
    return phrase_from([(round(on * FRAMES_PER_BEAT), round(end * FRAMES_PER_BEAT), pitch) for on, end, pitch in spans])


def phrase_from(rows: list[tuple[int, int, int]]) -> Phrase:
    """A phrase from rows of frame of onset, frame of end, pitch."""
    struck: dict[int, tuple[int, int]] = {}
    for frame, end, pitch in rows:
        if 0 <= frame < FRAMES and pitch >= struck.get(frame, (0, 0))[0]:
            struck[frame] = (pitch, max(end, frame + 1))
    middle = int(np.median([pitch for pitch, _ in struck.values()])) if struck else 60
    symbols = np.full(FRAMES, REST, np.int64)
    until = 0
    for frame in range(FRAMES):
        if frame in struck:
            pitch, until = struck[frame]
            symbols[frame] = _near(pitch - middle) + REACH
        elif frame < until:
            symbols[frame] = HOLD
    return Phrase(middle, symbols)


def _near(interval: int) -> int:
    while interval > REACH:
        interval -= 12
    while interval < -REACH:
        interval += 12
    return interval


def notes_of(phrase: Phrase, start_beats: float = 0.0, velocity: int = 80, part: str = "lead") -> list[Note]:
    """The phrase as notes. A HOLD after a rest says nothing."""
    notes: list[Note] = []
    begun, pitch = 0, -1
    for frame, symbol in enumerate([*phrase.symbols.tolist(), REST]):
        if symbol == HOLD:
            continue
        if pitch >= 0:
            onset, length = begun / FRAMES_PER_BEAT, (frame - begun) / FRAMES_PER_BEAT
            notes.append(Note(start_beats + onset, length, pitch, velocity, part))
        begun, pitch = frame, (min(max(phrase.middle + symbol - REACH, 0), 127) if symbol < NOTES else -1)
    return notes
