"""Which key are we in? A slow ear for pitch classes. Standard library only."""

from __future__ import annotations

_MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)  # Krumhansl and Kessler 1982
_MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_MAJOR = frozenset((0, 2, 4, 5, 7, 9, 11))
_MINOR = frozenset((0, 2, 3, 5, 7, 8, 10))
_ENOUGH_NOTES = 6.0
_SURPRISES, _SURPRISE_NOTES = 2, 3
"""So many of so few notes in a row outside the key, and we are in another one."""


def scale(key: tuple[int, int]) -> frozenset[int]:
    """The pitch classes of a key (tonic, 0 major or 1 natural minor)."""
    tonic, mode = key
    return frozenset((tonic + step) % 12 for step in (_MINOR if mode else _MAJOR))


class KeySense:
    """Remembers how much of each pitch class was heard lately, and names the key that fits best."""

    def __init__(self, forget: float = 0.985) -> None:
        self._forget = forget
        self._classes = [0.0] * 12
        self._lately: list[tuple[int, float, bool]] = []  # pitch, weight, and whether it lay in the key of then

    def hear(self, pitch: int, weight: float = 1.0) -> None:
        """One more note; older ones fade."""
        at_home = pitch % 12 in scale(self.key()) or weight <= 0.0
        self._classes = [value * self._forget for value in self._classes]
        self._classes[pitch % 12] += weight
        if weight > 0.0:
            self._lately = [*self._lately[-(_SURPRISE_NOTES - 1) :], (pitch, weight, at_home)]
        if sum(not known for _, _, known in self._lately) >= _SURPRISES and self.is_sure:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """The music has gone somewhere else: what was heard before it went says nothing any more."""
        self._classes = [0.0] * 12
        for pitch, weight, _ in self._lately:
            self._classes[pitch % 12] += weight
        self._lately = []

    @property
    def is_sure(self) -> bool:
        """Whether enough was heard to go by."""
        return sum(self._classes) >= _ENOUGH_NOTES

    def key(self) -> tuple[int, int]:
        """The key that fits best: (tonic, 0 major or 1 minor); C major before anything was heard."""
        fits = []
        for mode, profile in enumerate((_MAJOR_PROFILE, _MINOR_PROFILE)):
            mean = sum(profile) / 12
            for tonic in range(12):
                fit = sum(self._classes[(tonic + i) % 12] * (profile[i] - mean) for i in range(12))
                fits.append((fit, -mode, -tonic))
        _, mode, tonic = max(fits)
        return -tonic, -mode
