"""How does the human divide the beat? A slow ear for eighths, sixteenths and triplets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.music import TICKS_PER_BEAT

_PLACES = ((0,), (12,), (6, 18), (8, 16), (4, 20))
"""Ticks of the beat that belong together: the beat, its half, its quarters, its thirds, its sixths; last, all others."""
_USUAL = np.array([0.48, 0.32, 0.14, 0.025, 0.005, 0.03])
"""How often a melody's notes begin there, over the training songs."""
_USUAL_NOTES = 8.0  # how many notes' worth of the usual it takes before the human has said anything
_FARTHEST = 2.0


def _family() -> NDArray[np.int64]:
    family = np.full(TICKS_PER_BEAT, len(_PLACES))
    for index, ticks in enumerate(_PLACES):
        family[list(ticks)] = index
    return family


_FAMILY = _family()


class Groove:
    """Remembers into what the human has divided his beats lately, against what is usual."""

    def __init__(self, forget: float = 0.97) -> None:
        self._forget = forget
        self._counts = np.zeros(len(_USUAL))

    def hear(self, tick: int) -> None:
        """The human struck at this tick; what was heard before fades."""
        self._counts *= self._forget
        self._counts[_FAMILY[tick % TICKS_PER_BEAT]] += 1.0

    def leaning(self) -> NDArray[np.float32]:
        """How much more, as a logarithm, each tick of a beat is used than usual: (24,)."""
        heard = (self._counts + _USUAL_NOTES * _USUAL) / (self._counts.sum() + _USUAL_NOTES)
        return np.asarray(np.clip(np.log(heard / _USUAL), -_FARTHEST, _FARTHEST)[_FAMILY], np.float32)
