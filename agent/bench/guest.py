"""The human of the bench: plays to the performer and to a bare echo by the same kind of cable, and notes what comes back when.

`python -m agent.bench.guest RUN_DIR`; its score is RUN_DIR/guest.json, what it noted lies in RUN_DIR/returned.json.
"""

from __future__ import annotations

import select
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter

from agent.bench.cable import THRU_ONSET, task_of, write_whole
from agent.ports.codec import write_midi
from agent.realtime import take_realtime_priority
from models.music import NoteOff, NoteOn

LOWEST, HIGHEST = 48, 84
LAST_RETURN_SECONDS = 0.3

Sound = tuple[float, str, bytes]
"""When (seconds from the beginning), to whom, what."""


@dataclass(frozen=True, slots=True)
class Score:
    """What to play: from the instant `begin` (perf_counter, which all processes share) on, to whom, with or without rests.

    `ports` maps `performer`, `echo` and `cues` to UDP ports. With `cycle_cues` each note is one first note after silence:
    the two cues make the performer forget that it was playing.
    """

    begin: float
    seconds: float
    notes_a_second: float
    ports: dict[str, int]
    realtime: bool
    cycle_cues: tuple[str, ...] = ()

    def sounds(self) -> list[Sound]:
        """Everything to send, in order."""
        random, sounds, gap = Random(2), list[Sound](), 1.0 / self.notes_a_second
        for number in range(int(self.seconds * self.notes_a_second)):
            at, pitch = gap * (number + random.uniform(0.0, 0.3)), random.randint(LOWEST, HIGHEST)
            # The echo hears the same half a note later, so that the two never want the computer at one instant.
            echo_at = at + gap / 2
            at += gap / 2 if self.cycle_cues else 0.0
            for cue_number, cue in enumerate(self.cycle_cues):
                sounds.append((gap * number + 0.01 * cue_number, "cues", bytes.fromhex(cue)))
            sounds.append((at, "performer", write_midi(NoteOn(pitch, 80))))
            sounds.append((at + gap * 0.4, "performer", write_midi(NoteOff(pitch))))
            if "echo" in self.ports:
                sounds.append((echo_at, "echo", bytes((THRU_ONSET, pitch, 80))))
        return sorted(sounds)


class Guest:
    """Plays a score by the clock and listens in between."""

    def __init__(self, score: Score) -> None:
        self._score = score
        self._plugs = {name: socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for name in score.ports}
        for name, plug in self._plugs.items():
            plug.connect(("127.0.0.1", score.ports[name]))
        self._names = {plug: name for name, plug in self._plugs.items()}
        self._on_the_way: dict[tuple[str, int], float] = {}
        self.round_trips: dict[str, list[float]] = {name: [] for name in score.ports}

    def play(self) -> None:
        """The whole score."""
        for at, name, data in self._score.sounds():
            self._listen_until(self._score.begin + at)
            if data[0] & 0xF0 == 0x90:
                self._on_the_way[name, data[1]] = perf_counter()
            self._plugs[name].send(data)
        self._listen_until(self._score.begin + self._score.seconds + LAST_RETURN_SECONDS)

    def _listen_until(self, instant: float) -> None:
        while (wait_seconds := instant - perf_counter()) > 0.0:
            for plug in select.select(list(self._names), [], [], wait_seconds)[0]:
                data, came = plug.recv(1024), perf_counter()
                name = self._names[plug]
                if data[0] == THRU_ONSET and (left := self._on_the_way.pop((name, data[1]), None)) is not None:
                    self.round_trips[name].append(came - left)


def main() -> None:
    """Play, then write down how long everything took to come back."""
    run_dir = Path(sys.argv[1])
    score = Score(**task_of(run_dir, "guest"))
    if score.realtime:
        take_realtime_priority()
    guest = Guest(score)
    guest.play()
    write_whole(run_dir / "returned.json", guest.round_trips)


if __name__ == "__main__":
    main()
