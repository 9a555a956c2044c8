"""Surprises: whatever people do in mid phrase, in whichever mode, no note hangs, overlaps another or is struck twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from agent.play.modes import MODES
from agent.tunes import load_tune
from models.markov import MarkovMind
from models.music import NoteOn
from models.tempo import TempoMap
from tests.play.test_properties import assert_alternating
from tests.players import humans
from tests.players.humans import Keys
from tests.stage import KEYS, Stage

LENGTH_S = 24.0
TWICE_SECONDS = 0.03
"""The same key struck again sooner than this is a stutter and no music."""
BARGE_IN_SECONDS = 0.1


@cache
def tune() -> tuple[humans.Key, ...]:
    """The first bars of a tune, as written."""
    notes = load_tune("ode_to_joy").notes
    return tuple(key for key in humans.performed(notes, TempoMap(100.0)) if key.down_s < LENGTH_S)


HABITS: dict[str, Callable[[Keys], Keys]] = {
    "plays well": lambda keys: keys,
    "is unsteady": lambda keys: humans.unsteady(keys, 0.05),
    "is a beginner": lambda keys: humans.clumsy(humans.unsteady(keys, 0.1), 0.25),
    "runs away": lambda keys: humans.drifting(keys, 1.6),
    "slows down": lambda keys: humans.drifting(keys, 0.6),
    "doubles the tempo": lambda keys: humans.at_double_tempo(keys, 8.3),
    "stops": lambda keys: humans.breaking_off(keys, 7.7),
    "changes key": lambda keys: humans.in_another_key(keys, 8.1, 6),
    "changes key and hurries": lambda keys: humans.at_double_tempo(humans.in_another_key(keys, 8.1, 3), 8.1),
    "plays octaves": lambda keys: humans.doubled(keys),
    "bounces": lambda keys: humans.doubled(keys, semitones=0),
    "rests": lambda keys: humans.silent(keys, 6.0, 14.0),
    "barges in": lambda keys: humans.barging_in(humans.silent(keys, 5.0, 18.0), (8.0, 9.3, 12.1)),
    "never lets go": lambda keys: humans.never_letting_go(keys),
    "never lets go and stops": lambda keys: humans.breaking_off(humans.never_letting_go(keys), 9.0),
}


def perform(mode: str, keys: Keys, latency_s: float = 0.02, **settings: object) -> Stage:
    """This human with the agent in this mode."""
    mind = MarkovMind()
    mind.reset(1)
    stage = Stage()
    stage.begin(mode=mode, model=mind, latency_s=latency_s, sync="estimate", bpm=100.0, **settings)
    for item in humans.items(keys, KEYS):
        stage.post(item)
    stage.run(until_s=LENGTH_S + 6.0)
    return stage


def stutters(stage: Stage) -> list[str]:
    """Keys that the agent struck twice within an instant."""
    struck: dict[tuple[str, int, int], float] = {}
    found = []
    for seconds, port, event in stage.outputs.events:
        if isinstance(event, NoteOn):
            key = (port, event.channel, event.pitch)
            if seconds - struck.get(key, -1.0) < TWICE_SECONDS:
                found.append(f"{key} at {seconds:.3f}")
            struck[key] = seconds
    return found


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "listen"])
@pytest.mark.parametrize("habit", HABITS)
def test_nothing_hangs_overlaps_or_stutters(mode: str, habit: str) -> None:
    stage = perform(mode, HABITS[habit](list(tune())), parts=("comp", "bass", "drums"))
    assert stage.sounding() == set()
    assert_alternating(stage.outputs.events)
    bouncing = habit == "bounces" and mode in ("shadow", "auto")  # whoever shadows a bouncing key bounces with it
    assert bouncing or stutters(stage) == []
    assert stage.cues("/sys/error") == []


@pytest.mark.parametrize("latency_s", [0.0, 0.08, 0.4])
@pytest.mark.parametrize("at_s", [7.0, 7.31, 7.9, 8.05, 8.6])
def test_barging_in_is_answered_with_silence_within_a_tenth_of_a_second(at_s: float, latency_s: float) -> None:
    keys = humans.barging_in(humans.breaking_off(list(tune()), 5.0), (at_s,))
    stage = perform("call_response", keys, latency_s, breath_s=0.5, parts=("comp", "bass"))
    assert [s for s, _, event in stage.outputs.events if isinstance(event, NoteOn) and s < at_s]
    until_s = at_s + 1.5  # the next answer comes later
    late = [seconds for seconds, _, _ in stage.outputs.events if at_s + BARGE_IN_SECONDS < seconds < until_s]
    assert late == []


def test_the_same_human_twice_is_the_same_evening() -> None:
    keys = humans.clumsy(humans.unsteady(list(tune()), 0.08, seed=4), 0.2, seed=4)
    first, second = (perform("together", keys).outputs.events for _ in range(2))
    assert first == second and len(first) > 50
