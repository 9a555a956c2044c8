"""A stage of real peers for tests: a JACK server without hardware, instruments, patches, and ears that hear all of them.

Every peer is a child that dies with the test, is started and ended by its own handle, and lives in a JACK server of its own
name, so that a rig never meets another one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import IO

import numpy as np
import numpy.typing as npt

from tests.rig.ear import PATIENCE_SECONDS, Ear

PEERS = Path(__file__).parent / "peers"
PATCHES = Path(__file__).parents[2] / "patches"
SAMPLE_RATE = 48000
PERIOD_FRAMES = 128
SOUNDFONTS = ("/usr/share/sounds/sf2/TimGM6mb.sf2", "/usr/share/sounds/sf2/default-GM.sf2")


class Rig:
    """One JACK server, one pair of ears, and whoever plays with us tonight."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name, self._reserved = _reserve_name()
        os.environ["JACK_DEFAULT_SERVER"] = self.name
        os.environ["JACK_NO_START_SERVER"] = "1"
        self._peers: list[subprocess.Popen[bytes]] = []
        # Our ear is on the graph, too, which waits for it. Those whom we start take nothing of it over.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(30))
        self.start_server()

    def start_server(self) -> None:
        """Switch JACK on, and listen."""
        # Synchronous: on a busy machine the server then waits for its peers, instead of losing what they say.
        server = ["jackd", "-n", self.name, "-S", "-R", "-P70"]
        self.server = self._start("jackd", [*server, "-d", "dummy", "-r", str(SAMPLE_RATE), "-p", str(PERIOD_FRAMES)])
        self.ear = Ear()

    def kill_server(self) -> None:
        """Tear JACK away from everybody, as a crash would. Our own ear leaves first: JACK may keep it waiting for ever."""
        self.ear.close()
        self.server.kill()
        self.end(self.server)

    def start(self, name: str, *args: str | Path) -> subprocess.Popen[bytes]:
        """Start a peer; what it says goes to `<name>.log` in the rig's folder."""
        return self._start(name, [str(arg) for arg in args])

    def peer(self, script: str, *args: str | Path) -> subprocess.Popen[bytes]:
        """Start one of the foreign scripts in `peers`; none of them knows Antiphon."""
        return self.start(Path(script).stem, sys.executable, PEERS / script, *args)

    def log(self, name: str) -> str:
        """What a peer has said so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def end(self, peer: subprocess.Popen[bytes]) -> None:
        """Ask a peer to leave, and see it off."""
        if peer in self._peers:
            self._peers.remove(peer)
        peer.terminate()
        try:
            peer.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            peer.kill()
            peer.communicate()

    def close(self) -> None:
        """Everybody leaves: the peers in reverse order, the server last."""
        self.ear.close()
        for peer in [*reversed([peer for peer in self._peers if peer is not self.server]), self.server]:
            self.end(peer)
        self._reserved.close()
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    def fluidsynth(self) -> str:
        """Set up a piano at MIDI port `fluid:midi_00`; gives the name of its left output."""
        font = next(path for path in SOUNDFONTS if Path(path).exists())
        options = ["-o", "audio.jack.autoconnect=0", "-o", "audio.jack.id=fluid", "-o", "midi.jack.id=fluid"]
        sound = ["-i", "-a", "jack", "-m", "jack", "-r", str(SAMPLE_RATE), "-R", "0", "-C", "0", "-g", "0.8"]
        # Its shell would end at the end of standard input, so it runs as a server, on a port that nobody else has.
        self.start("fluidsynth", "fluidsynth", "-s", "-o", f"shell.port={free_port('tcp')}", *sound, *options, font)
        self.ear.port("fluid:midi_00", is_input=True)
        return self.ear.port("fluid:left", is_output=True)

    def pure_data(self, port: int) -> None:
        """Open the cue patch that ships with Antiphon; it prints every cue that it understands."""
        patch = PATCHES / "puredata" / "antiphon-cues.pd"
        self.start(
            "pd", "pd", "-nogui", "-stderr", "-noaudio", "-nomidi", "-noprefs", "-send", f"cue-port {port}", "-open", patch
        )
        self.wait_for(lambda: f"cues: listening on {port}" in self.log("pd"), "Pure Data to listen")

    def super_collider(self, port: int) -> tuple[subprocess.Popen[bytes], str]:
        """Open the patch that ships with Antiphon in SuperCollider, and boot its server; gives the peer and its left output."""
        home = self.folder / "sc-home"
        home.mkdir(mode=0o700)
        # As root its browser part would wait for half a minute and give up.
        calm = ("QTWEBENGINE_DISABLE_SANDBOX=1", "QT_QPA_PLATFORM=offscreen", f"XDG_RUNTIME_DIR={home}", f"HOME={home}")
        patch = PATCHES / "supercollider" / "antiphon-cues.scd"
        peer = self.start("sclang", "env", *calm, "sclang", "-D", "-u", str(port), patch)
        self.wait_for(lambda: f"antiphon: listening on {port}" in self.log("sclang"), "SuperCollider to listen")
        return peer, self.ear.port("SuperCollider:out_1", is_output=True)

    def oscdump(self, port: int) -> None:
        """Have liblo print every OSC message that comes to a port."""
        self.start("oscdump", "oscdump", "-L", str(port))
        self.wait_for(lambda: _is_bound(port), "oscdump to listen")

    def wait_for(self, condition: Callable[[], bool], what: str, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Go on as soon as something holds; fail by name when it takes too long."""
        deadline = time.monotonic() + within_seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {within_seconds:g} s in vain for {what}")
            time.sleep(0.02)

    def _start(self, name: str, args: list[str]) -> subprocess.Popen[bytes]:
        if shutil.which(args[0]) is None:
            raise FileNotFoundError(f"the rig needs {args[0]}; run `make system` as root, or install what it names")
        with (self.folder / f"{name}.log").open("ab") as log:
            # A pipe that stays open: several programs leave when their input ends. With the test, whatever kills it, all end.
            command = ["setpriv", "--pdeathsig", "TERM", *args]
            peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        self._peers.append(peer)
        return peer


def _reserve_name() -> tuple[str, IO[bytes]]:
    """A server name that is ours as long as the file stays open.

    JACK has eight slots for servers and gives the slot of a crashed one only to its namesake: names have to be used again.
    """
    for number in range(4):
        lock = Path(gettempdir(), f"antiphon-rig-{number}.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return f"antiphon-rig-{number}", lock
    raise RuntimeError("four rigs are already playing on this computer")


def rms(samples: npt.NDArray[np.float32]) -> float:
    """How loud it was; 0 is silence."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def free_port(kind: str = "udp") -> int:
    """A port number that nobody uses just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_bound(port: int) -> bool:
    """Whether somebody listens on a UDP port, without disturbing them."""
    rows = Path("/proc/net/udp").read_text().splitlines() + Path("/proc/net/udp6").read_text().splitlines()
    return any(f":{port:04X} " in row for row in rows)
