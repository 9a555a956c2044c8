"""What every source of the beat tells the conductor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SLOWEST_BPM, FASTEST_BPM = 20.0, 300.0
"""What we play at."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Where somebody else's beat is: it is at `beats` at an instant, and goes on at `bpm`."""

    bpm: float
    seconds: float
    beats: float
    lock: float = 1.0  # how sure it is, 0..1
    counted: bool = False  # whether its beats are numbered, so that bars begin where they do over there
    catch_up_beats: float = 2.0  # an error of ours is made good over about this long

    def beats_at(self, seconds: float) -> float:
        """Where it will be at an instant."""
        return self.beats + (seconds - self.seconds) * self.bpm / 60.0


class Source(Protocol):
    """Somebody who may lead. Runs on the loop."""

    @property
    def name(self) -> str:
        """What `/clock/source` says while it leads."""

    def lead(self, now: float) -> Lead | None:
        """Where its beat is, or None while it does not lead."""
