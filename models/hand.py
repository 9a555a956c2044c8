"""What one player's hands are doing: which keys are down until when, and which may be struck. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable

from models.music import Ask, Knobs, Note, Onset, Release, Sounded

_INSTANT = 1e-6


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

    def next_room(self, beats: float) -> float:
        """When the first of the notes sounding at an instant will have ended."""
        return min((end for end in self._ends.values() if end > beats + _INSTANT), default=beats)

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
