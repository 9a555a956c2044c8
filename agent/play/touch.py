"""The touch of a hand: no two notes come at quite the place or with quite the weight that was meant.

Onsets come a little late and never early, so that what has sounded is never planned again; each is drawn from its own place,
so that the same evening is the same again. Standard deviations of pianists who play with a click are some 10 ms and some 8
steps of velocity (Repp; Goebl); at full strength ours stray as much.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from models.music import Knobs, Note

MOST_LATE_SECONDS = 0.025
_SPREAD_SECONDS = 0.010
_SPREAD_VELOCITY = 8.0


def touched(note: Note, knobs: Knobs, bpm: float, seed: int) -> Note:
    """The note as a hand would play it. Runs on the loop."""
    if knobs.humanize <= 0.0:
        return note
    dice = Random(f"{seed}/{note.onset_beats:.4f}/{note.pitch}/{note.part}")
    late_seconds = min(abs(dice.gauss(0.0, _SPREAD_SECONDS)), MOST_LATE_SECONDS) * knobs.humanize
    velocity = round(note.velocity + dice.gauss(0.0, _SPREAD_VELOCITY) * knobs.humanize)
    return replace(
        note,
        onset_beats=note.onset_beats + late_seconds * bpm / 60.0,
        velocity=max(1, min(velocity, max(knobs.velocity_max, note.velocity))),
    )
