"""The time for one event, heard and answered, beside that of Notochord's published architecture in the same process.

Notochord (Shepardson, Armitage and Magnusson, NIME 2022; package `notochord`, MIT licence) is built as it comes, a GRU of two
layers of 1024 with untrained weights, and driven by its own `feed` and `query`. One thread each, in turns.
`python -m agent.bench.rival RUN_DIR MODEL SECONDS`; RUN_DIR/rival.json then holds lists of seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import Random
from time import perf_counter, thread_time

from agent.bench.cable import write_whole

PIANO, VELOCITY, GAP_SECONDS = 1, 80, 0.2
BLOCK_EVENTS = 20
WARM_UP_EVENTS = 40


def ours(model: str) -> Callable[[int], object]:
    """Hear one note, then draw the next: when, which pitch, how long, how loud."""
    from models.checkpoint import load
    from models.engine import open_stream
    from models.load import weights_of
    from models.sampling import draw
    from models.stream import Step
    from models.vocabulary import NEVER, NO_LENGTH, NOTE, VELOCITIES, key_of

    path = weights_of(model)
    assert path is not None
    checkpoint = load(path)
    stream = open_stream(checkpoint.weights, checkpoint.shape, "cpu")
    random = Random(0)

    def event(pitch: int) -> object:
        stream.feed([Step((NOTE, key_of(0, pitch), 6, VELOCITIES // 2, 0, 4, 4, 0, 0, 3, NO_LENGTH), (key_of(0, pitch),))])
        tick = draw(stream.next_tick()[1], 1.0, 0.0, random.random()) or 0
        chosen = draw(stream.next_pitch(1, tick % NEVER), 0.9, 0.03, random.random()) or 0
        return [draw(logits, 0.9, 0.03, random.random()) for logits in stream.next_rest(1, tick % NEVER, chosen)]

    return event


def theirs() -> tuple[Callable[[int], object], int]:
    """Their own way of hearing a note and drawing the next; and how many weights they have."""
    # Not an import: nobody but this measurement ever wants it.
    rival = import_module("notochord").Notochord().eval()
    rival.reset()
    count = sum(weight.numel() for weight in rival.parameters())
    return lambda pitch: rival.feed_query(PIANO, pitch, GAP_SECONDS, float(VELOCITY)), count


def compare(model: str, seconds: float) -> dict[str, list[float]]:
    """Seconds of each event for both, by the clock and by the processor."""
    rival, weights = theirs()
    players = {"ours": ours(model), "theirs": rival}
    took: dict[str, list[float]] = {f"{name}{kind}": [] for name in players for kind in ("", "_processor")}
    took["their_weights"] = [float(weights)]
    for event in players.values():
        for number in range(WARM_UP_EVENTS):
            event(60 + number % 12)
    ends = perf_counter() + seconds
    while perf_counter() < ends:
        for name, event in players.items():
            for number in range(BLOCK_EVENTS):
                began, worked = perf_counter(), thread_time()
                event(60 + number % 12)
                took[f"{name}_processor"].append(thread_time() - worked)
                took[name].append(perf_counter() - began)
    return took


def main() -> None:
    """Measure and write down."""
    run_dir, model, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    write_whole(run_dir / "rival.json", compare(model, seconds))


if __name__ == "__main__":
    main()
