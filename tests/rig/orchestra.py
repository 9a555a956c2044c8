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

[panel]
port = 0

[recording]
folder = "{folder}"
"""


@dataclass(frozen=True)
class Run:
    """A stretch of ticks between a start or continue and a stop: the JACK frame of each, and the beat it stands for."""

    frames: npt.NDArray[np.float64]
    beats: npt.NDArray[np.float64]


def runs(tape: Tape) -> list[Run]:
    """What a clock said, as runs."""
    found: list[list[tuple[int, float]]] = []
    place, running, usual_frames = 0.0, False, float(np.median(spans(tape.messages)))
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
            if found[-1] and message.frame - found[-1][-1][0] < usual_frames * 0.3:
                continue  # a tape that was late has heard one cycle twice
            place += _lost_ticks([frame for frame, _ in found[-1][-2:]], message.frame, usual_frames) / TICKS_PER_BEAT
            found[-1].append((message.frame, place))
            place += 1.0 / TICKS_PER_BEAT
    return [Run(*np.array(run, dtype=np.float64).T) for run in found if len(run) > 1]


def _lost_ticks(last_frames: list[int], frame: int, usual_frames: float) -> int:
    """How many ticks a tape on a busy machine has missed before this one; a clock that has just begun may still be slow."""
    if len(last_frames) < 2:
        return 0
    steps = (frame - last_frames[1]) / max(last_frames[1] - last_frames[0], usual_frames)
    return round(steps) - 1 if steps > 1.6 else 0


def errors_ms(master: Run, ours: Run, after_beats: float) -> npt.NDArray[np.float64]:
    """How far each of our ticks is from where the master's same beat was, from some beats after its beginning on, sorted."""
    inside = (ours.frames >= np.interp(master.beats[0] + after_beats, master.beats, master.frames)) & (
        ours.frames <= master.frames[-1]
    )
    frames = np.interp(ours.beats[inside], master.beats, master.frames)
    return np.sort(np.abs(ours.frames[inside] - frames)) / SAMPLE_RATE * 1000.0


class Orchestra:
    """Who keeps time on a rig."""

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
        self.rig.ear.plug(self.rig.ear.port("Antiphon:Clock", within_seconds=20.0), self.rig.ear.port("second:in"))

    def master(self, tempo: str, jitter_percent: int = 0) -> None:
        """A metronome that is JACK's timebase, its clock on a MIDI cable to Antiphon and to a tape."""
        self.rig.start("klick", "klick", "-T", "-n", "klick", *tempo.split())
        jitter = ("-J", str(jitter_percent)) if jitter_percent else ()
        self.rig.start("jack_midi_clock", "jack_midi_clock", "-d", "0", *jitter)
        self.rig.peer("capture_midi.py", self.leader.path, "first")
        clock = self.rig.ear.port("jack_midi_clock:mclk_out")
        self.rig.ear.plug(clock, self.rig.ear.port("first:in"))
        self.rig.ear.plug(clock, self.rig.ear.port("Antiphon:In"))

    def roll(self, seconds: float, from_frame: int | None = None) -> None:
        """Everybody plays for a while, from where they stand or from elsewhere."""
        if from_frame is not None:
            self.rig.ear.client.transport_frame = from_frame
            time.sleep(0.3)
        self.rig.ear.client.transport_start()
        time.sleep(seconds)

    def halt(self) -> None:
        """Everybody stops."""
        self.rig.ear.client.transport_stop()
        time.sleep(0.5)

    def judge(self, seconds: float) -> npt.NDArray[np.float64]:
        """The tempo that jack_mclk_dump hears in our clock at each tick, filtered, once it has settled."""
        self.rig.start("mclk_dump", "stdbuf", "-oL", "jack_mclk_dump", "-n", "Antiphon:Clock")
        time.sleep(seconds)
        filtered = np.array(DUMPED.findall(self.rig.log("mclk_dump")), dtype=np.float64)
        return filtered[len(filtered) // 2 :]


def spans(messages: list[Message]) -> list[int]:
    """From tick to tick, in frames."""
    ticks = [message.frame for message in messages if message.data[0] == TICK]
    return [later - earlier for earlier, later in pairwise(ticks)]
