"""Does the room really move the phrases? `python -m tests.bench.pull`

Phrases that the shipped space draws are pulled along each axis of `/ctl/latent` in nine steps from 0 to 1, and by all eight at
once into corners of the space. Where they lie is read from what came out, encoded anew. The last line is JSON: of the way from
end to end (1 is all that `/latent` shows) the tenth percentile and the median, for the weakest and the strongest axis; the
longest step back; how many notes a phrase has compared with before (5th and 95th percentile); what is left of the distance to
a corner (median, worst); milliseconds of a pull (median, 99th percentile).
"""

from __future__ import annotations

import json
from time import perf_counter

import numpy as np
import typer

from models.latent import PhraseSpace
from models.music import COORDINATES
from models.phrases import Phrase

SHARES = np.linspace(0.0, 1.0, 9)
MIDDLE = 67


def drawn(space: PhraseSpace, count: int, rng: np.random.Generator) -> list[Phrase]:
    """Phrases that follow one another."""
    points: list[np.ndarray | None] = [None]
    for _ in range(count):
        points.append(space.prior.draw(points[-1], rng)[0])
    return [space.phrase(space.from_normed(point), MIDDLE) for point in points if point is not None]


def main(phrases: int = 24, corners: int = 8, seed: int = 0) -> None:
    """Pull them about."""
    space, rng = PhraseSpace.load(), np.random.default_rng(seed)
    told = [phrase for phrase in drawn(space, phrases, rng) if phrase.onsets]
    ways, notes, took_ms = np.zeros((COORDINATES, len(told), len(SHARES))), [], []
    for axis in range(COORDINATES):
        for row, phrase in enumerate(told):
            for step, share in enumerate(SHARES):
                began = perf_counter()
                said = space.pulled(phrase, [share if n == axis else 0.5 for n in range(COORDINATES)])
                took_ms.append(1e3 * (perf_counter() - began))
                ways[axis, row, step] = space.coordinates(said)[axis]
                notes.append(said.onsets / phrase.onsets)
    far = ways[:, :, -1] - ways[:, :, 0]
    left = []
    for corner in rng.integers(0, 2, (corners, COORDINATES)):
        for phrase in told:
            there = space.coordinates(space.pulled(phrase, corner.astype(float)))
            left.append(float(np.linalg.norm(there - corner) / np.linalg.norm(space.coordinates(phrase) - corner)))
    figures = {
        "way_p10": [float(np.percentile(far, 10, axis=1).min()), float(np.percentile(far, 10, axis=1).max())],
        "way_p50": [float(np.median(far, axis=1).min()), float(np.median(far, axis=1).max())],
        "longest_step_back": max(0.0, float(-np.diff(ways, axis=2).min())),
        "notes_p5_p95": np.percentile(notes, (5, 95)).tolist(),
        "corner_left_p50_worst": [float(np.median(left)), max(left)],
        "pull_ms_p50_p99": np.percentile(took_ms, (50, 99)).tolist(),
    }
    typer.echo(json.dumps({name: np.round(value, 3).tolist() for name, value in figures.items()} | {"phrases": len(told)}))


if __name__ == "__main__":
    typer.run(main)
