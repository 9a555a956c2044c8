"""How exactly notes meet their frames: what the performer planned in seconds against what a stranger's tape heard in frames."""

from __future__ import annotations

import sys
import time
from collections import defaultdict, deque

import numpy as np
import numpy.typing as npt

from tests.rig.frame_seat import FIRST_SECONDS
from tests.rig.rig import PERIOD_FRAMES, Rig
from tests.rig.tape import Tape

AFTERMATH_SECONDS = 0.25
"""After an overrun JACK's clock jumps, and settles within this time."""
Figures = npt.NDArray[np.float64]


class Watch:
    """A stranger's notes of when JACK's cycles began, by JACK itself, which smooths them."""

    def __init__(self, rig: Rig) -> None:
        self._path = rig.folder / "watch.txt"
        self._peer = rig.peer("watch_frames.py", self._path)
        rig.wait_for(lambda: self._path.exists() and self._path.stat().st_size > 0, "the watch")

    def frames(self, seconds: Figures) -> Figures:
        """The frame of each instant, and what lies between two frames, as JACK counts."""
        began = self._began()
        return np.interp(seconds, began[:, 0], began[:, 1])

    def seconds(self, frames: Figures) -> Figures:
        """The instant of each frame."""
        began = self._began()
        return np.interp(frames, began[:, 1], began[:, 0])

    def calm(self, seconds: Figures) -> npt.NDArray[np.bool_]:
        """Which instants were not near one at which the server lost time, so that nobody could say what frame they were."""
        lost = np.array([row[0] for row in self._rows() if row[1] == "x"], dtype=np.float64)
        return np.array([not np.any(np.abs(lost - second) < AFTERMATH_SECONDS) for second in seconds])

    def _began(self) -> Figures:
        return np.array([row for row in self._rows() if row[1] != "x"], dtype=np.float64)

    def _rows(self) -> list[list[str]]:
        return [line.split() for line in self._path.read_text().split("\n")[:-1]]


def play(rig: Rig, notes: int, notes_a_second: float) -> tuple[list[tuple[float, int]], Tape, Watch]:
    """Have the performer play so many notes to a tape. Gives the plan, the tape, and what tells frames from seconds."""
    tape = Tape(rig.folder / "tape.jsonl")
    rig.peer("capture_midi.py", tape.path, "ears")
    rig.ear.port("ears:in")
    watch = Watch(rig)
    run_dir = rig.folder / "run"
    run_dir.mkdir()
    seat = rig.start("drummer", sys.executable, "-m", "tests.rig.frame_seat", run_dir, str(notes), str(notes_a_second))
    time.sleep(FIRST_SECONDS + 0.9 * notes / notes_a_second)  # reading the plan all the time would keep the ear from listening
    while len(plan_of(rig)) < notes:
        assert seat.poll() is None, rig.log("drummer")
        time.sleep(0.5)
    time.sleep(1.5)
    rig.end(seat)
    return plan_of(rig), tape, watch


def plan_of(rig: Rig) -> list[tuple[float, int]]:
    """Second and pitch of every planned note; a half-written last line waits for its end."""
    rows = [line.split() for line in rig.log("drummer").split("\n")[:-1]]
    return [(float(row[0]), int(row[1])) for row in rows if len(row) == 2]


def errors_frames(plan: list[tuple[float, int]], tape: Tape, watch: Watch) -> Figures:
    """By how many frames each planned note missed its own, in order; one that never came is infinitely late.

    What is played sounds one period after its instant, as what is heard was played one period before it lay in the buffer.
    """
    heard: dict[int, deque[int]] = defaultdict(deque)
    for message in tape.note_ons():
        heard[message.key[1]].append(message.frame)
    meant = watch.frames(np.array([second for second, _ in plan])) + PERIOD_FRAMES
    errors = np.full(len(plan), np.inf)
    for place, (_, pitch) in enumerate(plan):
        # A note that was lost leaves its successor, two seconds later or so, to the next of that pitch.
        if heard[pitch] and abs(heard[pitch][0] - meant[place]) < 9_600:
            errors[place] = heard[pitch].popleft() - meant[place]
    return errors
