"""A small trained ear: which place in the beat each onset sounds like, from the onsets so far.

A gated recurrent unit of 24 cells, in plain Python: about a tenth of a millisecond an onset. `tests/bench/teach_ear.py`
taught it, and says from what.
"""

from __future__ import annotations

import json
from functools import cache
from math import exp, log, tanh
from operator import mul
from pathlib import Path

Rows = list[list[float]]


class Ear:
    """Remembers the rhythm so far in a few cells."""

    def __init__(self) -> None:
        self._weights = _weights()
        self._cells = [0.0] * len(self._weights["cells"])

    def hear(self, features: tuple[float, ...]) -> list[float]:
        """Take in an onset; for each place in the beat, how much likelier than usual it is to lie there, in nats."""
        weights, cells = self._weights, self._cells
        size = len(cells)
        both = [*features, *cells, 1.0]
        gates = [1.0 / (1.0 + exp(-max(min(_dot(row, both), 30.0), -30.0))) for row in weights["gates"]]
        heard = [*features, 1.0]
        kept = [*cells, 1.0]
        new = [
            tanh(_dot(fresh, heard) + reset * _dot(old, kept))
            for fresh, old, reset in zip(weights["fresh"], weights["cells"], gates[:size], strict=True)
        ]
        self._cells = [n + keep * (c - n) for n, keep, c in zip(new, gates[size:], cells, strict=True)]
        said = [*self._cells, 1.0]
        scores = [_dot(row, said) for row in weights["places"]]
        most = max(scores)
        total = most + log(sum(exp(score - most) for score in scores))
        return [score - total - usual for score, usual in zip(scores, weights["usual"][0], strict=True)]


def _dot(row: list[float], values: list[float]) -> float:
    total: float = sum(map(mul, row, values))
    return total


@cache
def _weights() -> dict[str, Rows]:
    loaded: dict[str, Rows] = json.loads((Path(__file__).parent / "ear.json").read_text(encoding="utf-8"))
    return loaded
