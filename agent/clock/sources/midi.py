"""MIDI clock from a DAW, a drum machine or a mixer: 24 ticks a quarter note, start, stop, continue, song position."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Literal

from agent.clock.sources.line import LOST_STEPS, Line, between, fit, fit_newest
from agent.clock.sources.source import Lead
from agent.items import Clocked

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6
WINDOWS = (96, 48, 24, 12, 6)
"""How many ticks are looked back upon, at most and at least; fewer only while a master has just begun."""
FEWEST_TICKS, FULL_TICKS = 4, 24
DOUBLE_STEPS = 0.4
"""A tick that comes this soon after another is the same once more."""
EVEN_TICKS, UNEVEN_SHARE = 5, 0.3
"""After a gap so many ticks must be evenly spaced before they say what it was."""
WHOLE_STEPS = 0.15
"""Where ticks were lost, the next ones come this near to where they always would; if not, the master has kept us waiting."""
MOST_DOUBTED_TICKS = 24
SILENT_SECONDS = 0.5
"""Without a tick for this long, the master is gone."""
SLOWEST_TICK_SECONDS, FASTEST_TICK_SECONDS = 60.0 / 20.0 / TICKS_PER_BEAT, 60.0 / 300.0 / TICKS_PER_BEAT

Word = Literal["", "tick", "landed", "stopped"]


class MidiClock:
    """One master, on one port. Its ticks count only while it runs; the first one after a start is its beat 0."""

    name = "midi"

    def __init__(self, port: str) -> None:
        self.port = port
        self._ticks: deque[float] = deque(maxlen=WINDOWS[0])
        self._next_tick = 0  # the number of the tick that will come next, counted from the master's beat 0
        self._line: Line | None = None
        self._step_seconds: float | None = None  # from tick to tick, as it was last known
        self._landing = False
        self._counted = False  # whether the master has said where it is
        self._stopped = False
        self._last_seconds = float("-inf")
        self._doubted: list[float] = []  # the ticks since a gap that has still to be understood

    @property
    def position_beats(self) -> float:
        """The master's beat at its last tick."""
        return (self._next_tick - 1) / TICKS_PER_BEAT

    @property
    def freshly_begun(self) -> bool:
        """Whether every tick still makes its tempo much clearer."""
        return len(self._ticks) < FULL_TICKS

    @property
    def silent_at_seconds(self) -> float:
        """When the master will be given up unless it ticks."""
        return self._last_seconds + SILENT_SECONDS

    def hear(self, item: Clocked, our_beats: float) -> Word:
        """Take in one word. Says what came of it: a tick, the tick on which a master that was started lands, a stop.

        `our_beats` numbers the ticks of a master that was running already when we came.
        """
        match item.sign:
            case "tick":
                return self._tick(item.seconds, our_beats)
            case "stop":
                self._stopped = True
                self._locate(self._next_tick + len(self._doubted))
                return "stopped"
            case "start":
                self._stopped = False
                self._locate(0)
            case "continue":
                self._stopped = False
                self._locate(self._next_tick + len(self._doubted))
            case "position":
                self._locate(item.sixteenths * TICKS_PER_SIXTEENTH)
        return ""

    def lead(self, now: float) -> Lead | None:
        """Where the master's beat is, while it runs and ticks."""
        if self._line is None or self._stopped or now >= self.silent_at_seconds:
            return None
        bpm = 60.0 / (self._line.step_seconds * TICKS_PER_BEAT)
        lock = min(len(self._ticks) / FULL_TICKS, 1.0) * (1.0 if self._counted else 0.5)
        return Lead(bpm, self._line.last_seconds, self.position_beats, lock, self._counted, catch_up_beats=0.25)

    def _tick(self, seconds: float, our_beats: float) -> Word:
        if self._stopped:
            return ""
        if seconds >= self.silent_at_seconds and not self._landing:
            self._ticks.clear()
            self._doubted.clear()
            self._counted, self._next_tick = False, round(our_beats * TICKS_PER_BEAT)
        if self._step_seconds is not None and self._ticks:
            steps = (seconds - self._ticks[-1]) / self._step_seconds
            if self._doubted or steps > LOST_STEPS:
                return self._doubt(seconds, self._step_seconds)
            if steps < DOUBLE_STEPS:
                return ""
        self._last_seconds = seconds
        self._ticks.append(seconds)
        self._next_tick += 1
        self._line = self._fitted()
        if self._landing:
            self._landing, self._counted = False, True
            return "landed"
        return "tick"

    def _doubt(self, seconds: float, step_seconds: float) -> Word:
        """There was a gap: ticks were lost, or held up, or the master stood still. Until it is clear we go on as before."""
        self._last_seconds = seconds
        self._doubted.append(seconds)
        newest = self._doubted[-EVEN_TICKS:]
        if len(newest) == EVEN_TICKS:
            fresh = fit(newest)
            steps = [(there - here) / fresh.step_seconds for here, there in pairwise(newest)]
            even = fresh.step_seconds >= FASTEST_TICK_SECONDS and all(abs(step - 1.0) < UNEVEN_SHARE for step in steps)
            if even or len(self._doubted) == MOST_DOUBTED_TICKS:
                self._understand(newest, fresh, even and abs(fresh.step_seconds / step_seconds - 1.0) < UNEVEN_SHARE)
        return "tick"

    def _understand(self, newest: list[float], fresh: Line, same_tempo: bool) -> None:
        known = self._line or Line(self._ticks[-1], fresh.step_seconds)
        passed = (fresh.last_seconds - known.last_seconds) / known.step_seconds
        whole = same_tempo and abs(passed - round(passed)) < WHOLE_STEPS
        steps = round(passed) if whole else len(self._doubted)
        self._next_tick += steps
        if whole:  # the master went on as before: so does what we know of it
            between_steps = range(1, steps - len(newest) + 1)
            self._ticks.extend(known.last_seconds + step * known.step_seconds for step in between_steps)
        else:
            self._ticks.clear()
        self._ticks.extend(newest)
        self._doubted.clear()
        self._line = self._fitted()

    def _fill(self) -> None:
        """Nothing is known of the tempo but the first ticks: of these, too, one may have been lost."""
        ticks = list(self._ticks)
        shortest_seconds = min(there - here for here, there in pairwise(ticks))
        for here, there in pairwise(ticks):
            lost = between(here, there, shortest_seconds)
            self._ticks.extend(lost)
            self._next_tick += len(lost)
        self._ticks = deque(sorted(self._ticks), self._ticks.maxlen)

    def _fitted(self) -> Line | None:
        if self._step_seconds is None and len(self._ticks) == FEWEST_TICKS:
            self._fill()
        if len(self._ticks) < FEWEST_TICKS:
            return Line(self._ticks[-1], self._step_seconds) if self._step_seconds is not None else None
        ticks = list(self._ticks)
        line = fit(ticks) if self.freshly_begun else fit_newest(ticks, WINDOWS)
        if not FASTEST_TICK_SECONDS <= line.step_seconds <= SLOWEST_TICK_SECONDS:
            return None
        self._step_seconds = line.step_seconds
        return line

    def _locate(self, tick: int) -> None:
        self._next_tick = tick
        self._landing = not self._stopped
        self._ticks.clear()
        self._doubted.clear()
        self._line = None
