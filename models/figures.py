"""Figures: so many notes of one part in a row, in any key, and whether a corpus holds them.

A figure is told by the steps between its notes, in pitch and in ticks; notes struck together count from the lowest up.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Prints = NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_BASE = _STEP
_BASE_INVERSE = np.uint64(pow(int(_BASE), -1, 1 << 64))
_LONGEST_GAP_TICKS = 255
_PITCH_STEPS = 256
MOST_NOTES = 256


def steps_of(ticks: NDArray[np.int64], pitches: NDArray[np.int64]) -> Prints:
    """A number for each step from a note to the next: (N - 1,). Notes in order of tick and pitch."""
    gap = np.minimum(np.diff(ticks), _LONGEST_GAP_TICKS)
    return mixed(gap * _PITCH_STEPS + np.diff(pitches) + _PITCH_STEPS // 2)


def mixed(numbers: NDArray[np.int64]) -> Prints:
    """Small numbers spread over 64 bits (the finalizer of SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        spread = (numbers.astype(np.uint64) + np.uint64(1)) * _STEP
        spread = (spread ^ (spread >> np.uint64(30))) * _MIX
    return np.asarray(spread ^ (spread >> np.uint64(31)))


def prints(steps: Prints, notes: int) -> Prints:
    """A print of each figure of so many notes: (N - notes + 1,) from the N - 1 steps between N notes.

    Rolling, modulo 2^64 (Karp and Rabin 1987), so that long figures cost no more than short ones.
    """
    count = len(steps) - (notes - 1) + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.concatenate(([np.uint64(1)], np.full(len(steps), _BASE))), dtype=np.uint64)
        undone = np.cumprod(np.concatenate(([np.uint64(1)], np.full(count - 1, _BASE_INVERSE))), dtype=np.uint64)
        sums = np.concatenate(([np.uint64(0)], np.cumsum(steps * powers[:-1], dtype=np.uint64)))
        return np.asarray((sums[notes - 1 :] - sums[:count]) * undone)


def found_in(few: Prints, many: Prints) -> Prints:
    """Those of a few sorted prints that are among many."""
    place = np.minimum(np.searchsorted(few, many), len(few) - 1)
    return np.unique(many[few[place] == many])


def longest_shared(mine: Iterable[Prints], corpus: Prints) -> list[int]:
    """For each piece, given by its steps, how many notes its longest run has that occurs in a corpus, given by its own."""
    pieces = list(mine)
    low, high = np.ones(len(pieces), np.int64), np.array([min(len(steps) + 1, MOST_NOTES) for steps in pieces])
    while (low < high).any():
        middle = (low + high + 1) // 2
        shared = np.zeros(len(pieces), bool)
        for notes in np.unique(middle[low < high]).tolist():
            rows = np.flatnonzero((middle == notes) & (low < high))
            wanted = [prints(pieces[row], notes) for row in rows]
            known = found_in(np.unique(np.concatenate(wanted)), prints(corpus, notes))
            shared[rows] = [np.isin(mine, known).any() for mine in wanted]
        open_ = low < high
        low = np.where(open_ & shared, middle, low)
        high = np.where(open_ & ~shared, middle - 1, high)
    return [int(length) for length in low]
