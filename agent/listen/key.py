"""The key, from a fading memory of what sounded.

How often each step of the scale is struck in major and in minor, in the bass and above it, was counted in 75 songs of
POP909-CL; a key is as likely as it makes what was heard.
"""

from __future__ import annotations

from math import exp, log

_ABOVE = (
    (0.19, 0.004, 0.144, 0.003, 0.157, 0.075, 0.008, 0.196, 0.009, 0.127, 0.006, 0.082),
    (0.21, 0.001, 0.097, 0.163, 0.002, 0.133, 0.001, 0.191, 0.062, 0.003, 0.127, 0.011),
)
_BASS = (
    (0.214, 0.003, 0.12, 0.003, 0.11, 0.111, 0.011, 0.23, 0.007, 0.132, 0.007, 0.052),
    (0.266, 0.001, 0.064, 0.106, 0.001, 0.13, 0.001, 0.178, 0.092, 0.001, 0.161, 0.002),
)
_SURPRISE = 0.08
"""The share of notes that may come from anywhere, so that one foreign note is no proof."""
_EVIDENCE = 0.2
"""Notes repeat each other; each counts for this much of a witness."""
BASS_BELOW = 52
"""Pitches below this are the bass."""

TONICS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
KEYS = tuple((tonic, mode) for mode in (0, 1) for tonic in range(12))


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

    def __init__(self, memory_beats: float = 48.0) -> None:
        self._memory_beats = memory_beats
        self._weights = [0.0] * 12
        self._scores = [0.0] * len(KEYS)
        self._last_beats = 0.0

    @property
    def key(self) -> tuple[int, int]:
        """(tonic 0..11, 0 major 1 minor)."""
        return KEYS[self._scores.index(max(self._scores))]

    @property
    def confidence(self) -> float:
        """0..1: how likely the key is the right one."""
        if not any(self._weights):
            return 0.0
        best = max(self._scores)
        return 1.0 / sum(exp(_EVIDENCE * (score - best)) for score in self._scores)

    @property
    def major(self) -> float:
        """0..1: how likely the key, whichever it is, is a major one."""
        best = max(self._scores)
        shares = [exp(_EVIDENCE * (score - best)) for score in self._scores]
        return sum(shares[:12]) / sum(shares)

    def hear(self, beats: float, pitch: int, weight: float = 1.0) -> None:
        """Take in a note that has begun; low notes say more about the key. Runs on the loop."""
        fade = exp(-max(beats - self._last_beats, 0.0) / self._memory_beats)
        self._last_beats = max(beats, self._last_beats)
        self._weights = [w * fade for w in self._weights]
        self._weights[pitch % 12] += weight
        surprises = _LEAN[pitch < BASS_BELOW][pitch % 12]
        self._scores = [score * fade + weight * lean for score, lean in zip(self._scores, surprises, strict=True)]

    def chroma(self) -> list[float]:
        """The twelve pitch classes' shares of the memory, 0..1, the strongest at 1."""
        most = max(self._weights) or 1.0
        return [w / most for w in self._weights]


def _lean(profiles: tuple[tuple[float, ...], ...]) -> list[list[float]]:
    """By pitch class and key: how much likelier than by chance."""
    share = [[log((1.0 - _SURPRISE) * p * 12.0 + _SURPRISE) for p in profile] for profile in profiles]
    return [[share[mode][(pc - tonic) % 12] for tonic, mode in KEYS] for pc in range(12)]


_LEAN = (_lean(_ABOVE), _lean(_BASS))
