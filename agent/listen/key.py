"""The key, from a fading memory of what sounded.

Profiles: C. L. Krumhansl, Cognitive Foundations of Musical Pitch (1990), table 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import exp, sqrt
from operator import mul

_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

TONICS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def key_name(key: tuple[int, int]) -> str:
    """`(9, 1)` → `A minor`."""
    return f"{TONICS[key[0] % 12]} {'minor' if key[1] else 'major'}"


def key_named(name: str) -> tuple[int, int]:
    """`A minor` → `(9, 1)`. Raises ValueError with a sentence."""
    tonic, _, mode = name.strip().partition(" ")
    if tonic[:1] in _NATURALS and tonic[1:] in ("", "b", "#") and mode in ("major", "minor"):
        return (_NATURALS[tonic[0]] + {"": 0, "b": -1, "#": 1}[tonic[1:]]) % 12, int(mode == "minor")
    raise ValueError(f"{name!r} is no key; write it like F# minor or Bb major")


class KeyFinder:
    """Which of the 24 keys the recent notes speak for."""

    def __init__(self, memory_beats: float = 24.0) -> None:
        self._memory_beats = memory_beats
        self._weights = [0.0] * 12
        self._last_beats = 0.0
        self._judged: tuple[tuple[int, int], float] | None = ((0, 0), 0.0)

    @property
    def key(self) -> tuple[int, int]:
        """(tonic 0..11, 0 major 1 minor)."""
        return self._judge()[0]

    @property
    def confidence(self) -> float:
        """0..1."""
        return self._judge()[1]

    def hear(self, beats: float, pitch: int, weight: float = 1.0) -> None:
        """Take in a note that has begun; low notes say more about the key. Runs on the loop."""
        fade = exp(-max(beats - self._last_beats, 0.0) / self._memory_beats)
        self._last_beats = max(beats, self._last_beats)
        self._weights = [w * fade for w in self._weights]
        self._weights[pitch % 12] += weight * (1.5 if pitch < 52 else 1.0)
        self._judged = None

    def chroma(self) -> list[float]:
        """The twelve pitch classes' shares of the memory, 0..1, the strongest at 1."""
        most = max(self._weights) or 1.0
        return [w / most for w in self._weights]

    def _judge(self) -> tuple[tuple[int, int], float]:
        # Only when somebody asks: the notes that are due must not wait for it.
        if self._judged is None:
            heard = _levelled(self._weights)
            scores = sorted(((sum(map(mul, heard, profile)), key) for key, profile in _profiles().items()), reverse=True)
            (best, key), (second, _) = scores[0], scores[1]
            enough = min(sum(self._weights) / 8.0, 1.0)
            self._judged = key, max(0.0, min(1.0, (best - second) * 5.0 + max(best, 0.0) * 0.5)) * enough
        return self._judged


@cache
def _profiles() -> dict[tuple[int, int], tuple[float, ...]]:
    return {
        (tonic, mode): tuple(profile[(pc - tonic) % 12] for pc in range(12))
        for mode, profile in enumerate((_levelled(_MAJOR), _levelled(_MINOR)))
        for tonic in range(12)
    }


def _levelled(values: Sequence[float]) -> list[float]:
    """About zero and of length one, so that two of them correlate by their product alone."""
    mean = sum(values) / len(values)
    length = sqrt(sum((value - mean) ** 2 for value in values))
    return [(value - mean) / length if length > 0.0 else 0.0 for value in values]
