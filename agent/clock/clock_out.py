"""MIDI clock for others to follow: 24 ticks a quarter note on a port of its own, with start, stop and song position."""

from __future__ import annotations

from math import ceil

from agent.play.hands import Hands
from models.tempo import TempoMap

TICKS_PER_BEAT = 24
TICK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
LAST_SIXTEENTH = 0x3FFF
HALF_TICK = 0.5
"""Where a master begins up to this long before our tick, that tick is the first: it is sent at once."""


class ClockOut:
    """Ticks lie on the heap in beats, as notes do, so that a tempo change bends them, too. Runs on the loop."""

    def __init__(self, tempo: TempoMap, hands: Hands) -> None:
        self._tempo, self._hands = tempo, hands
        self._running = False
        self._run = 0
        self._tick = 0

    def start(self, beats: float, song_beats: float) -> None:
        """From here on it runs: the first tick is the next one of our beat, and others are told which of the song it is."""
        self._running = True
        self._run += 1
        self._tick = ceil(beats * TICKS_PER_BEAT - HALF_TICK)
        song_tick = self._tick - round((beats - song_beats) * TICKS_PER_BEAT)
        if song_tick <= 0:
            self._send(START)
        else:
            # Others can begin at a sixteenth only: those ticks that lie before it are left out.
            sixteenth = ceil(song_tick / 6)
            self._tick += sixteenth * 6 - song_tick
            place = min(sixteenth, LAST_SIXTEENTH)
            self._send(bytes((0xF2, place & 0x7F, place >> 7)))
            self._send(CONTINUE)
        self._arm()

    def stop(self) -> None:
        """Others stop with us."""
        if self._running:
            self._running = False
            self._send(STOP)

    def woke(self, tag: str, now: float) -> None:
        """The alarm of the next tick has rung."""
        if not self._running or tag != self._tag:
            return
        ahead_seconds = self._hands.outputs.clock_ahead_seconds
        while (due_seconds := self._tempo.seconds_at(self._tick / TICKS_PER_BEAT)) <= now + ahead_seconds + 1e-6:
            self._hands.outputs.send_clock(TICK, due_seconds)
            self._tick += 1
        self._arm()

    @property
    def _tag(self) -> str:
        return f"tick:{self._run}"

    def _send(self, data: bytes) -> None:
        self._hands.outputs.send_clock(data)

    def _arm(self) -> None:
        ahead_beats = self._hands.outputs.clock_ahead_seconds * self._tempo.bpm / 60.0
        self._hands.scheduler.alarm(self._tag, beats=self._tick / TICKS_PER_BEAT - ahead_beats)
