"""What an onset sounds like, and how an idea of the beat is weighed."""

from __future__ import annotations

from math import exp

import pytest

from agent.listen.accent import Accents
from agent.listen.beat import BeatFinder
from agent.listen.ear import Ear
from agent.listen.grid import Grid
from tests.bench.beats import f_measure


def test_the_notes_of_a_chord_are_described_as_one_onset() -> None:
    accents = Accents()
    assert accents.hear(1.0, 48, 80) == ()
    assert accents.hear(1.01, 55, 80) is None
    described = accents.hear(1.5, 60, 80)
    assert described is not None and len(described) == 12


def described(gap_seconds: float, pitch: int, velocity: int) -> tuple[float, ...]:
    """A note, and another this much later: the first one's features."""
    accents = Accents()
    accents.hear(1.0, pitch, velocity)
    return accents.hear(1.0 + gap_seconds, 60, 80) or ()


def test_a_longer_louder_and_lower_onset_stands_out() -> None:
    plain, strong = described(0.3, 60, 80), described(0.9, 40, 110)
    after, low, loud, bass = 0, 3, 5, 7
    assert strong[after] > plain[after] and strong[loud] > plain[loud]
    assert strong[low] < plain[low] and (strong[bass], plain[bass]) == (1.0, 0.0)


def test_the_ear_weighs_four_places_and_says_the_same_again() -> None:
    features = (0.1, -0.2, 0.0, 0.3, 0.1, 0.5, 1.0, 0.0, 0.0, 1.0, -1.0, -0.8)
    one, other = Ear(), Ear()
    first = [one.hear(features) for _ in range(5)]
    assert first == [other.hear(features) for _ in range(5)]
    assert all(len(places) == 4 and max(places) > 0.0 > min(places) for places in first)


def test_the_idea_on_which_onsets_fall_is_worth_more() -> None:
    on, off = Grid(0.0, 0.6, 0.002, 0.0), Grid(0.1, 0.6, 0.002, 0.0)
    for number in range(1, 20):
        on.hear(number * 0.6, 1.7, exp(-0.6 / 20.0))
        off.hear(number * 0.6 + 0.05 * (number % 2), 1.7, exp(-0.6 / 20.0))
    assert on.score > off.score and on.fit > 0.8


def test_an_idea_follows_a_tempo_that_drifts() -> None:
    grid, seconds, period = Grid(0.0, 0.6, 0.015, 0.0), 0.0, 0.6
    for _ in range(40):
        seconds += period
        period *= 1.005
        grid.hear(seconds, 1.7, 0.97)
    assert grid.period_seconds == pytest.approx(period, rel=0.02)


def test_ideas_agree_whole_beats_apart() -> None:
    grid = Grid(0.0, 0.6, 0.002, 0.0)
    assert grid.agrees(Grid(1.8, 0.601, 0.002, 1.8), 0.02, 0.05)
    assert not grid.agrees(Grid(2.1, 0.6, 0.002, 2.1), 0.02, 0.05)
    assert not grid.agrees(Grid(1.8, 0.66, 0.002, 1.8), 0.02, 0.05)


def test_a_pause_does_not_make_it_lose_the_beat() -> None:
    finder, pulse = BeatFinder(), None
    for beat in (*range(24), *range(32, 36)):
        pulse = finder.hear(1.0 + beat * 0.6, 80, 60)
    assert pulse is not None
    assert pulse.bpm == pytest.approx(100.0, rel=0.02)


def test_partners_are_counted_once() -> None:
    assert f_measure([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.07) == 1.0
    assert f_measure([1.0, 1.05], [1.0], 0.07) == pytest.approx(2 / 3)
    assert f_measure([1.5, 2.5], [1.0, 2.0], 0.07) == 0.0
