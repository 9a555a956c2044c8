"""The performer's way in: `python -m agent.understudy RUN_DIR`. It learns its part, and waits in the wings for a line to come.

Whoever dies on stage is followed at once by somebody who has loaded everything already, down to the client on the JACK graph.
When standard input ends before a line has come, it goes home.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent.clock.clocks import SystemClock
from agent.clock.inbox import Inbox
from agent.config import Config
from agent.ports.backend import MidiBackend, NoMidiSystem
from agent.rig import StagePlan
from agent.stage import PLAN, backend_for, go_on

if TYPE_CHECKING:
    from agent.ports.jack_backend import JackBackend


def main() -> None:
    """Learn, wait, play."""
    run_dir = Path(sys.argv[1])
    sys.setswitchinterval(1e-4)
    plan = StagePlan.from_json((run_dir / PLAN).read_text())
    learn(plan)
    backend = prepared(plan.config)
    if not sys.stdin.buffer.readline():
        if backend is not None:
            backend.close()
        return

    def backend_of(config: Config, clock: SystemClock, inbox: Inbox) -> MidiBackend:
        if backend is not None:
            backend.take_clock(clock.now)
            if backend.present():
                return backend
            backend.close()
        return backend_for(config, clock, inbox)

    go_on(run_dir, backend_of)


def learn(plan: StagePlan) -> None:
    """Load what `stage` loads only when it is needed."""
    import agent.gallery.host
    import agent.ports.jack_backend
    import agent.ports.link_session
    import agent.ports.osc_in
    import agent.ports.osc_out
    import agent.ports.systems  # noqa: F401
    from models.markov import MarkovMind

    MarkovMind()


def prepared(config: Config) -> JackBackend | None:
    """The client of the JACK graph, ready to join it, where JACK is what we play on."""
    from agent.ports.jack_backend import ChildGone, JackBackend
    from agent.ports.systems import plays_on_jack

    if not plays_on_jack(config.midi.api):
        return None
    try:
        return JackBackend.prepared(config.agent.name)
    except (NoMidiSystem, ChildGone):
        return None


if __name__ == "__main__":
    main()
