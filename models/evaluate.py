"""How well does a mind know music? Nats for each note of withheld songs, beside three minds that know little."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.batch import Batch, stack
from models.checkpoint import Checkpoint, load
from models.data import CORPUS, Corpus
from models.foreign import foreign_batches
from models.keys import KeySense, scale
from models.lesson import by_part, surprise
from models.music import PARTS
from models.transformer import Mind, Shape
from models.vocabulary import DURATIONS, NEVER, PITCHES, VELOCITIES
from models.window import Recipe, assemble

_SETS = ("pop909", "openscore_lieder")
_COMMIT_TICKS = 3  # the stage decides about a tenth of a beat ahead
_HEADS = {"tick": NEVER + 1, "pitch": PITCHES, "duration": len(DURATIONS), "velocity": VELOCITIES}


@dataclass(frozen=True, slots=True)
class EvaluateSettings:
    """What to judge, and on how much of the withheld songs."""

    checkpoint: Path
    corpus: Path = CORPUS
    split: str = "test"
    windows: int = 160
    length: int = 512
    seed: int = 0


Table = dict[str, dict[str, float]]


def evaluate(settings: EvaluateSettings) -> Table:
    """Nats by mind and by attribute (`pitch/comp` and so on); the tick's are per step, the others per note. Worker only.

    `informed` tells each note at the last step before it, `committed` a tenth of a beat ahead, which is what the stage
    gives; `no chords` is informed without ever naming a chord.
    """
    corpus = Corpus(settings.corpus)
    mind = mind_of(load(settings.checkpoint))
    table: Table = {}
    for name, recipe in (
        ("informed", Recipe(ahead_ticks=0)),
        ("committed", Recipe(ahead_ticks=_COMMIT_TICKS)),
        ("no chords", Recipe(ahead_ticks=0, chords=False)),
    ):
        table[name] = nats(mind, windows(corpus, settings, recipe))
    known = _counted(settings, corpus)
    batches = list(windows(corpus, settings, Recipe(ahead_ticks=0)))
    table["bigram"] = known.nats(batches, by_last=True)
    table["unigram"] = known.nats(batches, by_last=False)
    table["random in key"] = random_in_key(batches)
    return table


def evaluate_elsewhere(settings: EvaluateSettings, folder: Path) -> Table:
    """The same for sets that no mind has learnt from: each one informed, and beside it by counted pairs of our own songs."""
    mind = mind_of(load(settings.checkpoint))
    known = _counted(settings, Corpus(settings.corpus))
    table: Table = {}
    for name, batches in foreign_batches(folder, settings.windows, settings.length, Recipe(ahead_ticks=0)):
        table[name] = nats(mind, iter(batches))
        table[f"{name}, bigram"] = known.nats(batches, by_last=True)
    return table


def _counted(settings: EvaluateSettings, corpus: Corpus) -> Counts:
    return Counts.of(
        windows(corpus, EvaluateSettings(settings.checkpoint, settings.corpus, "train", 400), Recipe(ahead_ticks=0))
    )


def mind_of(checkpoint: Checkpoint) -> Mind:
    """The PyTorch mind with the weights of a checkpoint."""
    mind = Mind(Shape(**checkpoint.shape))
    mind.load_state_dict({name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in checkpoint.weights.items()})
    return mind.eval()


def windows(corpus: Corpus, settings: EvaluateSettings, recipe: Recipe, size: int = 8) -> Iterator[Batch]:
    """Batches of the split, half pop and half songs, at places drawn once."""
    rng = np.random.default_rng(settings.seed)
    pools = [pool for pool in (corpus.members(settings.split, name) for name in _SETS) if pool]
    pools = pools or [corpus.members(settings.split)]
    drawn = []
    for n in range(settings.windows):
        piece = corpus.piece(int(rng.choice(pools[n % len(pools)])))
        start = int(rng.integers(0, max(len(piece.metre) - 24, 1)))
        drawn.append(assemble(piece, start, settings.length, recipe, rng))
        if len(drawn) == size:
            yield stack(drawn)
            drawn = []
    if drawn:
        yield stack(drawn)


@torch.no_grad()
def nats(mind: Mind, batches: Iterator[Batch]) -> dict[str, float]:
    """The mind's mean loss by attribute and part."""
    sums: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for batch in batches:
        for name, (total, count) in by_part(surprise(mind, batch), batch).items():
            sums[name] += total  # type: ignore[assignment]
            counts[name] += count
    return {name: sums[name] / counts[name] for name in sorted(sums)}


