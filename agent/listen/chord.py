"""The chord of the moment, from what both players sound: chords change on beats, and each note speaks for those it is in.

A forward filter over every root and quality. How often the notes of a chord, and others, are struck in it, and how often
chords stand on each step of a key, was counted in 75 songs of POP909-CL.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from agent.listen.key import BASS_BELOW, TONICS

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

FEWEST_PITCH_CLASSES = 3

_COMMON = (0.36, 0.29, 0.07, 0.05, 0.08, 0.035, 0.025, 0.04, 0.05)
"""How common each quality is, in the order of QUALITIES."""
_DEGREES = (
    (0.22, 0.01, 0.11, 0.01, 0.12, 0.15, 0.01, 0.21, 0.01, 0.14, 0.02, 0.01),
    (0.29, 0.01, 0.01, 0.10, 0.01, 0.13, 0.01, 0.15, 0.12, 0.01, 0.16, 0.01),
)
"""How often a chord stands on each step above the tonic, in major and in minor."""
_INSIDE, _OUTSIDE = 0.90, 0.10
"""The share of notes that belong to the chord, and of those that pass."""
_ROOT_IN_BASS = 0.62
_CHANGE = 0.35
"""How often a beat brings a new chord."""
_EARLY_BEATS = 0.13
"""A note this much before a beat belongs to it."""
_EVIDENCE = 1.0
_RECENT_BEATS = 1.5
_ABSENT = tuple(0.12**tones for tones in range(5))
"""How much less likely a chord is of which so many tones do not sound."""

_ROOTED = 1.4
"""How much likelier a chord stands on its root."""


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
    """Follows the harmony beat by beat."""

    def __init__(self) -> None:
        self._recent: list[tuple[float, int]] = []
        self._beliefs = list(_STATES_USUAL)
        self._beat = -1
        self._chord: Chord | None = None
        self._unnamed: tuple[set[int], int] | None = None

    @property
    def chord(self) -> Chord | None:
        """The last that could be told."""
        # Named only when somebody asks: the notes that are due must not wait for it.
        if self._unnamed is not None:
            self._chord = self._name(*self._unnamed)
            self._unnamed = None
        return self._chord

    def hear(self, beats: float, pitch: int, held: list[int], key: tuple[int, int] | None = None) -> None:
        """A note begins while these pitches are held (by anybody). Runs on the loop."""
        beat = int(beats + _EARLY_BEATS)
        if beat != self._beat:
            self._turn_to(beat, key)
        self._recent = [(at, p) for at, p in self._recent if beats - at < _RECENT_BEATS] + [(beats, pitch)]
        sounding = [p for _, p in self._recent] + held
        lowest = min(sounding)
        likely = _LIKELY[pitch < BASS_BELOW and pitch == lowest][pitch % 12]
        beliefs = [belief * share for belief, share in zip(self._beliefs, likely, strict=True)]
        total = sum(beliefs)
        self._beliefs = beliefs = [belief / total for belief in beliefs]
        if len(classes := {p % 12 for p in sounding}) >= FEWEST_PITCH_CLASSES:
            self._unnamed = classes, lowest % 12

    def _name(self, classes: set[int], bass: int) -> Chord:
        """The likeliest chord, where each of its tones that nobody sounds speaks against it."""
        silent = ~sum(1 << pitch_class for pitch_class in classes)
        named = [b * _ABSENT[(t & silent).bit_count()] for b, t in zip(self._beliefs, _TONES, strict=True)]
        for index in range(bass * len(QUALITIES), (bass + 1) * len(QUALITIES)):
            named[index] *= _ROOTED
        root, quality = divmod(named.index(max(named)), len(QUALITIES))
        start = root * len(QUALITIES)
        return Chord(root, quality, bass, min(sum(named[start : start + len(QUALITIES)]) / sum(named), 1.0))

    def _turn_to(self, beat: int, key: tuple[int, int] | None) -> None:
        """New beats may bring new chords, of which those of the key are likelier."""
        stay = (1.0 - _CHANGE) ** min(max(beat - self._beat, 1), 8)
        usual = _usual(key)
        self._beliefs = [stay * belief + (1.0 - stay) * new for belief, new in zip(self._beliefs, usual, strict=True)]
        self._beat = beat


@cache
def _usual(key: tuple[int, int] | None) -> tuple[float, ...]:
    """How common each root and quality is in a key; None: if nothing is known."""
    degrees = (1 / 12,) * 12 if key is None else tuple(_DEGREES[key[1]][(root - key[0]) % 12] for root in range(12))
    return tuple(degree * common for degree in degrees for common in _COMMON)


def _shares(root_share: float) -> list[list[float]]:
    """By pitch class: how likely each root and quality makes a note of it, tempered since notes repeat each other."""
    rows = []
    for pitch_class in range(12):
        row = []
        for root in range(12):
            for tones in QUALITIES.values():
                step = (pitch_class - root) % 12
                others = (_INSIDE - root_share) / (len(tones) - 1)
                share = root_share if step == 0 else others if step in tones else _OUTSIDE / (12 - len(tones))
                row.append(share**_EVIDENCE)
        rows.append(row)
    return rows


_STATES_USUAL = _usual(None)
_LIKELY = (_shares(0.30), _shares(_ROOT_IN_BASS))
_TONES = tuple(sum(1 << (root + tone) % 12 for tone in tones) for root in range(12) for tones in QUALITIES.values())
