"""The beat of somebody who plays without a click."""

from __future__ import annotations

import random

import pytest

from agent.listen.beat import FEWEST_ONSETS, BeatFinder, Pulse


def listen(onsets: list[float]) -> Pulse | None:
    finder = BeatFinder()
    pulse = None
    for seconds in onsets:
        pulse = finder.hear(seconds, 80)
    return pulse


def steady(bpm: float, count: int = 32, jitter_seconds: float = 0.0, seed: int = 0) -> list[float]:
    dice = random.Random(seed)
    return [1.0 + number * 60.0 / bpm + dice.gauss(0.0, jitter_seconds) for number in range(count)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bpm", [66, 76, 88, 96, 104, 112, 120, 132])
def test_quarters_with_a_human_hand_are_found_within_four_per_cent(bpm: float, seed: int) -> None:
    pulse = listen(steady(bpm, jitter_seconds=0.015, seed=seed))
    assert pulse is not None
    assert pulse.bpm == pytest.approx(bpm, rel=0.04)


@pytest.mark.parametrize("bpm", [72, 90, 100, 120])
def test_the_beat_lies_where_the_notes_fall(bpm: float) -> None:
    onsets = steady(bpm, jitter_seconds=0.01)
    pulse = listen(onsets)
    assert pulse is not None
    away_beats = (pulse.beat_seconds - onsets[-1]) * bpm / 60.0
    assert abs(away_beats - round(away_beats)) < 0.1


@pytest.mark.parametrize("bpm", [80, 100, 112])
def test_quarters_and_eighths_together_give_the_quarter(bpm: float) -> None:
    quarter = 60.0 / bpm
    rhythm = [0.0, 1.0, 1.5, 2.0, 3.0, 3.5]
    onsets = [1.0 + (4 * bar + beat) * quarter for bar in range(6) for beat in rhythm]
    pulse = listen(onsets)
    assert pulse is not None
    assert pulse.bpm == pytest.approx(bpm, rel=0.04)


def test_it_says_nothing_before_it_has_heard_enough() -> None:
    assert listen(steady(100, FEWEST_ONSETS - 1)) is None
    assert listen(steady(100, FEWEST_ONSETS)) is not None


def test_the_notes_of_a_chord_are_one_onset() -> None:
    chords = [onset + spread for onset in steady(100, 8) for spread in (0.0, 0.01, 0.02)]
    pulse = listen(chords)
    assert pulse is not None
    assert pulse.bpm == pytest.approx(100, rel=0.04)
    assert listen(chords[: 3 * (FEWEST_ONSETS - 1)]) is None


def test_it_follows_a_player_who_slows_down() -> None:
    onsets, seconds, bpm = [], 0.0, 112.0
    while bpm > 90.0:
        onsets.append(seconds)
        seconds += 60.0 / bpm
        bpm *= 0.993
    pulse = listen(onsets)
    assert pulse is not None
    assert pulse.bpm == pytest.approx(bpm, rel=0.06)


def test_a_steady_hand_is_surer_than_dice() -> None:
    dice = random.Random(1)
    scattered = sorted(dice.uniform(0.0, 20.0) for _ in range(33))
    sure, unsure = listen(steady(100)), listen(scattered)
    assert sure is not None and unsure is not None
    assert sure.confidence > 0.9 > unsure.confidence
