"""Antiphon keeps time with strangers: a metronome with a shaky clock leads it, and its own clock leads others."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.rig.orchestra import TICKS_PER_BEAT, Orchestra, runs
from tests.rig.rig import SAMPLE_RATE, Rig

TWO_BARS = 8.0
A_QUARTER_AFTER_BEAT_20 = 20 * SAMPLE_RATE // 2 + 6000
"""In frames, at 120 beats a minute."""


@pytest.fixture
def orchestra(rig: Rig) -> Orchestra:
    """Nobody is on stage yet."""
    return Orchestra(rig)


@pytest.mark.parametrize(
    ("tempo", "jitter_percent", "beats"),
    [
        ("4/4 60", 3, 8),  # each tick shaken by up to a millisecond, or a little more
        ("4/4 97.3", 4, 10),
        ("4/4 120", 5, 8),
        ("4/4 174", 5, 12),
        ("64 4/4 80-140/0.25", 0, 10),  # a beat a minute faster with every beat
    ],
)
def test_it_is_in_phase_with_a_metronome_after_two_bars(
    orchestra: Orchestra, tempo: str, jitter_percent: int, beats: int
) -> None:
    orchestra.antiphon("midi", bpm=100.0)
    orchestra.master(tempo, jitter_percent)
    errors = orchestra.follow(beats * TICKS_PER_BEAT, after_beats=TWO_BARS)
    assert np.percentile(errors, 95) <= 5.0


def test_it_stops_goes_on_and_takes_up_the_song_where_the_metronome_does(orchestra: Orchestra) -> None:
    orchestra.antiphon("midi", bpm=100.0)
    orchestra.master("4/4 120")
    orchestra.follow(TICKS_PER_BEAT, after_beats=1.0)
    silent = len(orchestra.ours.messages)
    time.sleep(0.5)
    assert len(orchestra.ours.messages) == silent
    errors = orchestra.follow(3 * TICKS_PER_BEAT, after_beats=1.0, from_frame=A_QUARTER_AFTER_BEAT_20)
    assert runs(orchestra.leader)[-1].beats[0] >= 20.0
    assert np.percentile(errors, 95) <= 5.0


def test_others_find_its_own_clock_steady(orchestra: Orchestra) -> None:
    orchestra.antiphon("internal", bpm=124.0)
    filtered, steps = orchestra.judge(seconds=5.0)
    assert np.median(filtered) == pytest.approx(124.0, abs=0.1)
    assert np.percentile(np.abs(steps - SAMPLE_RATE * 60.0 / 124.0 / TICKS_PER_BEAT), 75) <= 3.0  # frames, a sixteenth of a ms
