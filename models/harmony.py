"""What chord is this? Names the harmony of each beat from the notes that sound in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.vocabulary import CHORD_TONES, NO_CHORD, QUALITIES

_WEIGHTS = {"maj": 0.0, "min": 0.0, "7": -0.04, "maj7": -0.06, "min7": -0.06, "dim": -0.06, "aug": -0.12, "sus": -0.08}
_ENOUGH = 0.55


def _templates() -> NDArray[np.float32]:
    rows = np.full((NO_CHORD, 12), -0.6, np.float32)
    for root in range(12):
        for quality, tones in enumerate(CHORD_TONES):
            for tone in tones:
                rows[root * len(QUALITIES) + quality, (root + tone) % 12] = 1.0
    return rows


_TEMPLATES = _templates()
_BIAS = np.array([_WEIGHTS[QUALITIES[i % len(QUALITIES)]] for i in range(NO_CHORD)], np.float32)
_ROOTS = np.arange(NO_CHORD) // len(QUALITIES)
_COVER = (_TEMPLATES > 0).astype(np.float32)


def name_chords(weights: NDArray[np.float32], basses: NDArray[np.int64]) -> NDArray[np.int64]:
    """Chord indices from pitch-class weights (beats, 12) and bass pitch classes (-1 for none); unclear beats have no chord.

    A chord needs most of the sound to fit and at least two of its tones to be there; a bass on the root helps.
    """
    total = weights.sum(1, keepdims=True)
    share = weights / np.maximum(total, 1e-9)
    score = share @ _TEMPLATES.T + _BIAS
    score += 0.15 * (basses[:, None] == _ROOTS[None, :])
    present = (share > 0.08).astype(np.float32) @ _COVER.T
    score += 0.12 * present / _COVER.sum(1)
    score[present < 2] -= 1.0
    best = score.argmax(1)
    clear = (score[np.arange(len(best)), best] > _ENOUGH) & (total[:, 0] > 0)
    return np.where(clear, best, NO_CHORD)
