"""How long the mind takes for one step, alone and niced as on stage, beside reading its weights once.

`python -m agent.bench.steps RUN_DIR MODEL SECONDS`; RUN_DIR/steps.json then holds `step` and `floor` (nothing for a model
without weights) and `note`, each a list of seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from agent.bench.cable import write_whole
from agent.worker import NICENESS
from models.music import Ask, Onset, Release

HELD_KEYS = (60, 64, 67)
ASK_BEATS, HUMAN_NOTES_A_BEAT = 4.0, 2


def timed(deed: Callable[[], object], until: float) -> list[float]:
    """Do it again and again; how long each time took."""
    took = []
    while (began := perf_counter()) < until:
        deed()
        took.append(perf_counter() - began)
    return took


def steps(model: str, seconds: float) -> dict[str, list[float]]:
    """One step with a full memory, then as many products with the same matrices and nothing else."""
    import numpy as np

    from models.checkpoint import load
    from models.engine import open_stream
    from models.load import weights_of
    from models.stream import Step
    from models.vocabulary import FIELDS

    path = weights_of(model)
    if path is None:
        return {"step": [], "floor": []}
    checkpoint = load(path)
    stream = open_stream(checkpoint.weights, checkpoint.shape)
    step = Step((0,) * len(FIELDS), HELD_KEYS)
    stream.feed([step] * checkpoint.shape["window"])
    matrices = [np.ascontiguousarray(w, np.float32) for name, w in checkpoint.weights.items() if name.startswith("blocks.")]
    products = [(matrix, np.ones(matrix.shape[1], np.float32)) for matrix in matrices if matrix.ndim == 2]

    def read_all() -> None:
        for matrix, vector in products:
            matrix @ vector

    def one_step() -> None:
        stream.feed([step])
        stream.next_tick()

    half = seconds / 2
    return {"step": timed(one_step, perf_counter() + half), "floor": timed(read_all, perf_counter() + half)}


def notes(model: str, seconds: float) -> list[float]:
    """From note to note while it plays one ask after another; before each it hears what sounded meanwhile."""
    from models.load import load_model

    mind, took, ends = load_model(model), list[float](), perf_counter() + seconds
    mind.reset(0)
    for number, ask in enumerate(asks()):
        for half_beat in range(int(ASK_BEATS) * HUMAN_NOTES_A_BEAT):
            beats = ask.now_beats - ASK_BEATS + half_beat / HUMAN_NOTES_A_BEAT
            pitch = 60 + (number + 2 * half_beat) % 12
            mind.hear((Onset(beats, pitch, 80, "lead", human=True), Release(beats + 0.4, pitch, "lead")))
        began = perf_counter()
        for _ in mind.play(ask):
            took.append(perf_counter() - began)
            began = perf_counter()
            if began > ends:
                return took
        if perf_counter() > ends:
            return took
    return took


def asks() -> Iterator[Ask]:
    """Four beats of chords, again and again."""
    number = 0
    while True:
        number += 1
        now = number * ASK_BEATS
        yield Ask(number, "plan", now, now, now + ASK_BEATS, ("comp",), number)


def main() -> None:
    """Measure and write down."""
    run_dir, model, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    write_whole(run_dir / "steps.json", {**steps(model, seconds / 2), "note": notes(model, seconds / 2)})


if __name__ == "__main__":
    main()
