"""A MIDI clock master for the stage: plays ticks and transport into the script, and knows where its beat really is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from random import Random

from agent.items import Clocked
from tests.stage import Stage

TICKS = 24


class Master:
    """Writes from a second on; `jitter_ms` is the standard deviation of its ticks' shake."""

    def __init__(self, stage: Stage, bpm: float | Callable[[float], float], jitter_ms: float = 0.0, port: str = "In") -> None:
        self._stage, self._port, self._random = stage, port, Random(5)
        self._bpm = bpm if callable(bpm) else lambda beat: bpm
        self._jitter_seconds = jitter_ms / 1000.0
        self._true: list[tuple[float, float]] = []  # (second, beat) of each tick, without its shake
        self._tick = 0
        self._lost: set[int] = set()

    def lose(self, *ticks: int) -> None:
        """These ticks never reach us."""
        self._lost = set(ticks)

    def say(self, sign: str, at: float, sixteenths: int = 0) -> None:
        """A word of the transport."""
        if sign == "start":
            self._tick = 0
        if sign == "position":
            self._tick = sixteenths * 6
        self._stage.post(Clocked(at, self._port, sign, sixteenths))

    def tick(self, at: float, beats: float) -> float:
        """So many beats of ticks; returns the second of the tick that would come next."""
        for _ in range(round(beats * TICKS)):
            self._true.append((at, self._tick / TICKS))
            shaken = at + min(max(self._random.gauss(0.0, self._jitter_seconds), -0.004), 0.004)
            if self._tick not in self._lost:
                self._stage.post(Clocked(shaken, self._port, "tick"))
            at += 60.0 / self._bpm(self._tick / TICKS) / TICKS
            self._tick += 1
        return at

    def beat_at(self, seconds: float) -> float:
        """Where the master's beat is at an instant while it ticks."""
        number = bisect_right(self._true, (seconds, float("inf"))) - 1
        (s0, b0), (s1, b1) = self._true[number], self._true[min(number + 1, len(self._true) - 1)]
        return b0 if s1 == s0 else b0 + (seconds - s0) * (b1 - b0) / (s1 - s0)


def errors_ms(stage: Stage, master: Master, from_s: float, until_s: float) -> list[float]:
    """How far the stage's beat, numbered as the song is, lies from the master's, looked at every 10 ms, sorted."""
    session, errors = stage.session, []
    for step in range(round((until_s - from_s) * 100)):
        seconds = from_s + step / 100.0
        ours = session.conductor.song_beats(session.tempo.beats_at(seconds))
        errors.append(abs(ours - master.beat_at(seconds)) * 60_000.0 / session.tempo.bpm_at(seconds))
    return sorted(errors)


def p95(ordered: list[float]) -> float:
    """The 95th percentile of sorted figures."""
    return ordered[int(0.95 * (len(ordered) - 1))]
