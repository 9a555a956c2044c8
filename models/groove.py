"""How does the human divide the beat? A slow ear for eighths, sixteenths and triplets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.corpus import COMP, LEAD
from models.music import TICKS_PER_BEAT

_PLACES = ((0,), (12,), (6, 18), (8, 16), (4, 20))
"""Ticks of the beat that belong together: the beat, its half, its quarters, its thirds, its sixths; last, all others."""
USUAL = {LEAD: (0.48, 0.32, 0.14, 0.025, 0.005, 0.03), COMP: (0.545, 0.275, 0.11, 0.04, 0.006, 0.024)}
"""How often the notes of a part begin there, over the training songs."""
_USUAL_NOTES = 8.0  # how many notes' worth of the usual it takes before the human has said anything
_FARTHEST = 2.0


def _family() -> NDArray[np.int64]:
    family = np.full(TICKS_PER_BEAT, len(_PLACES))
    for index, ticks in enumerate(_PLACES):
        family[list(ticks)] = index
    return family


_FAMILY = _family()


class Groove:
    """Remembers into what somebody has divided his beats lately, against what is usual in his part."""

    def __init__(self, part: int, forget: float = 0.97) -> None:
        self._usual, self._forget = np.array(USUAL[part]), forget
        self._counts = np.zeros(len(self._usual))

    def hear(self, tick: int) -> None:
        """He struck at this tick; what was heard before fades."""
        self._counts *= self._forget
        self._counts[_FAMILY[tick % TICKS_PER_BEAT]] += 1.0

    def leaning(self) -> NDArray[np.float32]:
        """How much more, as a logarithm, each tick of a beat is used than usual: (24,)."""
        heard = (self._counts + _USUAL_NOTES * self._usual) / (self._counts.sum() + _USUAL_NOTES)
        return np.asarray(np.clip(np.log(heard / self._usual), -_FARTHEST, _FARTHEST)[_FAMILY], np.float32)
