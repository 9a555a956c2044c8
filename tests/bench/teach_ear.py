"""Teaches the ear which place in the beat an onset sounds like, and writes `agent/listen/ear.json`.

    python -m tests.bench.teach_ear --data DIR [--minutes 13]

It hears POP909 (melody, piano, all; never the songs that are reported on), and songs, tunes, hymns and simple rhythms
performed by a hand that sways and strays. About two million onsets; one core.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import monotonic

import mido
import numpy as np
import torch
from torch import nn

from agent.listen.accent import Accents
from models.score import Notes, read_score
from tests.bench.labelled import Archives, Struck, is_learnt, pop_songs

CELLS, FEATURES, PLACES = 24, 12, 4
CHUNK, BATCH = 128, 32
LEARNING_RATE = 5e-3
RHYTHMS = ([0], [0, 0.5], [0, 0.75], [0, 0.25, 0.5, 0.75], [0.5], [0, 0.5, 0.75], [0, 0.25, 0.5], [0, 1 / 3, 2 / 3], [])

Lesson = tuple[torch.Tensor, torch.Tensor]
"""Features of each onset, and the place where it lay: 0 beat, 1 half, 2 quarter, 3 other."""
Rows = list[tuple[float, float, int, int]]
"""Begin and end in beats, pitch, velocity."""


class EarNet(nn.Module):
    """What `agent.listen.ear` works out in plain Python."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.GRU(FEATURES, CELLS, batch_first=True)
        self.places = nn.Linear(CELLS, PLACES)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, onsets, FEATURES) → scores (B, onsets, PLACES)."""
        return self.places(self.cells(features)[0])


def lesson(notes: list[Struck], beats: list[float], stretch: float = 1.0) -> Lesson | None:
    """What the ear is told of a performance, played slower by this factor."""
    accents, features, places = Accents(), [], []
    for note in notes:
        begin = accents.begin_seconds / stretch
        described = accents.hear(note.begin * stretch, note.pitch, note.velocity)
        index = bisect_right(beats, begin + 0.03) - 1
        if described and 0 <= index < len(beats) - 1:
            features.append(described)
            places.append(_place((begin - beats[index]) / (beats[index + 1] - beats[index])))
    return (torch.tensor(features), torch.tensor(places)) if len(features) > 24 else None


def _place(ahead: float) -> int:
    if abs(ahead - round(ahead)) < 0.1:
        return 0
    if abs(ahead - 0.5) < 0.1:
        return 1
    return 2 if min(abs(ahead - 0.25), abs(ahead - 0.75)) < 0.08 else 3


def perform(rows: Rows, dice: random.Random) -> tuple[list[Struck], list[float]]:
    """A score as a hand plays it: the tempo sways, onsets stray, beats may be louder."""
    bpm, sway, now = min(max(dice.gauss(84.0, 18.0), 54.0), 130.0), dice.choice((0.0, 0.004, 0.015, 0.03)), 1.0
    beats = []
    for _ in range(int(max(end for _, end, _, _ in rows)) + 3):
        beats.append(now)
        now += 60.0 / bpm
        bpm = min(max(bpm * (1.0 + dice.gauss(0.0, sway)), 50.0), 140.0)
    stray, stress = dice.uniform(0.004, 0.022), dice.uniform(0.0, 14.0)

    def at(place: float) -> float:
        return beats[int(place)] + (place - int(place)) * (beats[int(place) + 1] - beats[int(place)])

    def loud(begin: float, velocity: int) -> int:
        return int(min(max(velocity + dice.gauss(0.0, 6.0) + (stress if abs(begin - round(begin)) < 0.05 else 0.0), 20), 127))

    struck = [Struck(max(at(b) + dice.gauss(0.0, stray), 0.0), pitch, loud(b, v), at(e)) for b, e, pitch, v in rows]
    return sorted(struck, key=lambda note: note.begin), beats


def lessons(archives: Archives, dice: random.Random) -> Iterator[Lesson | None]:
    """Everything it learns from."""
    for song in pop_songs(archives.unpacked("pop909"), is_learnt):
        for names in (("MELODY",), (), ("PIANO",)):
            yield lesson(song.notes(*names), song.beats, dice.uniform(0.94, 1.06))
    for name, count in (("openscore_lieder", 160), ("oneills1850", 170), ("open_hymnal", 30)):
        paths = sorted(archives.unpacked(name).rglob("*.mid"))
        dice.shuffle(paths)
        for path in paths[:count]:
            score = read_score(path)
            voices = [_rows(track, _ticks_a_beat(path)) for _, track in score.tracks]
            if not voices:
                continue
            yield lesson(*perform([row for voice in voices for row in voice], dice))
            if name == "openscore_lieder":
                yield lesson(*perform(voices[0], dice))
    for _ in range(250):
        yield lesson(*perform(_practice(dice), dice))


def _ticks_a_beat(path: Path) -> int:
    """By the first metre: six-eight is felt in dotted quarters, three-eight in eighths."""
    midi = mido.MidiFile(path, clip=True)
    metres = [(m.numerator, m.denominator) for track in midi.tracks for m in track if m.type == "time_signature"]
    above, below = metres[0] if metres else (4, 4)
    if below != 8:
        return int(midi.ticks_per_beat)
    return int(midi.ticks_per_beat * (1.5 if above % 3 == 0 and above > 3 else 0.5))


def _rows(track: Notes, beat: int) -> Rows:
    return [(begin / beat, end / beat, pitch, velocity) for begin, end, pitch, velocity in track.tolist()]


def _practice(dice: random.Random) -> Rows:
    """A rhythm of a few beats over and over, on one pitch or many."""
    cells = RHYTHMS[:2] if dice.random() < 0.6 else RHYTHMS
    pattern = [dice.choice(cells) for _ in range(dice.choice((1, 1, 2, 4, 8)))]
    pattern = pattern if any(pattern) else [[0]]
    pitch, steps = dice.randint(45, 75), (0,) if dice.random() < 0.5 else (0, 2, 4, 5, 7, 9, 11, 12)
    places = [beat + place for beat in range(80) for place in pattern[beat % len(pattern)]]
    return [(place, place + 0.4, pitch + dice.choice(steps), 80) for place in places]


def batches(learnt: list[Lesson]) -> Iterator[Lesson]:
    """The lessons in pieces, shuffled."""
    chunks = [
        (x[at : at + CHUNK], y[at : at + CHUNK]) for x, y in learnt for at in range(0, max(len(x) - CHUNK // 2, 1), CHUNK)
    ]
    order = iter(torch.randperm(len(chunks)).tolist())
    while chosen := [chunks[index] for index in islice(order, BATCH)]:
        features = nn.utils.rnn.pad_sequence([x for x, _ in chosen], batch_first=True)
        yield features, nn.utils.rnn.pad_sequence([y for _, y in chosen], batch_first=True, padding_value=-1)


def teach(learnt: list[Lesson], minutes: float) -> EarNet:
    """Learn for so long; the learning rate falls to nothing."""
    net, began = EarNet(), monotonic()
    steps = torch.optim.Adam(net.parameters(), LEARNING_RATE)
    while (gone := (monotonic() - began) / (60.0 * minutes)) < 1.0:
        for features, places in batches(learnt):
            gone = min((monotonic() - began) / (60.0 * minutes), 1.0)
            steps.param_groups[0]["lr"] = LEARNING_RATE * (1.0 - gone) + 1e-4
            loss = nn.functional.cross_entropy(net(features).flatten(0, 1), places.flatten(), ignore_index=-1)
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            steps.step()
            if gone >= 1.0:
                break
        sys.stderr.write(f"{gone:.2f} of the time gone, {float(loss.detach()):.3f} nats an onset\n")
    return net


def weights(net: EarNet, usual: list[float]) -> dict[str, list[list[float]]]:
    """As `agent.listen.ear` reads them: rows over features, cells and one."""
    state = {name: value.double().numpy() for name, value in net.state_dict().items()}
    fresh, kept = state["cells.weight_ih_l0"], state["cells.weight_hh_l0"]
    fresh_bias, kept_bias = state["cells.bias_ih_l0"], state["cells.bias_hh_l0"]
    gates = slice(0, 2 * CELLS)
    tables = {
        "gates": np.column_stack([fresh[gates], kept[gates], fresh_bias[gates] + kept_bias[gates]]),
        "fresh": np.column_stack([fresh[2 * CELLS :], fresh_bias[2 * CELLS :]]),
        "cells": np.column_stack([kept[2 * CELLS :], kept_bias[2 * CELLS :]]),
        "places": np.column_stack([state["places.weight"], state["places.bias"]]),
        "usual": np.log([usual]),
    }
    return {name: np.round(table, 3).tolist() for name, table in tables.items()}


def main() -> None:
    """Read, teach, write."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--data", type=Path, default=Path("../shared/data"))
    wanted.add_argument("--out", type=Path, default=Path("agent/listen/ear.json"))
    wanted.add_argument("--minutes", type=float, default=13.0)
    options = wanted.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with Archives(options.data) as archives:
        learnt = [one for one in lessons(archives, random.Random(5)) if one is not None]
    usual = torch.bincount(torch.cat([places for _, places in learnt]), minlength=PLACES).double()
    net = teach(learnt, options.minutes)
    options.out.write_text(json.dumps(weights(net, (usual / usual.sum()).tolist()), separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
