"""Antiphon on the rig: a keyboard player who knows nothing of it, Antiphon itself, a piano, and two receivers of its cues."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import psutil

from tests.rig.rig import PATIENCE_SECONDS, SAMPLE_RATE, Rig, free_port
from tests.rig.tape import Message, Tape

HAYDN = Path(__file__).parent / "music" / "haydn_upper_voice.mid"
BPM = 100.0
BEAT_SECONDS = 60.0 / BPM
CUE = re.compile(r"/antiphon/(agent|human)/note \w+ (\d+) (\d+) (\S+) (\d+) ([01])")

SETTINGS = f"""
[midi]
api = "jack"

[clock]
sync = "internal"
bpm = {BPM}

[osc]
listen = {{listen}}
tcp = 0
query = 0
targets = ["127.0.0.1:{{pd}}", "127.0.0.1:{{dump}}"]

[panel]
port = 0

[recording]
folder = "{{folder}}"

[music]
humanize = 0
"""


@dataclass(frozen=True)
class NoteCue:
    """A note as the room was told of it."""

    who: str
    pitch: int
    on: bool


class Gig:
    """One evening: everybody is plugged in, and Antiphon waits for the first note."""

    def __init__(self, rig: Rig, ports: tuple[str, ...] = ("--in", "keys", "--out", "ears")) -> None:
        self.rig = rig
        self._pids_file = rig.folder / "run" / "pids.json"
        self.set_up_instruments()
        pd, dump, self._listen = free_port(), free_port(), free_port()
        rig.pure_data(pd)
        rig.oscdump(dump)
        settings = rig.folder / "rig.toml"
        settings.write_text(SETTINGS.format(pd=pd, dump=dump, listen=self._listen, folder=rig.folder / "recordings"))
        antiphon = Path(sys.executable).with_name("antiphon")
        options = ("--config", settings, "--mode", "accompany", "--run-dir", self._pids_file.parent)
        self.jam = rig.start("antiphon", antiphon, "jam", *options, *ports)
        rig.wait_for(lambda: bool(self.pids().get("performer")), "Antiphon to start its processes")

    def set_up_instruments(self) -> None:
        """A tape that writes down what Antiphon plays, and behind it a piano."""
        self.tape = Tape(self.rig.folder / f"tape-{time.monotonic_ns()}.jsonl")
        self.rig.peer("capture_midi.py", self.tape.path, "ears")
        self.sound = self.rig.fluidsynth()
        self.rig.ear.plug(self.rig.ear.port("ears:thru"), "fluid:midi_00")

    def pids(self) -> dict[str, int]:
        """Which process does what just now."""
        try:
            return dict(json.loads(self._pids_file.read_text()))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def is_plugged_in(self) -> bool:
        """Whether Antiphon's cable ends in the piano."""
        assert self.jam.poll() is None, self.rig.log("antiphon")
        return bool(self.rig.ear.cables("ears:in"))

    def play(self, from_seconds: float = 0.0, for_seconds: float = 30.0) -> Popen[bytes]:
        """Somebody plays Haydn; Antiphon has to find their keyboard before the first note."""
        times = ("--from-seconds", str(from_seconds), "--for-seconds", str(for_seconds))
        return self.rig.peer("play_midi_file.py", HAYDN, "keys", *times)

    def beginnings(self) -> list[int]:
        """The frames in which somebody began to play: one for every call of `play` whose keyboard Antiphon has found."""
        return [int(line) for line in self.rig.log("play_midi_file").splitlines() if line.isdigit()]

    def wait_for_player(self, number: int) -> int:
        """The frame in which the player of that number begins, counted from 1."""
        self.rig.wait_for(lambda: len(self.beginnings()) >= number, "Antiphon to find the keyboard")
        return self.beginnings()[number - 1]

    def cue(self, address: str, types: str, *values: str) -> None:
        """Somebody's patch asks Antiphon for something; here it is liblo."""
        address = f"/antiphon{address}"
        self.rig.start("oscsend", "oscsend", f"osc.udp://127.0.0.1:{self._listen}", address, types, *values).wait(
            PATIENCE_SECONDS
        )

    def kill(self, who: str) -> int:
        """Kill one of Antiphon's processes with no chance to say goodbye; gives the frame in which it died."""
        os.kill(self.pids()[who], signal.SIGKILL)
        return self.rig.ear.frame

    def wait_for_note(self, since_frame: int = 0) -> Message:
        """The first note that Antiphon plays from a frame on."""
        self.rig.wait_for(lambda: bool(self.tape.note_ons(since_frame)), "a note from Antiphon")
        return self.tape.note_ons(since_frame)[0]

    def wait_for_new(self, who: str, old_pid: int) -> None:
        """Wait until a process that was killed lives again."""
        self.rig.wait_for(lambda: _lives(self.pids().get(who, old_pid), old_pid), f"a new {who}")

    def cues(self, who: str) -> list[NoteCue]:
        """The note cues that reached liblo so far."""
        found = CUE.findall(self.rig.log("oscdump"))
        return [NoteCue(player, int(pitch), on == "1") for player, _, pitch, _, _, on in found if player == who]

    def wait_for_cues(self, who: str, struck: list[int]) -> None:
        """Until the room has been told of exactly these notes; both receivers may still be writing.

        Only where JACK's own log says that it gave up a cycle may the tape lack one note in twenty.
        """
        what = f"the room to be told of {who}'s {len(struck)} notes"

        def told() -> bool:
            pitches = [cue.pitch for cue in self.cues(who) if cue.on]
            rest = iter(pitches)
            if "Process error" not in self.rig.log("jackd"):
                return pitches == struck
            return len(struck) >= 0.95 * len(pitches) and all(pitch in rest for pitch in struck)

        self.rig.wait_for(told, what)
        self.rig.wait_for(lambda: self.rig.log("pd").count(f"{who}-note:") == len(self.cues(who)), what)

    def is_over(self) -> bool:
        """Whether none of Antiphon's processes is left."""
        return not any(_lives(pid) for pid in self.pids().values())

    def finish(self) -> None:
        """Say goodbye as a person would, with Ctrl-C; Antiphon leaves nothing sounding and nobody behind."""
        self.jam.send_signal(signal.SIGINT)
        assert self.jam.wait(PATIENCE_SECONDS) == 0, self.rig.log("antiphon")
        # What was sent last has still to be written down.
        self.rig.wait_for(lambda: self.tape.hanging() == set(), "the last note to end", 5.0)
        assert "Traceback" not in self.rig.log("antiphon")
        assert self.is_over()


def seconds_between(earlier: int, later: int) -> float:
    """From one JACK frame to another."""
    return (later - earlier) / SAMPLE_RATE


def _lives(pid: int, other_than: int = 0) -> bool:
    if pid == other_than or not psutil.pid_exists(pid):
        return False
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
