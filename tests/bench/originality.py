"""How long a run of notes that was played also stands somewhere in the training corpus, in any key?

    python -m tests.bench.originality --played build/live/duo --truth build/live/TRUTH --corpus build/corpus/corpus.safetensors

For each song the longest run of the agent's notes, and of the true accompaniment's, that occurs in a part of a training
piece, step by step in pitch and in ticks. The last line is JSON: median, 90th percentile and longest, of both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pretty_midi
import typer

from models.data import Corpus
from models.figures import Prints, longest_shared, steps_of
from models.music import TICKS_PER_BEAT
from models.originality import corpus_steps


def file_steps(path: Path) -> Prints:
    """Steps of the agent's notes in a file, on the grid of ticks."""
    midi = pretty_midi.PrettyMIDI(str(path))
    notes = [note for part in midi.instruments if part.name.strip().startswith("agent") for note in part.notes]
    beats = [midi.time_to_tick(note.start) / midi.resolution for note in notes]
    rows = sorted((round(beat * TICKS_PER_BEAT), note.pitch) for beat, note in zip(beats, notes, strict=True))
    table = np.array(rows, np.int64).reshape(-1, 2)
    return steps_of(table[:, 0], table[:, 1])


def main(
    played: Annotated[Path, typer.Option(help="what the agent played, one file a song")] = Path("build/live/duo"),
    truth: Annotated[Path, typer.Option(help="the true accompaniments, by the same names")] = Path("build/live/TRUTH"),
    corpus: Annotated[Path, typer.Option(help="the prepared corpus")] = Path("build/corpus/corpus.safetensors"),
) -> None:
    """Measure and compare."""
    known = corpus_steps(Corpus(corpus))
    files = sorted(played.glob("*.mid"))
    told: dict[str, list[int]] = {}
    for name, folder in (("agent", played), ("truth", truth)):
        told[name] = longest_shared([file_steps(folder / path.name) for path in files], known)
    for path, agent, human in zip(files, told["agent"], told["truth"], strict=True):
        typer.echo(f"{path.stem}: agent {agent}, truth {human}")
    typer.echo(json.dumps({name: _spread(lengths) for name, lengths in told.items()}))


def _spread(lengths: list[int]) -> dict[str, float]:
    median, high = np.percentile(lengths, [50, 90])
    return {"median": float(median), "p90": float(high), "longest": max(lengths)}


if __name__ == "__main__":
    typer.run(main)
