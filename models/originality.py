"""Does the mind play by heart? A filter of the training corpus's figures ships with the weights; what it holds is not played.

A figure is sixteen notes of one part in a row, in any key (`figures.py`). Every fourth of them, by its print, is in the filter
(Bloom 1970), so that a run of sixteen is cut short within a few notes more; one figure in a hundred is avoided for nothing.

`python -m models.originality --corpus build/corpus/corpus.safetensors` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from models.corpus import BASS, COMP, LEAD
from models.data import CORPUS, Corpus
from models.figures import Prints, mixed, prints, steps_of
from models.options import from_command_line

FIGURE_NOTES = 16
SHIPPED = Path(__file__).parent / "checkpoints" / "figures" / "figures.safetensors"
_KEPT_OF = np.uint64(4)
_BITS_EACH = 10
_PLACES = np.arange(4, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class OriginalitySettings:
    """Which corpus, and where its figures go."""

    corpus: Path = CORPUS
    out: Path = SHIPPED


class Known:
    """The figures of a corpus."""

    def __init__(self, bits: NDArray[np.uint8]) -> None:
        self._bits = bits

    @classmethod
    def of(cls, steps: Prints) -> Known:
        """A filter of all figures in a row of steps."""
        told = _chosen(prints(steps, FIGURE_NOTES))
        bits = np.zeros(max(len(told) * _BITS_EACH // 8, 1), np.uint8)
        where = _where(told, len(bits))
        np.bitwise_or.at(bits, where >> np.uint64(3), np.uint8(1) << (where & np.uint64(7)).astype(np.uint8))
        return cls(bits)

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Known:
        """As it was shipped."""
        return cls(load_file(path)["bits"])

    def save(self, path: Path) -> None:
        """Write it down."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"bits": self._bits}, path)

    def holds(self, notes: Sequence[tuple[int, int]]) -> bool:
        """Whether the last sixteen of these notes (tick and pitch, in order) are a figure of the corpus."""
        if len(notes) < FIGURE_NOTES:
            return False
        ticks, pitches = np.array(notes[-FIGURE_NOTES:], np.int64).T
        told = _chosen(prints(steps_of(ticks, pitches), FIGURE_NOTES))
        where = _where(told, len(self._bits))
        return bool(len(told)) and bool(
            (self._bits[where >> np.uint64(3)] >> (where & np.uint64(7)).astype(np.uint8) & 1).all()
        )


def _chosen(found: Prints) -> Prints:
    told = np.unique(mixed(found.view(np.int64)))
    kept: Prints = told[told % _KEPT_OF == 0]
    return kept


def _where(told: Prints, size: int) -> NDArray[np.uint64]:
    """Places in the filter, four for each print."""
    with np.errstate(over="ignore"):
        spread = (told >> np.uint64(32))[:, None] + _PLACES * ((told & np.uint64(0xFFFFFFFF)) | np.uint64(1))[:, None]
    return np.asarray(spread % np.uint64(size * 8), np.uint64)


def corpus_steps(corpus: Corpus) -> Prints:
    """Steps of all melodic parts of the training pieces, one after the other, with a step of its own between."""
    found: list[Prints] = []
    for index in corpus.members("train"):
        notes = corpus.piece(index).notes
        for part in (LEAD, COMP, BASS):
            mine = notes[notes[:, 1] == part].astype(np.int64)
            mine = mine[np.lexsort((mine[:, 2], mine[:, 0]))]
            if len(mine) > 1:
                found += [steps_of(mine[:, 0], mine[:, 2]), mixed(np.array([(1 << 40) + len(found)]))]
    return np.concatenate(found)


if __name__ == "__main__":
    wanted = from_command_line(OriginalitySettings, "Make the filter of what was learnt from.")
    Known.of(corpus_steps(Corpus(wanted.corpus))).save(wanted.out)