@dataclass(slots=True)
class Counts:
    """How often each value follows each: for pitch, duration and velocity of a part, by the part's last value or by nothing."""

    seen: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def of(cls, batches: Iterator[Batch]) -> Counts:
        """Count over training windows."""
        counts = cls()
        for batch in batches:
            for name, last, value in _values(batch):
                size = _HEADS[name.split("/")[0]]
                np.add.at(counts.seen.setdefault(name, np.zeros((size + 1, size))), (last, value), 1.0)
        return counts

    def nats(self, batches: list[Batch], by_last: bool) -> dict[str, float]:
        """Mean nats of the values under these counts, smoothed with the unconditional ones."""
        sums: defaultdict[str, float] = defaultdict(float)
        sizes: Counter[str] = Counter()
        for batch in batches:
            for name, last, value in _values(batch):
                seen = self.seen.get(name)
                if seen is None:
                    continue
                flat = (seen.sum(0) + 0.5) / (seen.sum() + 0.5 * seen.shape[1])
                chances = (seen + 4.0 * flat) / (seen.sum(1, keepdims=True) + 4.0) if by_last else np.tile(flat, (len(seen), 1))
                sums[name] -= float(np.log(chances[last, value]).sum())
                sizes[name] += len(value)
        return {name: sums[name] / sizes[name] for name in sorted(sums)}


def _values(batch: Batch) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.int64]]]:
    """For each part and attribute: the value before (the head's size where there is none) and the value."""
    told, ticks, fields = (table.numpy().astype(np.int64) for table in (batch.told, batch.next_tick, batch.fields))
    for part, name in enumerate(PARTS):
        mine = told[(told[..., 1] == part) & (told[..., 0] >= 0)]
        known = ticks[..., part] >= 0
        if known.any():
            yield f"tick/{name}", fields[..., 2][known], ticks[..., part][known]
        for column, head in ((3, "pitch"), (4, "duration"), (5, "velocity")):
            values = mine[mine[:, column] >= 0, column]
            if len(values):
                yield f"{head}/{name}", np.append(_HEADS[head], values[:-1]), values


def random_in_key(batches: list[Batch]) -> dict[str, float]:
    """Pitch nats of somebody who knows the key, and that one note in twenty leaves it, and nothing else."""
    sums: defaultdict[str, float] = defaultdict(float)
    counts: Counter[str] = Counter()
    for batch in batches:
        for told in batch.told.numpy():
            notes = told[told[:, 0] >= 0]
            sense = KeySense(forget=1.0)
            for pitch in notes[:, 3].tolist():
                sense.hear(pitch)
            inside = scale(sense.key())
            for part, pitch in notes[:, [1, 3]].tolist():
                reach = range(36, 97)
                fitting = sum(1 for other in reach if (other % 12 in inside) == (pitch % 12 in inside))
                sums[f"pitch/{PARTS[part]}"] -= math.log((0.95 if pitch % 12 in inside else 0.05) / fitting)
                counts[f"pitch/{PARTS[part]}"] += 1
    return {name: sums[name] / counts[name] for name in sorted(sums)}


def as_markdown(table: Table) -> str:
    """The table for a model card."""
    rows = sorted({name for column in table.values() for name in column if not name.endswith(("bass", "drums"))})
    lines = ["| nats | " + " | ".join(table) + " |", "|---|" + "---|" * len(table)]
    for row in rows:
        cells = (f"{column[row]:.3f}" if row in column else "" for column in table.values())
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def as_json(table: Table) -> str:
    """The table as one line."""
    return json.dumps({name: {key: round(value, 4) for key, value in column.items()} for name, column in table.items()})
