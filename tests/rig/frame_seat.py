"""Antiphon's seat at JACK, for the rig: the real performer, with notes laid out for it in uneven steps instead of by a model.

python -m tests.rig.frame_seat RUN_DIR NOTES NOTES_A_SECOND

Writes a line `second pitch` for each note that it has planned: the second is on the system's monotonic clock.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from random import Random
from time import perf_counter

from agent.config import Config, change
from agent.performer import Performer
from agent.rig import StagePlan
from agent.signals import stop_on_signals
from agent.stage import backend_for, perform, set_up
from models.music import Note

FIRST_SECONDS, AHEAD_SECONDS, LENGTH_SECONDS = 2.0, 0.8, 0.04
PITCHES = range(36, 96)


class Drummer:
    """Stands where the performer's heartbeat was, and keeps some notes planned ahead."""

    def __init__(self, performer: Performer, notes: int, notes_a_second: float) -> None:
        self._session = performer.session
        # Who is interrupted between the two looks finds it too early.
        self._zero_seconds = max(perf_counter() - performer.clock.now() for _ in range(20))
        self._random = Random(7)
        self._left, self._gap_seconds = notes, 1.0 / notes_a_second
        self._number, self._next_seconds = 0, FIRST_SECONDS

    def beat(self, now: float) -> None:
        """Plan what comes into sight."""
        while self._left and self._next_seconds < now + AHEAD_SECONDS:
            tempo, seconds = self._session.tempo, self._next_seconds
            onset_beats = tempo.beats_at(seconds)
            pitch = PITCHES[self._number % len(PITCHES)]
            length_beats = tempo.beats_at(seconds + LENGTH_SECONDS) - onset_beats
            self._session.hands.play("drummer", Note(onset_beats, length_beats, pitch, 80, "comp"))
            sys.stdout.write(f"{self._zero_seconds + seconds} {pitch}\n")
            self._number, self._left = self._number + 1, self._left - 1
            self._next_seconds += self._gap_seconds * self._random.uniform(0.2, 1.8)
        sys.stdout.flush()


def main() -> None:
    """Play all of them, or until told to leave."""
    run_dir, notes, notes_a_second = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    sys.setswitchinterval(1e-4)
    rig = change(
        Config(),
        agent={"mode": "listen"},
        clock={"sync": "internal", "bpm": 120.0},
        midi={"api": "jack", "output": "ears"},
        osc={"listen": 0},
    )
    plan = StagePlan(config=rig)
    stopped = stop_on_signals()
    with ExitStack() as closing:
        performer = set_up(plan, run_dir, closing, backend_for)
        performer.beat = Drummer(performer, notes, notes_a_second).beat
        perform(performer, plan, stopped)


if __name__ == "__main__":
    main()
