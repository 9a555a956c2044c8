"""An hour alone: does it go round in circles? `python -m tests.bench.solo --minutes 60 --model duo`

`solo` on the stage clock with 30 ms of latency, lead and comp, 100 beats a minute. Counted is how often in a row eight bars
come again note for note (pitch and place on a grid of sixths of a beat, of all parts); the goal is never more than three
times. The last line is JSON: notes, the most repeats in a row, the share of eight bars that came before at any time, onsets a
minute in each quarter of the hour, notes left hanging.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Annotated

import typer

from models.load import load_model
from models.music import NoteOn
from tests.stage import Stage

BPM = 100.0
BAR_BEATS = 4
BARS = 8
_GRID = 6  # places in a beat


def bars_of(onsets: list[tuple[float, int]], bars: int) -> list[frozenset[tuple[int, int]]]:
    """What is struck in each bar: (place, pitch)."""
    found: list[set[tuple[int, int]]] = [set() for _ in range(bars)]
    for seconds, pitch in onsets:
        place = round(seconds * BPM / 60.0 * _GRID)
        if place // (_GRID * BAR_BEATS) < bars:
            found[place // (_GRID * BAR_BEATS)].add((place % (_GRID * BAR_BEATS), pitch))
    return [frozenset(bar) for bar in found]


def most_in_a_row(bars: list[frozenset[tuple[int, int]]], length: int) -> int:
    """How many times the same so many bars follow one another at most; silence is no music and does not count."""
    most = 1
    for first in range(len(bars) - length):
        times, here = 1, bars[first : first + length]
        while any(here) and bars[first + times * length : first + (times + 1) * length] == here:
            times += 1
        most = max(most, times)
    return most


def main(minutes: float = 60.0, model: Annotated[str, typer.Option(help="as for `antiphon jam`")] = "duo") -> None:
    """Let it play."""
    mind = load_model(model)
    mind.reset(1)
    stage = Stage()
    stage.begin(mode="solo", model=mind, latency_s=0.03, bpm=BPM, parts=("lead", "comp"))
    stage.run(until_s=minutes * 60.0)
    onsets = [(seconds, event.pitch) for seconds, _, event in stage.outputs.events if isinstance(event, NoteOn)]
    bars = bars_of(onsets, int(minutes * BPM / BAR_BEATS))
    spans = Counter(tuple(bars[first : first + BARS]) for first in range(0, len(bars) - BARS + 1, BARS))
    quarter_s = minutes * 15.0
    told = {
        "notes": len(onsets),
        "most_in_a_row": most_in_a_row(bars, BARS),
        "came_before": sum(count - 1 for count in spans.values()) / max(sum(spans.values()), 1),
        "onsets_a_minute": [
            round(sum(i * quarter_s <= s < (i + 1) * quarter_s for s, _ in onsets) / quarter_s * 60) for i in range(4)
        ],
        "hanging": len(stage.sounding()),
    }
    typer.echo(json.dumps(told))


if __name__ == "__main__":
    typer.run(main)
