"""A museum's hall for the long benches: `antiphon gallery` on a rig of its own, visitors at the keyboard, a tape that runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import mido
import psutil

from tests.rig.gig import HAYDN
from tests.rig.rig import PEERS, SAMPLE_RATE, Rig, free_port
from tests.rig.tape import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL, NOTE_OFF, NOTE_ON, Message

ANTIPHON = Path(sys.executable).with_name("antiphon")
CLOCK = Path(__file__).with_name("wall_clock.c")
HAYDN_SECONDS = mido.MidiFile(HAYDN).length
BEFORE_OTHERS = ("setsid", "sh", "-c", '{ echo -5 > /proc/self/autogroup; } 2>/dev/null; exec "$@"', "sh")
"""As the generated unit has it: who has to be on stage in time goes before those who have time. Linux shares the processor out
among sessions first (autogrouping, sched(7)), where being nice counts for nothing: the whole session has to be weighed."""
SETTINGS = """
[agent]
model = "{model}"
parts = ["lead", "comp", "bass", "drums"]

[midi]
api = "jack"
inputs = ["keys"]
output = "ears"

[music]
density = {density}

[clock]
sync = "internal"
bpm = {bpm}

[osc]
listen = {listen}

[recording]
folder = "{folder}"

[gallery]
visitor_mode = "{visitor_mode}"
alone_after_s = {alone_after_s}
"""


@dataclass
class LongTape:
    """What came down the cable, read on piece by piece: every onset, what sounds, and for how long each note has."""

    path: Path
    onsets: list[Message] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    sounding: dict[tuple[int, int], int] = field(default_factory=dict)
    notes: list[tuple[int, int]] = field(default_factory=list)  # the frames in which each began and ended
    _read: int = 0

    def __post_init__(self) -> None:
        self.path.touch()

    def read_on(self) -> None:
        """Take in what has been written since the last time."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + bool(whole)
        for line in whole.splitlines():
            row = json.loads(line)
            self._take(Message(row["frame"], tuple(row["bytes"])))

    def _take(self, message: Message) -> None:
        if message.kind == NOTE_ON:
            self._end(message.key, message.frame)
            self.onsets.append(message)
            self.sounding[message.key] = message.frame
        elif message.kind == NOTE_OFF:
            self._end(message.key, message.frame)
        elif message.kind == CONTROL and message.data[1] in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            for key in [key for key in self.sounding if key[0] == message.data[0] & 0x0F]:
                self._end(key, message.frame)

    def _end(self, key: tuple[int, int], frame: int) -> None:
        began = self.sounding.pop(key, None)
        if began is not None:
            self.lengths.append((frame - began) / SAMPLE_RATE)
            self.notes.append((began, frame))


