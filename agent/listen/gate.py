"""What the room sounds like when nobody sings, and when somebody begins to: levels in, a gate and attacks out."""

from __future__ import annotations

from collections import deque

SILENCE_DB = -100.0
QUIETEST_DB = -58.0
"""Nothing softer is ever taken for a note, however still the room is."""
OPENS_DB, CLOSES_DB = 10.0, 6.0
"""So far above the room a note begins, and when it is no farther above it has ended."""
LEARNING_SECONDS = 0.4
"""A microphone that has just been opened hears the room first."""
FALLS_PER_SECOND, RISES_DB_PER_SECOND = 4.0, 3.0
"""How fast the room is found quieter, as a share of the difference, and louder."""
ATTACK_DB, FOOT_DB = 8.0, 3.0
"""A rise by so much within `_RISE_SECONDS` is an attack; it began where it had not yet risen by the smaller one."""
_RISE_SECONDS = 0.06


class Gate:
    """Learns the room. Levels come in order, in decibels below full scale."""

    def __init__(self) -> None:
        self.room_db = SILENCE_DB
        self.attack_seconds = float("-inf")
        """When the last attack began."""
        self.level_db = SILENCE_DB
        self._open = False
        self._began: float | None = None
        self._risen = False
        self._lately: deque[tuple[float, float]] = deque()

    @property
    def open(self) -> bool:
        """Is it loud enough for a note?"""
        return self._open

    def hear(self, seconds: float, level_db: float, sounding: bool) -> None:
        """The level at an instant; while a note is sounding the room is left as it was."""
        last_seconds, self._began = self._lately[-1][0] if self._lately else seconds, self._began or seconds
        self.level_db = level_db
        if seconds - self._began < LEARNING_SECONDS:
            self.room_db = max(self.room_db, level_db)
        else:
            self._learn(seconds - last_seconds, level_db, sounding)
            needed_db = CLOSES_DB if self._open else OPENS_DB
            self._open = level_db > max(self.room_db + needed_db, QUIETEST_DB + needed_db - OPENS_DB)
        self._look_for_attack(seconds, level_db)

    def is_the_room(self) -> None:
        """What sounds now is no note, but belongs to the room: a fan, a hum."""
        self.room_db, self._open = self.level_db, False

    def _learn(self, passed_seconds: float, level_db: float, sounding: bool) -> None:
        if level_db < self.room_db:
            self.room_db += (level_db - self.room_db) * min(1.0, FALLS_PER_SECOND * passed_seconds)
        elif not sounding:
            self.room_db = min(level_db, self.room_db + RISES_DB_PER_SECOND * passed_seconds)

    def _look_for_attack(self, seconds: float, level_db: float) -> None:
        while self._lately and self._lately[0][0] < seconds - _RISE_SECONDS:
            self._lately.popleft()
        low_db = min((level for _, level in self._lately), default=level_db)
        if level_db - low_db < ATTACK_DB:
            self._risen = False
        elif self._open and not self._risen:  # one rise is one attack, however far it goes
            self._risen = True
            self.attack_seconds = max(at for at, level in self._lately if level <= low_db + FOOT_DB)
        self._lately.append((seconds, level_db))
