"""Antiphon among others who keep time: klick and jack_midi_clock lead it, jack_mclk_dump and a tape judge its own clock."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.rig.rig import SAMPLE_RATE, Rig, free_port
from tests.rig.tape import Message, Tape

POSITION, TICK, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
TICKS_PER_BEAT = 24
DUMPED = re.compile(r"flt:\s*([\d.]+)")

SETTINGS = """
[agent]
mode = "listen"
model = "markov"

[midi]
api = "jack"

[clock]
sync = "{sync}"
bpm = {bpm}
send = true

[osc]
listen = {listen}
tcp = 0
query = 0

[panel]
port = 0

[recording]
folder = "{folder}"
"""


Figures = npt.NDArray[np.float64]
CALM_SECONDS, CALM_FOR_SECONDS = 0.002, 1.0
"""A tick is judged where the server has kept pace, within so much, for so long. When it stands still, so does everybody on its
graph, and all its frames come later: that much time we have to be together again."""
PATIENCE_SECONDS, SETTLING_SECONDS = 45.0, 2.0
MOST_TAKES = 4


class Disturbed(Exception):
    """The machine was too busy to say anything about a clock: a tape was not called for each cycle, or nothing was calm."""


@dataclass(frozen=True)
class Run:
    """A stretch of ticks between a start or continue and a stop: the JACK frame of each, and the beat it stands for."""

    frames: Figures
    beats: Figures
    server_zero_seconds: Figures
    missed_cycles: Figures

    @property
    def is_whole(self) -> bool:
        """Whether the tape has heard every tick of it."""
        return bool(self.missed_cycles[0] == self.missed_cycles[-1])

    def calm(self, for_seconds: float) -> npt.NDArray[np.bool_]:
        """Where the server had kept pace for so long."""
        first = np.searchsorted(self.frames, self.frames - for_seconds * SAMPLE_RATE)
        zeros = self.server_zero_seconds
        return np.array([np.ptp(zeros[since : here + 1]) < CALM_SECONDS for here, since in enumerate(first)])


def runs(tape: Tape) -> list[Run]:
    """What a clock said, as runs."""
    found: list[list[tuple[float, ...]]] = []
    place, running = 0.0, False
    for message in tape.messages:
        kind = message.data[0]
        if kind == POSITION:
            place = (message.data[1] | message.data[2] << 7) / 4.0
        if kind == START:
            place = 0.0
        if kind in (START, CONTINUE, POSITION):
            running = running or kind != POSITION
            found.append([])
        if kind == STOP:
            running = False
        if kind == TICK and running:
            found[-1].append((message.frame, place, message.server_zero_seconds, message.missed_cycles))
            place += 1.0 / TICKS_PER_BEAT
    return [Run(*np.array(run, dtype=np.float64).T) for run in found if len(run) > 1]


def errors_ms(master: Run, ours: Run, after_beats: float, calm_seconds: float = CALM_FOR_SECONDS) -> Figures:
    """How far each of our ticks is from where the master's same beat was, from some beats after its beginning on, sorted.

    Only where the server kept pace.
    """
    if not (master.is_whole and ours.is_whole):
        raise Disturbed
    inside = (ours.frames >= np.interp(master.beats[0] + after_beats, master.beats, master.frames)) & (
        ours.frames <= master.frames[-1]
    )
    inside &= ours.calm(calm_seconds)
    frames = np.interp(ours.beats[inside], master.beats, master.frames)
    return np.sort(np.abs(ours.frames[inside] - frames)) / SAMPLE_RATE * 1000.0


class Orchestra:
    """Who keeps time on a rig."""

    calm_seconds = CALM_FOR_SECONDS

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.listen = free_port()
        self.leader, self.ours = Tape(rig.folder / "leader.jsonl"), Tape(rig.folder / "ours.jsonl")

    def antiphon(self, sync: str, bpm: float) -> None:
        """Antiphon comes on, and a tape takes down the clock it sends."""
        settings = self.rig.folder / "rig.toml"
        settings.write_text(SETTINGS.format(sync=sync, bpm=bpm, listen=self.listen, folder=self.rig.folder / "recordings"))
        self.rig.start("antiphon", Path(sys.executable).with_name("antiphon"), "jam", "--config", settings, "--headless")
        self.rig.peer("capture_midi.py", self.ours.path, "second")
        self.rig.ear.plug(self.rig.ear.port("Antiphon:Clock"), self.rig.ear.port("second:in"))

    def master(self, tempo: str, jitter_percent: int = 0) -> None:
        """A metronome that is JACK's timebase, its clock on a MIDI cable to Antiphon and to a tape."""
        self.rig.start("klick", "klick", "-T", "-n", "klick", *tempo.split())
        jitter = ("-J", str(jitter_percent)) if jitter_percent else ()
        self.rig.start("jack_midi_clock", "jack_midi_clock", "-d", "0", *jitter)
        self.led_by("jack_midi_clock:mclk_out")

    def led_by(self, port: str) -> None:
        """Plug a clock into Antiphon and into a tape."""
        self.rig.peer("capture_midi.py", self.leader.path, "first")
        clock = self.rig.ear.port(port)
        self.rig.ear.plug(clock, self.rig.ear.port("first:in"))
        self.rig.ear.plug(clock, self.rig.ear.port("Antiphon:In"))

    def follow(self, ticks: int, after_beats: float, from_frame: int = 0) -> Figures:
        """Everybody plays until so many of our ticks can be judged; gives their errors. A disturbed take is repeated."""
        for _ in range(MOST_TAKES):
            self.roll(from_frame)
            try:
                return self._judged(ticks, after_beats)
            except Disturbed:
                pass
            finally:
                self.halt()
        raise Disturbed(f"in {MOST_TAKES} takes of {PATIENCE_SECONDS:g} s the JACK server has hardly ever kept pace")

    def roll(self, from_frame: int) -> None:
        """Everybody begins to play, here in the song."""
        self.rig.ear.client.transport_frame = from_frame
        time.sleep(0.3)
        self.rig.ear.client.transport_start()

    def halt(self) -> None:
        """Everybody stops."""
        self.rig.ear.client.transport_stop()
        time.sleep(0.5)

    def judge(self, seconds: float) -> tuple[Figures, Figures]:
        """The tempo that jack_mclk_dump hears in our clock, and our steps in frames, for a while in which all was calm."""
        self.rig.start("mclk_dump", "stdbuf", "-oL", "jack_mclk_dump", "-n", "Antiphon:Clock")
        for _ in range(MOST_TAKES):
            time.sleep(SETTLING_SECONDS)
            begun = len(self.ours.messages)
            time.sleep(seconds)
            heard = self.ours.messages[begun:]
            if np.ptp([message.server_zero_seconds for message in heard]) < CALM_SECONDS:
                filtered = np.array(DUMPED.findall(self.rig.log("mclk_dump")), dtype=np.float64)
                return filtered[-len(heard) :], np.array(spans(heard), dtype=np.float64)
        raise Disturbed(f"in {MOST_TAKES} takes of {seconds:g} s the JACK server has never kept pace")

    def _judged(self, ticks: int, after_beats: float) -> Figures:
        deadline = time.monotonic() + PATIENCE_SECONDS
        begun = len(runs(self.leader)), len(runs(self.ours))
        while time.monotonic() < deadline:
            time.sleep(0.5)
            theirs, ours = runs(self.leader)[begun[0] :], runs(self.ours)[begun[1] :]
            if theirs and ours and len(errors := errors_ms(theirs[-1], ours[-1], after_beats, self.calm_seconds)) >= ticks:
                return errors
        raise Disturbed


def spans(messages: list[Message]) -> list[int]:
    """From tick to tick, in frames."""
    ticks = [message.frame for message in messages if message.data[0] == TICK]
    return [later - earlier for earlier, later in pairwise(ticks)]
