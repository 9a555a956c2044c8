"""Antiphon keeps time with strangers: a metronome with a shaky clock leads it, and its own clock leads others."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.rig.orchestra import Orchestra, errors_ms, runs, spans
from tests.rig.rig import SAMPLE_RATE, Rig

TWO_BARS = 8.0


@pytest.fixture
def orchestra(rig: Rig) -> Orchestra:
    """Nobody is on stage yet."""
    return Orchestra(rig)


@pytest.mark.parametrize(
    ("tempo", "jitter_percent", "seconds"),
    [
        ("4/4 60", 3, 13.0),
        ("4/4 97.3", 5, 11.0),
        ("4/4 120", 5, 9.0),
        ("4/4 174", 5, 7.0),
        ("64 4/4 80-140/0.25", 0, 14.0),  # a beat a minute faster with every beat
    ],
)
def test_it_is_in_phase_with_a_metronome_after_two_bars(
    orchestra: Orchestra, tempo: str, jitter_percent: int, seconds: float
) -> None:
    orchestra.antiphon("midi", bpm=100.0)
    orchestra.master(tempo, jitter_percent)
    orchestra.roll(seconds)
    orchestra.halt()
    errors = errors_ms(runs(orchestra.leader)[-1], runs(orchestra.ours)[-1], TWO_BARS)
    assert len(errors) > 50
    assert np.percentile(errors, 95) <= 5.0


def test_it_stops_goes_on_and_takes_up_the_song_where_the_metronome_does(orchestra: Orchestra) -> None:
    orchestra.antiphon("midi", bpm=100.0)
    orchestra.master("4/4 120")
    orchestra.roll(3.0)
    orchestra.halt()
    silent = len(spans(orchestra.ours.messages))
    time.sleep(0.5)
    assert len(spans(orchestra.ours.messages)) == silent
    orchestra.roll(3.0, from_frame=20 * SAMPLE_RATE // 2 + 6000)  # a quarter of a beat after beat 20
    orchestra.halt()
    leader, ours = runs(orchestra.leader)[-1], runs(orchestra.ours)[-1]
    assert leader.beats[0] >= 20.0
    assert np.percentile(errors_ms(leader, ours, after_beats=1.0), 95) <= 5.0


def test_others_find_its_own_clock_steady(orchestra: Orchestra) -> None:
    orchestra.antiphon("internal", bpm=124.0)
    filtered = orchestra.judge(seconds=8.0)
    assert np.median(filtered) == pytest.approx(124.0, abs=0.1)
    steps = np.abs(np.array(spans(orchestra.ours.messages)) - SAMPLE_RATE * 60.0 / 124.0 / 24.0)
    assert np.percentile(steps, 90) <= 3.0  # frames, a sixteenth of a millisecond; a busy machine may drop a period
