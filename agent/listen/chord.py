"""The chord of the moment, from what both players sound, by matching chord shapes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from agent.listen.key import TONICS

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
    "m7b5": (0, 3, 6, 10),
}
"""Name suffix → semitones above the root. The order is that of `/harmony/chord`'s quality number."""

_COMMONNESS = (0.12, 0.12, 0.08, 0.04, 0.08, 0.0, -0.1, 0.0, 0.0)
"""A lean towards the chords that songs are made of, in the order of QUALITIES."""
FEWEST_PITCH_CLASSES = 3


@dataclass(frozen=True, slots=True)
class Chord:
    """Root and bass as pitch classes, quality as an index into QUALITIES, confidence 0..1."""

    root: int
    quality: int
    bass: int
    confidence: float

    @property
    def name(self) -> str:
        """As a lead sheet writes it: `Dm7/F`."""
        text = TONICS[self.root] + list(QUALITIES)[self.quality]
        return text if self.bass == self.root else f"{text}/{TONICS[self.bass]}"


class ChordFinder:
    """Follows the harmony with a memory of about one beat."""

    def __init__(self) -> None:
        self._recent: list[tuple[float, int]] = []
        self._chord: Chord | None = None
        self._unjudged: list[int] = []

    @property
    def chord(self) -> Chord | None:
        """The last that could be told."""
        # Looked for only when somebody asks: the notes that are due must not wait for it.
        if self._unjudged:
            self._chord = _best(self._unjudged)
            self._unjudged = []
        return self._chord

    def hear(self, beats: float, pitch: int, held: list[int]) -> None:
        """A note begins while these pitches are held (by anybody). Runs on the loop."""
        self._recent = [(at, p) for at, p in self._recent if beats - at < 1.0] + [(beats, pitch)]
        pitches = [p for _, p in self._recent] + held
        if len({sounding % 12 for sounding in pitches}) >= FEWEST_PITCH_CLASSES:
            self._unjudged = pitches


@cache
def _shapes() -> list[tuple[int, int, tuple[int, ...]]]:
    return [
        (root, quality, tuple((root + tone) % 12 for tone in tones))
        for root in range(12)
        for quality, tones in enumerate(QUALITIES.values())
    ]


def _best(pitches: list[int]) -> Chord:
    weights = [0.0] * 12
    for sounding in pitches:
        weights[sounding % 12] += 1.0
    total, bass = sum(weights), min(pitches) % 12
    scored = []
    for root, quality, tones in _shapes():
        found = [weights[tone] for tone in tones]
        inside = sum(found) / total
        score = inside - 0.25 * found.count(0.0) + (0.15 if root == bass else 0.0) + _COMMONNESS[quality]
        scored.append((score, root, quality, inside))
    _, root, quality, share = max(scored)
    return Chord(root, quality, bass, share)
