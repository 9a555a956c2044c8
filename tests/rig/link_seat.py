"""Antiphon's seat in a Link session, for the rig: the real performer on a stage in memory, which writes down where its beat is.

python -m tests.rig.link_seat RUN_DIR BPM

Each 20 ms a line `second beat bpm source running`: the second is on the system's monotonic clock, the beat as the session
numbers it. Each line of standard input, such as `/ctl/tempo 133`, is sent to it by OSC. It has one scene, `other`, at 70 bpm.
"""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from pythonosc.udp_client import SimpleUDPClient

from agent.config import Config, change
from agent.performer import Performer
from agent.ports.memory import MemoryBackend
from agent.rig import StagePlan
from agent.signals import stop_on_signals
from agent.stage import perform, set_up

EVERY_SECONDS = 0.02
LISTEN = 9010
"""Nobody else is in its network."""


class Notes:
    """Stands where the performer's heartbeat was."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer
        self._next = 0.0

    def beat(self, now: float) -> None:
        """Write a line if it is time for one."""
        if now < self._next:
            return
        self._next = now + EVERY_SECONDS
        session = self._performer.session
        seconds, instant = self._performer.clock.now(), perf_counter()
        beats = session.conductor.song_beats(session.tempo.beats_at(seconds))
        leading = f"{session.conductor.source} {int(session.conductor.running)}"
        sys.stdout.write(f"{instant} {beats} {session.tempo.bpm} {leading}\n")
        sys.stdout.flush()


def pass_on() -> None:
    """Who is told something here says it to Antiphon by OSC."""
    desk = SimpleUDPClient("127.0.0.1", LISTEN)
    for order in sys.stdin:
        address, value = order.split()
        desk.send_message(f"/antiphon{address}", float(value) if value[0].isdigit() else value)


def main() -> None:
    """Sit there until told to leave."""
    run_dir, bpm = Path(sys.argv[1]), float(sys.argv[2])
    sys.setswitchinterval(1e-4)
    other = run_dir / "other.toml"
    other.write_text("[clock]\nbpm = 70\n")
    rig = change(
        Config(),
        agent={"mode": "listen"},
        clock={"sync": "link", "bpm": bpm},
        midi={"api": "memory"},
        osc={"listen": LISTEN},
        song={"scenes": (str(other),)},
    )
    threading.Thread(target=pass_on, daemon=True).start()
    plan = StagePlan(config=rig)
    stopped = stop_on_signals()
    with ExitStack() as closing:
        performer = set_up(plan, run_dir, closing, lambda config, clock, inbox: MemoryBackend())
        performer.beat = Notes(performer).beat
        perform(performer, plan, stopped)


if __name__ == "__main__":
    main()
