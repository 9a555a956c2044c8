"""A human who changes key, stops or doubles the tempo in mid phrase: how long does the agent play what does not fit any more?

    python -m tests.bench.surprises --model duo

100 cases: two tunes, ten moments, five surprises, in `accompany` with 30 ms of latency. The human plays the tune with his
right hand and a chord a bar with his left, below middle C, which is the agent's left-hand zone. What is off the new chord is a
note whose pitch class is not in the chord that his left hand struck last. Counted is the longest time, in beats, that any one
note of the agent's is off in the eight beats from the surprise on: the goal is one beat or less in nine of ten cases, and no
note hanging or struck twice. For scale, the same over the eight beats before. The last line is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Annotated

import numpy as np
import typer

from agent.tunes import load_tune
from models.load import load_model
from models.music import NoteOff, NoteOn
from models.tempo import TempoMap
from tests.play.test_properties import assert_alternating
from tests.players import humans
from tests.players.humans import Key, Keys
from tests.stage import KEYS, Stage

BPM = 100.0
BEAT_S = 60.0 / BPM
BAR_BEATS = 4
AROUND_BEATS = 8.0
MIDDLE_C = 60
PARTS = ("comp", "bass")
SPREAD_S = 0.004  # between the fingers of a chord
TUNES = {"ode_to_joy": 0, "all_through_the_night": 7}
PROGRESSION = ((0, 4, 7), (5, 9, 0), (7, 11, 2), (9, 0, 4))
SURPRISES: dict[str, Callable[[Keys, float], Keys]] = {
    "up a semitone": lambda keys, at_s: humans.in_another_key(keys, at_s, 1),
    "up a tritone": lambda keys, at_s: humans.in_another_key(keys, at_s, -6),
    "down a third": lambda keys, at_s: humans.in_another_key(keys, at_s, -3),
    "stops": humans.breaking_off,
    "doubles the tempo": humans.at_double_tempo,
}


def left_hand(tonic: int, from_s: float, to_s: float) -> Keys:
    """A chord a bar, and one at the surprise, so that the new key is heard in both hands."""
    bars = np.arange(0.0, to_s, BAR_BEATS * BEAT_S).tolist()
    found: Keys = []
    for number, bar_s in enumerate(bars):
        struck = [bar_s, from_s] if bar_s < from_s < bar_s + BAR_BEATS * BEAT_S else [bar_s]
        for begin_s, end_s in zip(struck, [*struck[1:], bar_s + BAR_BEATS * BEAT_S], strict=True):
            for finger, step in enumerate(PROGRESSION[number % len(PROGRESSION)]):
                pitch = 44 + (tonic + step - 44) % 12
                found.append(Key(begin_s + finger * SPREAD_S, end_s - 0.05, pitch))
    return found


def agent_notes(stage: Stage) -> list[tuple[float, float, int]]:
    """(from, to, pitch) in seconds of all that sounded."""
    down: dict[tuple[str, int, int], float] = {}
    found = []
    for seconds, port, event in stage.outputs.events:
        if isinstance(event, NoteOn):
            down[port, event.channel, event.pitch] = seconds
        elif isinstance(event, NoteOff) and (port, event.channel, event.pitch) in down:
            found.append((down.pop((port, event.channel, event.pitch)), seconds, event.pitch))
    return found


def longest_off(notes: list[tuple[float, float, int]], keys: Keys, from_s: float, to_s: float) -> float:
    """The longest that any one note goes on while it is not in the chord struck last, in beats."""
    low = sorted((key.down_s, key.pitch % 12) for key in keys if key.pitch < MIDDLE_C)
    struck = sorted({round(seconds - 0.02, 1) for seconds, _ in low})
    chords = [{tone for seconds, tone in low if at_s - 0.05 <= seconds < at_s + 0.15} for at_s in struck]
    spans = [
        (max(begin, from_s), min(end, to_s), tones)
        for begin, end, tones in zip(struck, [*struck[1:], to_s], chords, strict=True)
    ]
    overlaps = [
        min(end, until) - max(begin, since)
        for begin, end, pitch in notes
        for since, until, tones in spans
        if pitch % 12 not in tones
    ]
    return round(max([0.0, *overlaps]) / BEAT_S, 2)


def main(model: Annotated[str, typer.Option(help="as for `antiphon jam`")] = "duo", moments: int = 10) -> None:
    """All cases, one after the other."""
    mind = load_model(model)
    after: dict[str, list[float]] = {name: [] for name in SURPRISES}
    before: list[float] = []
    for (tune, tonic), moment, (name, surprise) in product(TUNES.items(), range(moments), SURPRISES.items()):
        at_s = (16.0 + 2.5 * moment) * BEAT_S
        to_s = at_s + AROUND_BEATS * BEAT_S
        written = humans.performed(load_tune(tune).notes, TempoMap(BPM)) + left_hand(tonic, at_s, to_s * 2)
        keys = [key for key in surprise(written, at_s) if key.down_s < to_s]
        mind.reset(moment)
        stage = Stage()
        stage.begin(
            mode="accompany", model=mind, latency_s=0.03, sync="estimate", bpm=BPM, parts=PARTS, left_hand_below=MIDDLE_C
        )
        for item in humans.items(keys, KEYS):
            stage.post(item)
        stage.run(until_s=to_s + 4.0 * BEAT_S)
        assert stage.sounding() == set()
        assert_alternating(stage.outputs.events)
        notes = agent_notes(stage)
        after[name].append(longest_off(notes, keys, at_s, to_s))
        before.append(longest_off(notes, keys, at_s - AROUND_BEATS * BEAT_S, at_s))
    told = {"before": _told(before)} | {name: _told(values) for name, values in after.items()}
    for name, figures in told.items():
        typer.echo(f"{name}: {figures}")
    typer.echo(json.dumps(told | {"all": _told([value for values in after.values() for value in values])}))


def _told(beats: list[float]) -> dict[str, float]:
    median, high = np.percentile(beats, [50, 90])
    within = float(np.mean(np.array(beats) <= 1.0))
    return {"within a beat": round(within, 2), "p50": float(median), "p90": float(high), "worst": max(beats)}


if __name__ == "__main__":
    typer.run(main)
