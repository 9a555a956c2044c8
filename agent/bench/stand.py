"""The performer under measurement: the stage exactly as it is, on a cable that notes every instant.

`python -m agent.bench.stand RUN_DIR drummer|alone`; what it noted lies in RUN_DIR/noted.json when it has ended.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random

from agent.bench.cable import Cable, write_whole
from agent.clock.clocks import SystemClock
from agent.clock.inbox import Inbox
from agent.config import Config
from agent.mind import WorkerMind
from agent.performer import Performer
from agent.play.delivery import Delivery, Outputs
from agent.play.planner import PLAN
from agent.play.scheduler import Alarm, Due, Planned, Scheduler
from agent.rig import StagePlan
from agent.signals import stop_on_signals
from agent.stage import perform, set_up
from models.music import Event, Note
from models.tempo import TempoMap

STEADY = "steady"
STEADY_PART, STEADY_PITCHES = "drums", range(35, 82)
STEADY_GAP_SECONDS, STEADY_LENGTH_SECONDS, STEADY_AHEAD_SECONDS = 0.1, 0.043, 0.8


class WatchedScheduler(Scheduler):
    """The scheduler, telling when what it hands out could at best have sounded, and when answers came."""

    def __init__(self, tempo: TempoMap, max_late_seconds: float, early_seconds: float, now: Callable[[], float]) -> None:
        super().__init__(tempo, max_late_seconds, early_seconds)
        self._clock_now = now
        self._planned_at: dict[int, float] = {}
        self._at_best: dict[float, float] = {}
        self.answers: list[float] = []
        self.came_late = 0

    def play(self, tag: str, note: Note, port: str, channel: int) -> Planned:
        """Plan a note, and note when."""
        planned = super().play(tag, note, port, channel)
        self._planned_at[planned.id] = self._clock_now()
        if tag == PLAN:
            self.answers.append(self._planned_at[planned.id])
        return planned

    def pop_due(self, now: float) -> Due | None:
        """What is due. A note that was planned after its instant is due when it was planned: the lateness was its maker's."""
        due = super().pop_due(now)
        if due is not None and not isinstance(due, Alarm):
            planned_at = self._planned_at[due.planned.id]
            self.came_late += planned_at > due.due_seconds
            self._at_best[due.due_seconds] = max(due.due_seconds, planned_at)
        return due

    def at_best(self, due_seconds: float) -> float:
        """When what is to sound at an instant could have left."""
        return self._at_best.get(due_seconds, due_seconds)


class WatchedDelivery(Delivery):
    """The way to the cable, which tells for what instant that is which leaves."""

    def __init__(self, watched: Delivery, outputs: Outputs, tell: Callable[[float | None], None]) -> None:
        super().__init__(outputs, watched.early_seconds, {}, watched._watch)
        self._tell = tell

    def send_at(self, port: str, event: Event, seconds: float, now: float) -> None:
        """Let it leave in time, or at once where hands do not strike early."""
        self._tell(seconds)
        super().send_at(port, event, seconds, now)
        self._tell(None)

    def pass_on(self, now: float) -> None:
        """Let leave what sounds by now; a cable holds nothing, so it leaves when it is to sound."""
        while (seconds := self.next_due()) is not None and seconds <= now:
            self._tell(seconds)
            super().pass_on(seconds)
            self._tell(None)


def steady_instants(seconds: float) -> Iterator[tuple[float, float]]:
    """When the steady drummer strikes and lets go, in session seconds: uneven, but the same every time."""
    random, onset_seconds = Random(1), 0.2
    while onset_seconds < seconds:
        yield onset_seconds, onset_seconds + STEADY_LENGTH_SECONDS
        onset_seconds += STEADY_GAP_SECONDS * random.uniform(0.5, 1.5)


class Steady:
    """A drummer who needs no model: keeps a few notes planned ahead. Runs on the loop."""

    def __init__(self, performer: Performer, beat: Callable[[float], None]) -> None:
        self._session, self._beat = performer.session, beat
        self._instants = steady_instants(float("inf"))
        self._next = next(self._instants)

    def beat(self, now: float) -> None:
        """Stands where the performer's heartbeat was, and passes it on."""
        self._beat(now)
        if self._next[0] < now + STEADY_AHEAD_SECONDS:
            tempo = self._session.tempo
            onset_beats, end_beats = tempo.beats_at(self._next[0]), tempo.beats_at(self._next[1])
            pitch = STEADY_PITCHES[int(onset_beats * 100) % len(STEADY_PITCHES)]
            self._session.hands.play(STEADY, Note(onset_beats, end_beats - onset_beats, pitch, 80, STEADY_PART))
            self._next = next(self._instants)


def seated(performer: Performer, run_dir: Path, beat: Callable[[float], None], now: float) -> None:
    """Tell, once, that the model is there; then the heartbeat alone goes on."""
    beat(now)
    mind = performer.session.mind
    if isinstance(mind, WorkerMind) and mind.present:
        (run_dir / "seated").touch()
        performer.beat = beat


def due_at(cable: Cable, watched: WatchedScheduler, seconds: float | None) -> None:
    """What leaves now is for that instant, or for none."""
    cable.due = None if seconds is None else watched.at_best(seconds)


def main() -> None:
    """Play under measurement until asked to stop, then write down what was noted."""
    run_dir = Path(sys.argv[1])
    sys.setswitchinterval(1e-4)
    plan = StagePlan.from_json((run_dir / "stage.json").read_text())
    cables: list[Cable] = []

    def cable_of(config: Config, clock: SystemClock, inbox: Inbox) -> Cable:
        cables.append(Cable(run_dir, clock.now))
        return cables[0]

    stopped = stop_on_signals()
    with ExitStack() as closing:
        performer = set_up(plan, run_dir, closing, cable_of)
        clock, hands, cable = performer.clock, performer.session.hands, cables[0]
        late_seconds, early_seconds = plan.config.timing.max_late_ms / 1000.0, hands.delivery.early_seconds
        watched = WatchedScheduler(performer.session.tempo, late_seconds, early_seconds, clock.now)
        hands.scheduler = watched
        hands.delivery = WatchedDelivery(hands.delivery, hands.outputs, partial(due_at, cable, watched))
        beat = Steady(performer, performer.beat).beat if sys.argv[2] == "drummer" else performer.beat
        performer.beat = partial(seated, performer, run_dir, beat)
        perform(performer, plan, stopped)
        noted = {
            "heard": [(seconds, data.hex()) for seconds, data in cable.heard],
            "sent": [(seconds, due, data.hex()) for seconds, due, data in cable.sent],
            "answers": watched.answers,
            "came_late": watched.came_late,
            "dropped_late": watched.dropped_late,
        }
    write_whole(run_dir / "noted.json", noted)


if __name__ == "__main__":
    main()
