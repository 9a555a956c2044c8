"""Every two bars of the corpus as phrases: what the VAE learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.corpus import LEAD
from models.data import Corpus
from models.music import TICKS_PER_BEAT
from models.phrases import FRAMES_PER_BEAT, PHRASE_BEATS, Phrase, Symbols, phrase_from

_TICKS_PER_FRAME = TICKS_PER_BEAT // FRAMES_PER_BEAT


@dataclass(frozen=True, slots=True)
class Album:
    """Many phrases: their symbols, middles, the piece each is from, and the beat it begins at. A piece's phrases lie in
    order."""

    symbols: Symbols
    middle: NDArray[np.int64]
    piece: NDArray[np.int64]
    beat: NDArray[np.int64]


def phrases(corpus: Corpus, split: str, fewest_notes: int = 3) -> Album:
    """Every two bars of every lead of a split, from each bar line on."""
    found: list[tuple[Phrase, int, int]] = []
    for index in corpus.members(split):
        piece = corpus.piece(index)
        lead = piece.notes[piece.notes[:, 1] == LEAD]
        for beat in np.flatnonzero(piece.beat_in_bar == 0).tolist():
            start = beat * TICKS_PER_BEAT
            low, high = np.searchsorted(lead[:, 0], (start - 3, start + PHRASE_BEATS * TICKS_PER_BEAT - 3))
            if high - low >= fewest_notes:
                rows = [
                    (round((tick - start) / _TICKS_PER_FRAME), round((tick + length - start) / _TICKS_PER_FRAME), pitch)
                    for tick, _, pitch, length, *_ in lead[low:high].tolist()
                ]
                found.append((phrase_from(rows), index, beat))
    middle, piece_of, beat_of = (
        np.array(column, np.int64) for column in zip(*((p.middle, i, b) for p, i, b in found), strict=True)
    )
    return Album(np.stack([phrase.symbols for phrase, _, _ in found]), middle, piece_of, beat_of)
