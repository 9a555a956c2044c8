"""A pitch track becomes notes: where somebody who sings, whistles or blows begins a note, changes it and ends it.

Voices slide and tremble, so a new note is one that holds: its pitch has been steady for some looks, and is either new or was
struck anew. Nothing here knows where the pitches come from.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

from agent.listen.gate import Gate
from models.music import NoteOff, NoteOn

SURE, DOUBTFUL = 0.4, 0.25
"""How sure the tracker must be for a note to begin, and below what it has ended."""
HELD_LOOKS = 3
"""A pitch counts when it has been steady for so many looks."""
STEADY_SEMITONES = 0.5
"""A vibrato of half a semitone each way, at its fastest, is as steady as this between the looks."""
SLIDING_SEMITONES = 0.3
"""Who still moves so far between the looks is on the way from one note to another."""
STEP_SEMITONES, OFF_CENTRE_SEMITONES = 0.65, 0.3
"""A pitch so far from the centre of the note that sounds is another note; the centre follows who sings out of tune so far."""
CENTRE_SHARE = 0.08
"""So much of the difference the centre follows at each look."""
ENDING_LOOKS = 4
SHORTEST_SECONDS = 0.06
"""No note is shorter, or begins so soon after another."""
LONGEST_SECONDS = 20.0
"""Nobody has this breath: what sounds so long is a hum or a fan."""
ATTACK_BEFORE_SECONDS = 0.15
"""An attack belongs to the pitch that is found within this time after it: there may be a consonant between."""
SOFT, LOUD = (-48.0, 30.0), (-8.0, 116.0)
"""Level in decibels below full scale, and the velocity that it becomes."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the tracker thinks is sung at an instant: a pitch in semitones as MIDI counts them, and how sure it is."""

    seconds: float
    pitch: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Sung:
    """A note's beginning or end, at the instant at which it was sung."""

    seconds: float
    event: NoteOn | NoteOff


@dataclass(slots=True)
class _Note:
    pitch: int
    onset_seconds: float
    centre: float


class NoteFinder:
    """Looks and levels in, beginnings and ends of notes out: one note at a time, and each one is ended."""

    def __init__(self, lowest: int = 36, highest: int = 96) -> None:
        self.gate = Gate()
        self._lowest, self._highest = lowest, highest
        self._note: _Note | None = None
        self._looks: deque[Look] = deque(maxlen=HELD_LOOKS)
        self._lost: list[float] = []  # the looks, one after another, in which the note that sounds was not found
        self._ended_seconds = float("-inf")
        self._loudest_db = -200.0

    @property
    def sounding(self) -> int | None:
        """The pitch that is being sung."""
        return self._note.pitch if self._note is not None else None

    def level(self, seconds: float, level_db: float) -> None:
        """How loud it is."""
        self.gate.hear(seconds, level_db, self._note is not None)
        self._loudest_db = max(self._loudest_db - 1.0, level_db)

    def look(self, look: Look) -> list[Sung]:
        """What follows from the next look."""
        self._looks.append(look)
        held = self._held()
        if self._note is None:
            return self._begin(held) if held is not None and self.gate.open else []
        if not self.gate.open or look.confidence < DOUBTFUL:
            self._lost.append(look.seconds)
            return self.end(self._lost[0]) if len(self._lost) >= ENDING_LOOKS else []
        self._lost.clear()
        if look.seconds - self._note.onset_seconds > LONGEST_SECONDS:
            self.gate.is_the_room()
            return self.end(look.seconds)
        if held is not None and (self._is_a_step(held) or self._is_struck_anew()):
            return self._begin(held)
        drawn = self._note.centre + CENTRE_SHARE * (look.pitch - self._note.centre)
        nearest, farthest = self._note.pitch - OFF_CENTRE_SEMITONES, self._note.pitch + OFF_CENTRE_SEMITONES
        self._note.centre = min(max(drawn, nearest), farthest)
        return []

    def end(self, seconds: float) -> list[Sung]:
        """Whatever sounds has ended."""
        note, self._note = self._note, None
        self._lost.clear()
        if note is None:
            return []
        self._ended_seconds = max(seconds, note.onset_seconds + SHORTEST_SECONDS / 2)
        return [Sung(self._ended_seconds, NoteOff(note.pitch))]

    def _held(self) -> float | None:
        """The pitch that has been steady and sure for long enough."""
        pitches = [look.pitch for look in self._looks if look.confidence >= SURE]
        if len(pitches) < HELD_LOOKS or max(pitches) - min(pitches) > STEADY_SEMITONES:
            return None
        pitch = median(pitches)
        return pitch if self._lowest <= round(pitch) <= self._highest else None

    def _is_a_step(self, held: float) -> bool:
        assert self._note is not None
        away = [look.pitch - self._note.centre for look in self._looks]
        same_side = min(away) > STEP_SEMITONES or max(away) < -STEP_SEMITONES
        glides = max(away) - min(away) > SLIDING_SEMITONES
        return same_side and not glides and round(held) != self._note.pitch

    def _is_struck_anew(self) -> bool:
        assert self._note is not None
        return self._note.onset_seconds + SHORTEST_SECONDS < self.gate.attack_seconds <= self._looks[0].seconds

    def _begin(self, held: float) -> list[Sung]:
        found_seconds = self._looks[0].seconds
        attack_seconds = self.gate.attack_seconds
        last_seconds = self._note.onset_seconds + SHORTEST_SECONDS if self._note is not None else self._ended_seconds
        struck = attack_seconds >= max(found_seconds - ATTACK_BEFORE_SECONDS, last_seconds)
        onset_seconds = max(min(attack_seconds, found_seconds) if struck else found_seconds, last_seconds)
        pitch = round(held)
        ended = self.end(onset_seconds)
        self._note = _Note(pitch, onset_seconds, min(max(held, pitch - OFF_CENTRE_SEMITONES), pitch + OFF_CENTRE_SEMITONES))
        return [*ended, Sung(onset_seconds, NoteOn(pitch, _velocity(self._loudest_db)))]


def _velocity(level_db: float) -> int:
    (soft_db, soft), (loud_db, loud) = SOFT, LOUD
    return round(min(max(soft + (level_db - soft_db) * (loud - soft) / (loud_db - soft_db), 10.0), 127.0))
