"""An hour of stage time, two Antiphons, their modes changing at random: does anything hang, grow, slow down or run away?

    python -m tests.bench.two_agents --minutes 60

The first keeps 100 beats a minute, the second hears the beat in what the first plays. The last line is JSON: notes, notes left
hanging, what one moment cost (median and 99th percentile in the first and in the last sixth, in ms), memory after each sixth
(MB), and how far the second's tempo was from the first's, where the first had played in the last four seconds.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import psutil
import typer

from models.music import NoteOn
from tests.players.test_two_agents import BPM, Agent, jam

SIXTHS = 6
_LATELY_S = 4.0


@dataclass
class Watch:
    """What is seen from moment to moment."""

    minutes: float
    last_wall: float = field(default_factory=time.perf_counter)
    costs_ms: list[list[float]] = field(default_factory=lambda: [[] for _ in range(SIXTHS)])
    memory_mb: list[float] = field(default_factory=list)
    astray: list[float] = field(default_factory=list)
    heard_s: float = -1e9
    seen: int = 0

    def __call__(self, first: Agent, second: Agent, now: float) -> None:
        wall = time.perf_counter()
        for agent in (first, second):
            agent.session.show.take(now)  # as the performer does: nobody keeps cues
        sixth = min(int(now / (self.minutes * 60.0) * SIXTHS), SIXTHS - 1)
        self.costs_ms[sixth].append((wall - self.last_wall) * 1e3)
        if len(self.memory_mb) < sixth:
            self.memory_mb.append(psutil.Process().memory_info().rss / 1e6)
        if any(isinstance(event, NoteOn) for _, _, event in first.events[self.seen :]):
            self.heard_s = now
        self.seen = len(first.events)
        if now - self.heard_s < _LATELY_S:
            self.astray.append(abs(second.session.tempo.bpm / BPM - 1.0))
        self.last_wall = time.perf_counter()


def main(minutes: Annotated[float, typer.Option(help="of stage time")] = 60.0, seed: int = 6) -> None:
    """Let them play."""
    watch = Watch(minutes)
    pair = jam(minutes, seed, watch)
    memory = [*watch.memory_mb, psutil.Process().memory_info().rss / 1e6]
    kept = sum(len(agent.events) for agent in pair) * 160 / 1e6  # the bench itself keeps what was played
    told = {
        "notes": [sum(isinstance(event, NoteOn) for _, _, event in agent.events) for agent in pair],
        "hanging": [len(agent.session.hands.ledger.sounding()) for agent in pair],
        "moment_ms": [_spread(watch.costs_ms[0]), _spread(watch.costs_ms[-1])],
        "memory_mb": [round(value, 1) for value in memory],
        "of_which_kept_notes_mb": round(kept, 1),
        "tempo_astray": dict(
            zip(("p50", "p95", "p99"), np.percentile(watch.astray, [50, 95, 99]).round(4).tolist(), strict=True)
        ),
    }
    typer.echo(json.dumps(told))


def _spread(costs_ms: list[float]) -> dict[str, float]:
    return dict(zip(("p50", "p99"), np.percentile(costs_ms, [50, 99]).round(3).tolist(), strict=True))


if __name__ == "__main__":
    typer.run(main)