class WallClock:
    """The computer's idea of the date, which others may move: a small C library stands before the system's."""

    def __init__(self, folder: Path) -> None:
        self._shift, library = folder / "shift", folder / "wall_clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, CLOCK, "-ldl"], check=True)
        self._shift.write_bytes(bytes(8))
        self.environment = (f"LD_PRELOAD={library}", f"CLOCK_SHIFT={self._shift}")

    def jump(self, seconds: int) -> None:
        """From now on it is so much later, or earlier, than it was at the beginning."""
        with self._shift.open("r+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))


@dataclass
class Visit:
    """Somebody at the keyboard: what they play, and until when."""

    peer: subprocess.Popen[bytes]
    log: Path
    start_seconds: float
    seconds: float
    server: int
    ended_frame: int | None = None

    def onsets(self) -> list[tuple[int, int]]:
        """(frame, pitch) of every key that went down; none if Antiphon never found the keyboard."""
        began = [int(line) for line in self.log.read_text(errors="replace").splitlines() if line.isdigit()]
        if not began:
            return []
        onsets, seconds = [], -self.start_seconds
        for message in mido.MidiFile(HAYDN):
            seconds += message.time
            if message.type == "note_on" and message.velocity and 0.0 <= seconds < self.seconds:
                onsets.append((began[0] + round(seconds * SAMPLE_RATE), message.note))
        return [onset for onset in onsets if self.ended_frame is None or onset[0] < self.ended_frame]


class Hall:
    """The gallery in its hall. `bpm`, `model` and the visitor's mode are the curator's choice."""

    def __init__(self, folder: Path, model: str = "markov", bpm: float = 100.0, **rules: object) -> None:
        self.folder, self.bpm = folder, bpm
        self.rig = Rig(folder)
        self.recordings = folder / "recordings"
        self.run_dir = folder / "run"
        self.listen = free_port()
        self.settings = folder / "rig.toml"
        wanted = {"visitor_mode": "auto", "alone_after_s": 12.0, "density": 0.5, **rules}
        self.density = wanted["density"]
        self.text = SETTINGS.format(model=model, bpm=bpm, listen=self.listen, folder=self.recordings, **wanted)
        self.settings.write_text(self.text)
        self.tapes: list[LongTape] = []
        self.visits: list[Visit] = []
        self.servers = 1  # how many JACK servers there have been: each counts its frames anew
        self.clock = WallClock(folder) if shutil.which("cc") else None
        self.plug_in_the_ears()
        self.open()

    @property
    def tape(self) -> LongTape:
        """The tape that runs now."""
        return self.tapes[-1]

    def plug_in_the_ears(self) -> None:
        """Put the instrument there that Antiphon looks for."""
        tape = LongTape(self.folder / f"tape-{len(self.tapes)}.jsonl")
        self.ears = self.rig.peer("capture_midi.py", tape.path, "ears")
        self.tapes.append(tape)

    def open(self) -> None:
        """Start `antiphon gallery`, as the system's supervisor would."""
        first = BEFORE_OTHERS if os.geteuid() == 0 else ()
        command = (*first, ANTIPHON, "gallery", "--config", self.settings, "--run-dir", self.run_dir)
        self.gallery = self.rig.start("antiphon", *(("env", *self.clock.environment) if self.clock else ()), *command)

    def close(self) -> int:
        """Send it home as systemd does, and give its exit status; what was sent last is still written down."""
        self.send_visitor_home()
        time.sleep(0.3)
        self.gallery.send_signal(signal.SIGTERM)
        status = self.gallery.wait(15)
        time.sleep(0.3)
        self.tape.read_on()
        return status

    def pids(self) -> dict[str, int]:
        """Which process does what just now; none while a list is being written."""
        try:
            return dict(json.loads((self.run_dir / "pids.json").read_text()))
        except (OSError, json.JSONDecodeError):
            return {}

    def pid(self, who: str) -> int:
        """One of them that lives, or 0; `jack` is the performer's client on the JACK graph."""
        try:
            if who == "jack":
                children = psutil.Process(self.pid("performer")).children()
                return next((c.pid for c in children if "agent.ports.jack_client" in c.cmdline()), 0)
            pid = self.pids().get(who, 0)
            return pid if pid and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else 0
        except psutil.Error:
            return 0

    def health(self) -> dict[str, object]:
        """What it tells of itself."""
        try:
            return dict(json.loads((self.run_dir / "health.json").read_text()))
        except (OSError, json.JSONDecodeError):
            return {}

    def send(self, who: str, sign: signal.Signals) -> int:
        """Send a signal to one of its processes; its pid, or 0 when it was not there."""
        pid = self.pid(who)
        if pid:
            os.kill(pid, sign)
        return pid

    def visit(self, start_seconds: float, seconds: float) -> Visit:
        """Somebody sits down, plays Haydn from somewhere on, and leaves with their keyboard."""
        log = f"visitor-{len(self.visits)}"
        times = ("--from-seconds", f"{start_seconds:.2f}", "--for-seconds", f"{seconds:.2f}")
        peer = self.rig.start(log, sys.executable, PEERS / "play_midi_file.py", HAYDN, "keys", *times)
        self.visits.append(Visit(peer, self.folder / f"{log}.log", start_seconds, seconds, self.servers))
        return self.visits[-1]

    def send_visitor_home(self) -> None:
        """The keyboard's cable is pulled in the middle of a phrase."""
        if self.visits and self.visits[-1].peer.poll() is None:
            self.visits[-1].ended_frame = self.rig.ear.frame
            self.visits[-1].peer.kill()
            self.visits[-1].peer.wait()

    def panel_port(self) -> int:
        """Where the panel listens, or 0."""
        try:
            return int(json.loads((self.run_dir / "panel.json").read_text())["url"].rstrip("/").rpartition(":")[2])
        except (OSError, ValueError, KeyError):
            return 0

    def cue(self, address: str, types: str, *values: str) -> None:
        """Somebody's patch or sensor says something; here it is liblo."""
        self.rig.start("oscsend", "oscsend", f"osc.udp://127.0.0.1:{self.listen}", f"/antiphon{address}", types, *values).wait(
            5
        )
