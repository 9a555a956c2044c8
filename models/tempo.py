"""Seconds and beats, and the one thing that converts between them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from models.music import Moment


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From this instant on, beats pass at this tempo."""

    seconds: float
    beats: float
    bpm: float


MOST_CHANGES = 16_384
"""A tempo that is bent three times a second makes as many in an hour and a half; what lies further back is forgotten."""


class TempoMap:
    """The line between the clock and the music: exact both ways but for beats leapt over, and past beats never move.

    Times before the first change use the first tempo, times after the last use the last.
    """

    def __init__(self, bpm: float, seconds: float = 0.0, beats: float = 0.0) -> None:
        self._changes = [TempoChange(seconds, beats, _checked(bpm))]
        self._seconds = [seconds]
        self._beats = [beats]

    @property
    def changes(self) -> tuple[TempoChange, ...]:
        """Every change so far, oldest first."""
        return tuple(self._changes)

    @property
    def bpm(self) -> float:
        """The tempo in force at the end of the map."""
        return self._changes[-1].bpm

    def change(self, bpm: float, seconds: float) -> None:
        """Take up a new tempo at an instant. What was played before it keeps its beats.

        An instant before the last change is taken as that change, since the past is fixed. Runs on the loop.
        """
        seconds = max(seconds, self._seconds[-1])
        beats = self.beats_at(seconds)
        if seconds == self._seconds[-1]:
            self._drop_last()
        self._append(TempoChange(seconds, beats, _checked(bpm)))

    def leap(self, beats: float, seconds: float) -> None:
        """At an instant, go on from a later beat, as when a conductor calls a bar. The beats between are never played.

        Beats never run backwards: one that has passed already is taken as the beat that it is now. Runs on the loop.
        """
        seconds = max(seconds, self._seconds[-1])
        beats, bpm = max(beats, self.beats_at(seconds)), self.bpm
        if seconds == self._seconds[-1] and len(self._changes) > 1:
            self._drop_last()
        self._append(TempoChange(seconds, beats, bpm))

    def beats_at(self, seconds: float) -> float:
        """Beats at an instant."""
        change = self._changes[max(bisect_right(self._seconds, seconds) - 1, 0)]
        return change.beats + (seconds - change.seconds) * change.bpm / 60.0

    def seconds_at(self, beats: float) -> float:
        """The instant of a beat, as the tempo stands now; of one that was leapt over, the instant of the leap."""
        number = max(bisect_right(self._beats, beats) - 1, 0)
        change = self._changes[number]
        seconds = change.seconds + (beats - change.beats) * 60.0 / change.bpm
        return seconds if number + 1 == len(self._changes) else min(seconds, self._seconds[number + 1])

    def moment(self, seconds: float) -> Moment:
        """An instant in both clocks."""
        return Moment(seconds, self.beats_at(seconds))

    def moment_of_beat(self, beats: float) -> Moment:
        """A beat in both clocks."""
        return Moment(self.seconds_at(beats), beats)

    def bpm_at(self, seconds: float) -> float:
        """The tempo in force at an instant."""
        return self._changes[max(bisect_right(self._seconds, seconds) - 1, 0)].bpm

    def _append(self, change: TempoChange) -> None:
        self._changes.append(change)
        self._seconds.append(change.seconds)
        self._beats.append(change.beats)
        if len(self._changes) > MOST_CHANGES:
            for column in (self._changes, self._seconds, self._beats):
                del column[: MOST_CHANGES // 4]

    def _drop_last(self) -> None:
        for column in (self._changes, self._seconds, self._beats):
            column.pop()


def _checked(bpm: float) -> float:
    if not 5.0 <= bpm <= 1000.0:
        raise ValueError(f"tempo {bpm} bpm is not playable; it must lie between 5 and 1000")
    return float(bpm)
