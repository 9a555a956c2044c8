"""Auto: it chooses among the other modes from what you do, and says why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import pairwise
from statistics import median

from agent.play.mode import Become, Intent, View, WakeAt
from models.music import NoteOff, NoteOn

LONELY_SECONDS = 20.0
"""Silence for this long is an empty room."""
PAUSE_SECONDS = 1.2
"""A silence like this waits for an answer; a shorter one is only a breath."""
CHORD_SECONDS = 0.06
"""Keys struck within this time are one chord."""
LOOK_BACK_SECONDS, PHRASES_SECONDS = 10.0, 30.0
FEWEST_STRUCK = 4
SLOW_SECONDS, FAST_SECONDS = 1.0, 0.19
"""Between one note and the next: long notes, and so many that they fill the room."""
FULL_HANDS = 2.2
"""Keys struck at once, on average, from which on the player needs no chords from us."""
LOOKS = 2
"""So many looks in a row must agree before it changes its mind."""


class Auto:
    """The listener who knows what suits. What it has chosen plays beside it."""

    def __init__(self) -> None:
        self._playing = ""
        self._leaning, self._looks = "", 0
        self._struck: deque[tuple[float, int]] = deque(maxlen=512)  # the instant, and how many keys at once
        self._phrases: deque[tuple[float, float]] = deque(maxlen=16)  # those that a pause has ended
        self._phrase_began, self._phrase_notes = 0.0, 0
        self._last_seconds = 0.0  # when a key last moved or was seen down

    def begin(self, view: View) -> Iterable[Intent]:
        """Listen first."""
        self._last_seconds = view.now.seconds
        return *self._go("listen", "I wait for you to begin"), self._next_look(view)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """Remember what the player does; whoever comes back into an empty room is listened to at once."""
        now = view.now.seconds
        silent_seconds, self._last_seconds = now - self._last_seconds, now
        if isinstance(event, NoteOff):
            return ()
        if silent_seconds >= PAUSE_SECONDS and view.keys_down == 1:
            self._end_phrase(now - silent_seconds)
            self._phrase_began, self._phrase_notes = now, 0
        self._phrase_notes += 1
        if self._struck and now - self._struck[-1][0] < CHORD_SECONDS:
            began, keys = self._struck.pop()
            self._struck.append((began, keys + 1))
        else:
            self._struck.append((now, 1))
        if silent_seconds >= LONELY_SECONDS:
            self._struck.clear()
            self._phrases.clear()
            return self._go("listen", "you are back")
        return ()

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """Once a beat, look whether another mode would suit better."""
        if view.keys_down:
            self._last_seconds = view.now.seconds
        mode, why = self._judge(view.now.seconds)
        self._looks = self._looks + 1 if mode == self._leaning else 1
        self._leaning = mode
        if mode == self._playing or self._looks < LOOKS:
            return (self._next_look(view),)
        return *self._go(mode, why), self._next_look(view)

    def _judge(self, now: float) -> tuple[str, str]:
        """Which mode suits, and why; the one that plays if nothing speaks for another."""
        silent_seconds = now - self._last_seconds
        if silent_seconds >= LONELY_SECONDS:
            return "solo", "nobody plays"
        if len(self._struck) < FEWEST_STRUCK:
            return self._playing or "listen", "you have only begun"
        if self._trades(now, silent_seconds):
            return "call_response", "you play a phrase and wait"
        if silent_seconds >= PAUSE_SECONDS:
            return self._playing, "you rest"
        lately = [struck for struck in self._struck if self._last_seconds - struck[0] < LOOK_BACK_SECONDS]
        recent = lately if len(lately) >= FEWEST_STRUCK else list(self._struck)[-FEWEST_STRUCK:]
        spaces = [after[0] - before[0] for before, after in pairwise(recent)]
        if sum(keys for _, keys in recent) / len(recent) >= FULL_HANDS:
            return "together", "your chords leave the melody open"
        if median(spaces) <= FAST_SECONDS:
            return "together", "you play so much that I need only join in"
        if median(spaces) >= SLOW_SECONDS:
            return "shadow", "your long notes want a second voice"
        return "accompany", "you play a melody"

    def _trades(self, now: float, silent_seconds: float) -> bool:
        """Whether the player has ended two phrases lately with a pause as long as an answer needs."""
        lately = [phrase for phrase in self._phrases if now - phrase[1] < PHRASES_SECONDS]
        open_phrase = silent_seconds >= PAUSE_SECONDS and self._phrase_notes >= 3
        return len(lately) + open_phrase >= 2

    def _end_phrase(self, ended: float) -> None:
        if self._phrase_notes >= 3:
            self._phrases.append((self._phrase_began, ended))

    def _go(self, mode: str, why: str) -> Iterable[Intent]:
        self._playing = mode
        return (Become(mode, why),)

    def _next_look(self, view: View) -> WakeAt:
        return WakeAt("look", beats=view.now.beats + 1.0)
