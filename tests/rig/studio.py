"""Ardour leads Antiphon by its MIDI clock, and its transport is turned at its surface: straight on, and round a loop."""

from __future__ import annotations

import time

import numpy as np

from tests.rig.daw import Ardour
from tests.rig.orchestra import PATIENCE_SECONDS, TICKS_PER_BEAT, Disturbed, Figures, Orchestra, Run, errors_ms, runs
from tests.rig.rig import Rig


class Studio(Orchestra):
    """An orchestra whose master is Ardour."""

    calm_seconds = 2.0
    """After the server has stood still for less than a tick, here for 10 ms, our beat was back within 2 ms in 0.9 s."""

    def __init__(self, rig: Rig, daw: Ardour) -> None:
        super().__init__(rig)
        self.daw = daw
        self.antiphon("midi", bpm=100.0)
        self.led_by("ardour:MIDI Clock out")

    def roll(self, from_frame: int) -> None:
        """Ardour begins to play, here in its song."""
        self.daw.locate(from_frame)
        time.sleep(0.3)
        before = len(self.leader.messages)
        self.daw.roll()
        self.rig.wait_for(lambda: len(self.leader.messages) > before, "Ardour's clock", within_seconds=10.0)

    def halt(self) -> None:
        """Ardour stops."""
        self.daw.halt()
        time.sleep(0.5)

    def loop(self, first_beat: float, end_beat: float, times: int) -> list[Figures]:
        """Ardour plays from the top and leaps into a loop; gives our errors, from the second beat on, of so many times round.

        A time round in which hardly a tick can be judged does not count. Loops have to begin with a bar: Ardour 7.3 counts its
        song position in clock ticks instead of sixteenths, so that beat 16 is called 96, which is at least a first beat, too.
        And where its leap falls inside a period, its clock is silent up to the second beat.
        """
        self.roll(0)
        pressed_frame = self.rig.ear.frame
        self.daw.loop(first_beat, end_beat)
        fewest_ticks = (end_beat - first_beat - 1.0) * TICKS_PER_BEAT
        deadline = time.monotonic() + PATIENCE_SECONDS
        rounds = list[Figures]()
        while len(rounds) < times and time.monotonic() < deadline:
            time.sleep(0.5)
            theirs = [run for run in runs(self.leader)[:-1] if run.frames[0] > pressed_frame and len(run.beats) >= fewest_ticks]
            errors = [judged(run, runs(self.ours)) for run in theirs]
            rounds = [figures for figures in errors if len(figures) >= TICKS_PER_BEAT]
        self.halt()
        return rounds


def judged(theirs: Run, ours: list[Run]) -> Figures:
    """Our errors in one time round, from its second beat on."""
    middle = theirs.frames[len(theirs.frames) // 2]
    try:
        return next(errors_ms(theirs, run, after_beats=1.0) for run in ours if run.frames[0] <= middle <= run.frames[-1])
    except (Disturbed, StopIteration):
        return np.zeros(0)
