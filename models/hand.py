"""What one player's hands are doing: which keys are down until when, and which may be struck. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable

from models.music import Ask, Knobs, Note, Onset, Release, Sounded

_INSTANT = 1e-6
MAJOR = frozenset((0, 2, 4, 5, 7, 9, 11))
MINOR = frozenset((0, 2, 3, 5, 7, 8, 10))


def scale(key: tuple[int, int]) -> frozenset[int]:
    """The pitch classes of a key (tonic, 0 major or 1 natural minor)."""
    tonic, mode = key
    return frozenset((tonic + step) % 12 for step in (MINOR if mode else MAJOR))


class Hand:
    """The keys that one part holds down, and until when.

    It keeps the promises of every model: never strike a sounding pitch, stay in the register, no more notes at once than
    the knobs allow.
    """

    def __init__(self, part: str, knobs: Knobs) -> None:
        self.part = part
        self.low, self.high = knobs.register(part)
        self._polyphony = knobs.polyphony
        self._ends: dict[int, float] = {}

    def take(self, pitch: int, end_beats: float) -> None:
        """A key goes down and stays down until then."""
        self._ends[pitch] = end_beats

    def drop(self, pitch: int) -> None:
        """A key comes up."""
        self._ends.pop(pitch, None)

    def sounding(self, beats: float) -> list[int]:
        """Pitches down at an instant."""
        return [pitch for pitch, end in self._ends.items() if end > beats + _INSTANT]

    def has_room(self, beats: float) -> bool:
        """Whether one more note may sound."""
        return len(self.sounding(beats)) < self._polyphony

    def can_strike(self, pitch: int, beats: float) -> bool:
        """Whether this pitch may begin at an instant."""
        in_reach = self.low <= pitch <= self.high
        return in_reach and self._ends.get(pitch, -1.0) <= beats + _INSTANT and self.has_room(beats)


def hands_for(ask: Ask, sounded: Iterable[Sounded]) -> dict[str, Hand]:
    """The hands of every part the ask wants, as they will be when its first note may come."""
    hands = {part: Hand(part, ask.knobs) for part in ask.parts}
    for event in sounded:
        hand = hands.get(event.part)
        if hand is None:
            continue
        if isinstance(event, Release):
            hand.drop(event.pitch)
        elif isinstance(event, Onset):
            hand.take(event.pitch, float("inf") if event.length_beats is None else event.beats + event.length_beats)
    for note in ask.committed:
        if note.part in hands:
            hands[note.part].take(note.pitch, note.end_beats)
    return hands


def in_order(notes: Iterable[Note]) -> list[Note]:
    """Notes as they will be heard: by onset, low before high."""
    return sorted(notes, key=lambda note: (note.onset_beats, note.part, note.pitch))
