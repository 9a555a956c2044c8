"""Who is on: the mode that plays, the one that chooses over it, and the one that waits for the next beat or bar."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import floor

from agent.play.mode import Mode
from agent.play.modes import CHOOSERS, MODES
from models.music import Metre

WHENS = ("now", "beat", "bar")
"""When another way of playing is taken up."""
HAIR_BEATS = 1e-6


@dataclass(frozen=True, slots=True)
class Seat:
    """A mode on stage. Its number is in the names of its alarms, so that those of its predecessor are not taken for its own."""

    mode: Mode
    number: int


class Casting:
    """The seats, the chooser first. Runs on the loop."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seats: list[Seat] = []
        self.coming = ""
        self._numbers = count(1)

    @property
    def again(self) -> str:
        """How to begin anew when nothing planned counts any more: an ending is over then."""
        return self.name if self.name in MODES else "listen"

    def take_up(self, name: str, mode: Mode | None = None) -> Seat:
        """Clear the stage for this mode."""
        self.name, self.coming = name, ""
        self.seats = [self._seat(mode or MODES[name]())]
        return self.seats[0]

    def become(self, name: str) -> Seat:
        """A chooser puts this mode beside itself; any other leaves the stage to it."""
        if self.name not in CHOOSERS:
            return self.take_up(name)
        self.seats[1:] = [self._seat(MODES[name]())]
        return self.seats[1]

    def seated(self, number: str) -> Seat | None:
        """Whose alarm this is, if they are still on."""
        return next((seat for seat in self.seats if str(seat.number) == number), None)

    def _seat(self, mode: Mode) -> Seat:
        return Seat(mode, next(self._numbers))


def next_line(beats: float, when: str, metre: Metre) -> float:
    """Just before the next beat, or the next bar line, so that nothing of the old way falls on it."""
    if when == "beat":
        return floor(beats + 2 * HAIR_BEATS) + 1.0 - HAIR_BEATS
    return beats + metre.beats_per_bar - metre.beat_in_bar(beats + 2 * HAIR_BEATS) + HAIR_BEATS
