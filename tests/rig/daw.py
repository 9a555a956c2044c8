"""Ardour without a screen, on the rig: a session with a track for each of our parts, led through its OSC surface."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import mido

from tests.rig.rig import SAMPLE_RATE, Rig

T = TypeVar("T")

PARTS = ("lead", "comp", "bass", "drums")
LIBRARY = Path("/usr/lib/ardour7")
SURFACE, FEEDBACK = 3819, 9002
BPM = 120.0
MOST_TAKES = 4

MAKE_SESSION = """
AudioEngine:set_backend("None (Dummy)", "", "")
s = create_session("{folder}", "gig", 48000)
local tempi = Temporal.TempoMap.fetch_writable()
tempi:set_tempo(Temporal.Tempo({bpm}, {bpm}, 4), Temporal.timepos_t(0))
Temporal.TempoMap.update(tempi)
for _, name in ipairs({{{names}}}) do
  local midi = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
  local tracks = s:new_midi_track(midi, midi, true, ARDOUR.PluginInfo(), nil, nil, 1, name,
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
  for t in tracks:iter() do t:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup) end
end
s:save_state("")
close_session()
quit()
"""
SETTINGS = '<Ardour><MIDIPorts/><Config><Option name="send-midi-clock" value="1"/></Config></Ardour>'


@dataclass(frozen=True)
class Recorded:
    """One note on a track, in seconds from where the recording begins."""

    seconds: float
    end_seconds: float
    pitch: int
    velocity: int


class Ardour:
    """A DAW in a network of its own, since it listens to the whole network."""

    def __init__(self, rig: Rig, bpm: float = BPM) -> None:
        self._rig, self.folder, self.bpm = rig, rig.folder / "session", bpm
        self._home = rig.folder / "ardour-home"
        self._make_session()
        self._start()

    def surface(self, address: str, *values: str) -> None:
        """Turn something on its OSC surface."""
        types = ("i" * len(values),) if values else ()
        command = ["oscsend", f"osc.udp://127.0.0.1:{SURFACE}", address, *types, *values]
        subprocess.run(["nsenter", "--target", str(self._pid), "--net", *command], check=True, timeout=10)

    def says(self, pattern: str) -> bool:
        """Whether its surface has said so."""
        return re.search(pattern, self._rig.log("surface")) is not None

    def roll(self) -> None:
        """Press play."""
        self.surface("/transport_play", "1")

    def record(self) -> None:
        """Arm everything and roll."""
        for strip in range(1, len(PARTS) + 1):
            self.surface("/strip/recenable", str(strip), "1")
            self._rig.wait_for(lambda strip=strip: self.says(rf"/strip/recenable if {strip} 1"), "a track to be armed")
        self.surface("/rec_enable_toggle", "1")
        self._rig.wait_for(lambda: self.says(r"/rec_enable_toggle f 1"), "Ardour to be armed")
        self.roll()

    def halt(self) -> None:
        """Press stop."""
        self.surface("/transport_stop", "1")

    def locate(self, frame: int) -> None:
        """Go there in the song."""
        self.surface("/locate", str(frame), "0")

    def loop(self, first_beat: float, end_beat: float) -> None:
        """Press loop: it leaps to the first of these beats and plays on from there, again and again."""
        self.surface("/loop_location", *(str(round(beat * 60.0 / self.bpm * SAMPLE_RATE)) for beat in (first_beat, end_beat)))
        self.surface("/loop_toggle")

    def save(self) -> None:
        """Write everything down."""
        self.surface("/save_state")
        time.sleep(1.0)

    def track(self, part: str) -> list[Recorded]:
        """What it has recorded of a part."""
        sources = re.findall(r'<Source name="([^"]*\.mid)"', (self.folder / "gig.ardour").read_text())
        (name,) = (name for name in sources if f"_{part}-" in name)
        (path,) = self.folder.rglob(f"midifiles/{name}")
        return notes_of(path)

    def _make_session(self) -> None:
        if shutil.which("ardour7-lua") is None:
            raise FileNotFoundError("this needs Ardour 7: apt install ardour")
        script = self._rig.folder / "make_session.lua"
        script.write_text(MAKE_SESSION.format(folder=self.folder, bpm=self.bpm, names=", ".join(f'"{part}"' for part in PARTS)))
        made = self._rig.start("ardour7-lua", "env", *self._environment(), "ardour7-lua", script)
        made.wait(30)
        session = self.folder / "gig.ardour"
        osc = '<Protocol name="Open Sound Control (OSC)" active="'
        session.write_text(session.read_text().replace(f'{osc}0"', f'{osc}1"'))

    def _start(self) -> None:
        (self._home / "ardour7").mkdir(parents=True, exist_ok=True)
        (self._home / "ardour7" / "config").write_text(SETTINGS)
        (program,) = LIBRARY.glob("hardour-*")
        peer = self._rig.start(
            "hardour",
            *("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"),
            *("env", *self._environment(), program, "-c", "ardour", self.folder, "gig"),
        )
        self._pid = peer.pid
        for part in PARTS:
            self._rig.ear.port(f"ardour:{part}/midi_in", within_seconds=20.0)
        room = ("nsenter", "--target", str(self._pid), "--net")
        self._rig.start("surface", *room, "stdbuf", "-oL", "oscdump", "-L", str(FEEDBACK))
        self._rig.wait_for(self._answers, "Ardour's OSC surface")

    def _answers(self) -> bool:
        self.surface("/set_surface", "0", "159", "17", "0", "0", "0", str(FEEDBACK))
        return self.says("/strip/name")

    def _environment(self) -> list[str]:
        paths = {"ARDOUR_DATA_PATH": "/usr/share/ardour7", "ARDOUR_CONFIG_PATH": "/etc/ardour7", "ARDOUR_DLL_PATH": LIBRARY}
        rest = {"LD_LIBRARY_PATH": LIBRARY, "XDG_CONFIG_HOME": self._home, "LC_ALL": "C.UTF-8"}
        return [f"{name}={value}" for name, value in {**paths, **rest}.items()]


def on_stage(folder: Path, play: Callable[[Rig, Ardour], T], bpm: float = BPM) -> T:
    """Play a take with Ardour, in this tempo, on a rig; another one, up to four, if it has lost its server meanwhile.

    On a busy machine the two misunderstand each other when others come.
    """
    take = 0
    while True:
        take += 1
        (folder / str(take)).mkdir(parents=True)
        rig = Rig(folder / str(take))
        try:
            return play(rig, Ardour(rig, bpm))
        except TimeoutError:
            if "JACK HALTED" not in rig.log("hardour") or take == MOST_TAKES:
                raise
        finally:
            rig.close()


def notes_of(path: Path) -> list[Recorded]:
    """The notes of a file that Ardour has recorded at its own tempo."""
    file = mido.MidiFile(path)
    second_a_tick = 60.0 / BPM / file.ticks_per_beat
    notes, down, tick = list[Recorded](), dict[int, tuple[int, int]](), 0
    for message in mido.merge_tracks(file.tracks):
        tick += message.time
        if message.type == "note_on" and message.velocity:
            down[message.note] = (tick, message.velocity)
        elif message.type in ("note_on", "note_off") and message.note in down:
            began, velocity = down.pop(message.note)
            notes.append(Recorded(began * second_a_tick, tick * second_a_tick, message.note, velocity))
    return sorted(notes, key=lambda note: (note.pitch, note.seconds))  # what is struck at once may lie in either order
