"""Random in key: a floor to stand beside. It knows the key of what it has heard and nothing else. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from random import Random

from models.hand import Hand, hands_for, in_order
from models.keys import KeySense, scale
from models.music import Ask, Knobs, Note, Onset, Sounded

_NOTES_A_BEAT = 3
_LENGTH_BEATS = 0.9


class DiceMind:
    """Strikes three random notes of the key on every beat."""

    def __init__(self) -> None:
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget the session."""
        self._seed = seed
        self._key = KeySense()
        self._sounded: list[Sounded] = []

    def hear(self, events: Sequence[Sounded]) -> None:
        """Take in the key."""
        self._sounded = [*self._sounded[-64:], *events]
        for event in events:
            if isinstance(event, Onset) and event.human and event.part != "drums":
                self._key.hear(event.pitch, 1.0)

    def play(self, ask: Ask) -> Iterator[Note]:
        """Draw from the scale, in each asked part's register."""
        dice = Random(f"{self._seed}/{ask.seed}")
        classes = scale(ask.knobs.key or self._key.key())
        hands = hands_for(ask, self._sounded)
        for beat in range(ceil(ask.start_beats), ceil(ask.end_beats)):
            yield from in_order(note for part in ask.parts for note in _strike(hands[part], beat, classes, ask.knobs, dice))


def _strike(hand: Hand, beat: int, classes: frozenset[int], knobs: Knobs, dice: Random) -> Iterator[Note]:
    choices = [pitch for pitch in range(hand.low, hand.high + 1) if pitch % 12 in classes and hand.can_strike(pitch, beat)]
    room = knobs.polyphony - len(hand.sounding(beat))
    for pitch in dice.sample(choices, max(min(_NOTES_A_BEAT, room, len(choices)), 0)):
        hand.take(pitch, beat + _LENGTH_BEATS)
        yield Note(float(beat), _LENGTH_BEATS, pitch, min(70, knobs.velocity_max), hand.part)
