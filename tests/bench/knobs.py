"""Whether each knob moves what it names, all the way: `python -m tests.bench.knobs [--model duo]`.

A tune as the human, comp and bass as the agent, five settings of each knob, everything else alike. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean

from agent.config import Config, change
from agent.export import HUMAN, Evening, look_back
from agent.play.chart import Form
from agent.rehearsal import Options, rehearse
from agent.tunes import load_tune
from models.load import load_model
from models.music import Metre, Note, change_at
from models.tempo import TempoMap

FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)
CHART = "| G | G | Am7 | D7 | G | C | Am7 D7 | G |"
BARS = 16

Measure = Callable[[list[Note]], float]


def density(notes: list[Note]) -> float:
    """Notes a beat."""
    return len(notes) / (BARS * 4)


def register(notes: list[Note]) -> float:
    """Mean pitch of a part, the mean of the parts: which of them plays more is another knob's business."""
    parts = {note.part for note in notes}
    return fmean(fmean(note.pitch for note in notes if note.part == part) for part in parts)


def energy(notes: list[Note]) -> float:
    """Mean velocity."""
    return fmean(note.velocity for note in notes)


def chord_tones(notes: list[Note]) -> float:
    """The share of notes that begin on a tone of the chart's chord."""
    changes = Form(CHART).changes(0.0, BARS * 4.0, Metre())
    inside = [note.pitch % 12 in chord.pitch_classes for note in notes if (chord := change_at(changes, note.onset_beats))]
    return fmean(inside)


KNOBS: dict[str, tuple[str, Measure]] = {
    "density": ("density", density),
    "height": ("register", register),
    "energy": ("energy", energy),
    "chord_strength": ("chord tones", chord_tones),
}


def main() -> None:
    """Measure and print."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--model", default="duo")
    options = wanted.parse_args()
    os.nice(5)
    table = {}
    for knob, (name, measure) in KNOBS.items():
        values = [round(measure(played(options.model, **{knob: setting})), 3) for setting in FIVE]
        rising = all(before < after for before, after in pairwise(values))
        table[name] = {"values": values, "monotone": rising}
        sys.stdout.write(f"{name:10} {values} {'rises' if rising else 'DOES NOT RISE'}\n")
        sys.stdout.flush()
    sys.stdout.write(json.dumps(table) + "\n")


def played(model: str, **music: float) -> list[Note]:
    """The agent's notes of one evening."""
    config = change(Config(), agent={"mode": "accompany", "parts": ("comp", "bass")}, clock={"sync": "internal"}, music=music)
    config = change(config, song={"chart": CHART if "chord_strength" in music else ""})
    tune = [note for note in load_tune("ode_to_joy").notes if note.onset_beats < BARS * 4]
    tempo = TempoMap(100.0)
    rehearsal = rehearse(tune, tempo, load_model(model), Options(config))
    evening: Evening = look_back(config, rehearsal.passes, rehearsal.tempo)
    return [note for name, notes in evening.tracks().items() if name != HUMAN for note in notes]


if __name__ == "__main__":
    main()
