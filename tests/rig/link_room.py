"""Two rooms with networks of their own and a cable between them, so that a Link session in them meets nobody outside.

Antiphon sits in the first, strangers beside it or next door.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

PEER = Path(__file__).parent / "peers" / "link_peer.py"
LINK_CLOCK = PEER.with_name("link_clock.py")
WALLS = Path(__file__).parent / "two_rooms.sh"
QUANTUM = 4.0
PATIENCE_SECONDS = 40.0
Figures = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """Where somebody's beat was."""

    second: float
    beat: float
    bpm: float
    rest: tuple[str, ...]


class Seat:
    """One process in the session, and what it has written down."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log

    def tell(self, order: str) -> None:
        """Ask somebody for something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n".encode())
        self.process.stdin.flush()

    def looks(self) -> list[Look]:
        """Everything so far; a half-written last line waits for its end."""
        rows = [line.split() for line in self._log.read_text().split("\n")[:-1]]
        return [Look(*map(float, row[:3]), tuple(row[3:])) for row in rows if len(row) == 5]

    def leave(self) -> None:
        """Get up and go."""
        self.process.terminate()
        self.process.communicate(timeout=10)


class LinkRoom:
    """The rooms; `close` them and everybody leaves."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._seats = folder, list[Seat]()
        mapped = () if os.geteuid() == 0 else ("--map-root-user",)
        command = ["setpriv", "--pdeathsig", "TERM", "unshare", "--net", *mapped, "sh", str(WALLS)]
        self._walls = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._walls.stdout is not None
        next_door = self._walls.stdout.readline().strip()
        assert next_door.isdigit(), "the rig needs unshare, nsenter, setpriv and ip, and a kernel with veth"
        self._here, self._next_door = self._walls.pid, int(next_door)

    def antiphon(self, bpm: float) -> Seat:
        """Antiphon takes its seat."""
        run_dir = self._folder / f"run-{len(self._seats)}"
        run_dir.mkdir()
        return self._sit(f"antiphon-{len(self._seats)}", "-m", "tests.rig.link_seat", str(run_dir), str(bpm))

    def stranger(self, bpm: float, next_door: bool = False) -> Seat:
        """A peer that knows nothing of Antiphon."""
        room = self._next_door if next_door else self._here
        return self._sit(f"stranger-{len(self._seats)}", str(PEER), str(bpm), str(QUANTUM), room=room)

    def super_collider(self) -> Seat:
        """SuperCollider's LinkClock sits down next door."""
        if shutil.which("sclang") is None:
            raise FileNotFoundError("the rig needs sclang; run `make system` as root, or install supercollider-language")
        return self._sit("sclang", str(LINK_CLOCK), str(self._folder / "sclang"), room=self._next_door)

    def cable(self, plugged: bool) -> None:
        """Pull the cable between the rooms, or plug it in again."""
        self.call("ip", "link", "set", "cable", "up" if plugged else "down")

    def call(self, *command: str) -> None:
        """Do something in the first room."""
        door = ["nsenter", "--target", str(self._here), "--net", *self._mapped()]
        subprocess.run([*door, *command], check=True, timeout=10)

    def jam(self, settings: Path) -> Seat:
        """The whole of Antiphon takes its seat, with a rig of its own."""
        return self._sit("jam", "-m", "agent.cli", "jam", "--config", str(settings), "--headless")

    def wait_for(self, condition: Callable[[], bool], what: str, within_seconds: float = PATIENCE_SECONDS) -> float:
        """Go on as soon as something holds; gives the seconds it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < within_seconds, f"waited {within_seconds:g} s in vain for {what}"
            time.sleep(0.02)
        return time.monotonic() - began

    def close(self) -> None:
        """Everybody leaves, and the walls come down."""
        for seat in self._seats:
            seat.leave()
        self._walls.terminate()
        self._walls.communicate(timeout=10)

    def _sit(self, name: str, *args: str, room: int | None = None) -> Seat:
        door = ["setpriv", "--pdeathsig", "TERM", "nsenter", "--target", str(room or self._here), "--net", *self._mapped()]
        log = self._folder / f"{name}.log"
        with log.open("wb") as out, (self._folder / f"{name}.err").open("wb") as err:
            command = [*door, sys.executable, *args]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=Path(__file__).parents[2])
        self._seats.append(Seat(process, log))
        return self._seats[-1]

    @staticmethod
    def _mapped() -> tuple[str, ...]:
        return () if os.geteuid() == 0 else ("--user", "--preserve-credentials")


def agrees(seat: Seat, bpm: float, source: str = "link") -> bool:
    """Whether the beat that Antiphon keeps has that tempo, and whose it is."""
    looks = seat.looks()
    return bool(looks) and abs(looks[-1].bpm - bpm) < 0.05 and looks[-1].rest[0] == source


def assert_together(ours: Seat, *others: Seat, seconds: float, times: float = 1.0) -> None:
    """For some seconds all are within two milliseconds of us."""
    since = time.perf_counter()
    time.sleep(seconds)
    for theirs in others:
        apart = apart_ms(ours, theirs, since, times)
        assert np.percentile(apart, 95) <= 2.0, f"{apart} ms"


def apart_ms(ours: Seat, theirs: Seat, since: float, times: float = 1.0) -> Figures:
    """How far our beat, within the bar, was from theirs at each of our looks from an instant on, sorted.

    One of our beats may be several times as long as one of theirs.
    """
    their_looks = theirs.looks()
    their_seconds = np.array([look.second for look in their_looks])
    their_beats = np.array([look.beat for look in their_looks]) / times
    looks = [look for look in ours.looks() if since <= look.second <= their_seconds[-1]]
    beats = np.interp([look.second for look in looks], their_seconds, their_beats)
    away = np.array([look.beat for look in looks]) - beats
    away -= np.round(away * times / QUANTUM) * QUANTUM / times
    return np.sort(np.abs(away) * 60_000.0 / np.array([look.bpm for look in looks]))
