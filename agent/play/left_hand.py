"""The left-hand zone: chords that the player strikes below a key of their choice are law until the next one."""

from __future__ import annotations

from collections.abc import Sequence

from agent.listen.chord import QUALITIES
from models.music import Change

RESOLVE_BEATS = 0.5
"""So soon after a new chord what the agent holds and the chord does not is let go."""
FEWEST_CLASSES = 2
"""A single bass note names no chord."""


class LeftHand:
    """Reads the chord that is held below a pitch; 0 is no zone. Runs on the loop."""

    def __init__(self, below: int) -> None:
        self._below = below
        self.law: Change | None = None

    def below(self, pitch: int) -> None:
        """Move the zone; 0 is none."""
        self._below = pitch
        if not pitch:
            self.law = None

    def hear(self, beats: float, held: Sequence[int]) -> bool:
        """A key has gone down, and these are held. A chord once struck holds on when let go. True: another begins."""
        zone = sorted(pitch for pitch in held if pitch < self._below)
        if len({pitch % 12 for pitch in zone}) < FEWEST_CLASSES:
            return False
        before, self.law = self.law, _named(beats, zone)
        return before is None or frozenset(before.pitch_classes) != frozenset(self.law.pitch_classes)

    def changes(self, start_beats: float) -> tuple[Change, ...]:
        """The chord in force from a beat on, if there is one."""
        if self.law is None:
            return ()
        return (Change(min(start_beats, self.law.beats), self.law.root, self.law.tones),)


def _named(beats: float, zone: Sequence[int]) -> Change:
    """A chord that has a name, whichever of its notes lies lowest; else the notes as they are, above the lowest."""
    classes, bass = frozenset(pitch % 12 for pitch in zone), zone[0] % 12
    for root in sorted(classes, key=lambda pitch_class: (pitch_class != bass, pitch_class)):
        tones = tuple(sorted((pitch_class - root) % 12 for pitch_class in classes))
        if tones in QUALITIES.values():
            return Change(beats, root, tones)
    return Change(beats, bass, tuple(sorted((pitch_class - bass) % 12 for pitch_class in classes)))
