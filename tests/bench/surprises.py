"""A human who changes key, stops or doubles the tempo in mid phrase: how long does the agent play what does not fit any more?

    python -m tests.bench.surprises --model duo

100 cases: two tunes, ten moments, five surprises, `accompany` with 30 ms of latency. A note of the agent's fits while its pitch
class lies in a triad of the human's new key that also holds what the human plays at that instant (what he played last,
while he rests). Counted is the longest time, in beats, for which notes that do not fit sound without a break in the eight
beats after the surprise; the goal is one beat or less in nine of ten cases, and no note hanging or struck twice. For
scale, the same over the eight beats before. The last line is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Annotated

import numpy as np
import typer

from agent.tunes import load_tune
from models.keys import scale
from models.load import load_model
from models.music import NoteOff, NoteOn
from models.tempo import TempoMap
from tests.play.test_properties import assert_alternating
from tests.players import humans
from tests.players.humans import Keys
from tests.stage import KEYS, Stage

BPM = 100.0
BEAT_S = 60.0 / BPM
AROUND_BEATS = 8.0
STEP_BEATS = 0.05
TUNES = {"ode_to_joy": (0, 0), "all_through_the_night": (7, 0)}
SURPRISES: dict[str, tuple[int, Callable[[Keys, float], Keys]]] = {
    "up a semitone": (1, lambda keys, at_s: humans.in_another_key(keys, at_s, 1)),
    "up a tritone": (6, lambda keys, at_s: humans.in_another_key(keys, at_s, 6)),
    "down a third": (-3, lambda keys, at_s: humans.in_another_key(keys, at_s, -3)),
    "stops": (0, humans.breaking_off),
    "doubles the tempo": (0, humans.at_double_tempo),
}


def triads(key: tuple[int, int], pitch_class: int) -> frozenset[int]:
    """Every pitch class of those triads of a key that hold a pitch class; the key itself where none does."""
    steps = sorted(scale(key))
    chords = [{steps[(i + third) % 7] for third in (0, 2, 4)} for i in range(7)]
    return frozenset(tone for chord in chords if pitch_class in chord for tone in chord) or scale(key)


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


def longest_misfit(
    notes: list[tuple[float, float, int]], keys: Keys, key: tuple[int, int], from_s: float, to_s: float
) -> float:
    """The longest time without a break, in beats, in which something sounds that does not fit."""
    longest = now = 0.0
    for at_s in np.arange(from_s, to_s, STEP_BEATS * BEAT_S):
        played = [k.pitch for k in keys if from_s - 1e-6 <= k.down_s <= at_s] or [k.pitch for k in keys if k.down_s <= at_s]
        fits = triads(key, played[-1] % 12) if played else scale(key)
        misfit = any(begin <= at_s < end and pitch % 12 not in fits for begin, end, pitch in notes)
        now = now + STEP_BEATS if misfit else 0.0
        longest = max(longest, now)
    return round(longest, 2)


def main(model: Annotated[str, typer.Option(help="as for `antiphon jam`")] = "duo") -> None:
    """All cases, one after the other."""
    mind = load_model(model)
    after: dict[str, list[float]] = {name: [] for name in SURPRISES}
    before: list[float] = []
    for (tune, home), moment, (name, (up, surprise)) in product(TUNES.items(), range(10), SURPRISES.items()):
        at_s = (16.0 + 2.5 * moment) * BEAT_S
        written = humans.performed(load_tune(tune).notes, TempoMap(BPM))
        keys = [k for k in surprise(written, at_s) if k.down_s < at_s + (AROUND_BEATS + 2.0) * BEAT_S]
        mind.reset(moment)
        stage = Stage()
        stage.begin(mode="accompany", model=mind, latency_s=0.03, sync="estimate", bpm=BPM, parts=("comp",))
        for item in humans.items(keys, KEYS):
            stage.post(item)
        stage.run(until_s=at_s + (AROUND_BEATS + 6.0) * BEAT_S)
        assert stage.sounding() == set()
        assert_alternating(stage.outputs.events)
        notes, away = agent_notes(stage), ((home[0] + up) % 12, home[1])
        after[name].append(longest_misfit(notes, keys, away, at_s, at_s + AROUND_BEATS * BEAT_S))
        before.append(longest_misfit(notes, keys, home, at_s - AROUND_BEATS * BEAT_S, at_s))
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
