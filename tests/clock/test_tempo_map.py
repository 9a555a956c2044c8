"""Seconds and beats: exact both ways, and the past never moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tempo import MOST_CHANGES, TempoMap

BPM = st.floats(20.0, 300.0)
CHANGES = st.lists(st.tuples(BPM, st.floats(0.0, 100.0)), max_size=12)
INSTANTS = st.floats(-10.0, 200.0)


def bent(bpm: float, changes: list[tuple[float, float]]) -> TempoMap:
    tempo = TempoMap(bpm)
    for new_bpm, seconds in changes:
        tempo.change(new_bpm, seconds)
    return tempo


@settings(max_examples=600)
@given(BPM, CHANGES, INSTANTS)
def test_there_and_back_is_the_same_instant(bpm: float, changes, seconds: float) -> None:
    tempo = bent(bpm, changes)
    assert tempo.seconds_at(tempo.beats_at(seconds)) == pytest.approx(seconds, abs=1e-9)
    assert tempo.beats_at(tempo.seconds_at(seconds)) == pytest.approx(seconds, abs=1e-9)


@settings(max_examples=600)
@given(BPM, CHANGES, BPM, st.floats(0.0, 120.0), st.floats(0.0, 1.0))
def test_a_change_never_moves_the_past(bpm: float, changes, new_bpm: float, at: float, share: float) -> None:
    tempo = bent(bpm, changes)
    last_seconds = tempo.changes[-1].seconds
    past_seconds = share * max(at, last_seconds)
    before = tempo.beats_at(past_seconds)
    tempo.change(new_bpm, at)
    assert tempo.beats_at(past_seconds) == pytest.approx(before, abs=1e-9)
    assert tempo.bpm == new_bpm


@settings(max_examples=300)
@given(BPM, CHANGES, INSTANTS, st.floats(0.0, 50.0))
def test_time_runs_forwards_in_both_clocks(bpm: float, changes, seconds: float, later: float) -> None:
    tempo = bent(bpm, changes)
    assert tempo.beats_at(seconds + later) >= tempo.beats_at(seconds) - 1e-9
    assert tempo.seconds_at(seconds + later) >= tempo.seconds_at(seconds) - 1e-9


def test_a_bar_at_one_tempo_and_a_bar_at_twice_it() -> None:
    tempo = TempoMap(60.0)
    tempo.change(120.0, seconds=4.0)
    assert [tempo.beats_at(seconds) for seconds in (0.0, 2.0, 4.0, 5.0, 6.0)] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert [tempo.seconds_at(beats) for beats in (0.0, 4.0, 8.0)] == [0.0, 4.0, 6.0]
    assert (tempo.bpm_at(3.9), tempo.bpm_at(4.0)) == (60.0, 120.0)
    assert tempo.moment(5.0) == tempo.moment_of_beat(6.0)


def test_a_change_at_the_same_instant_replaces_the_one_before() -> None:
    tempo = bent(60.0, [(90.0, 4.0), (120.0, 4.0)])
    assert [change.bpm for change in tempo.changes] == [60.0, 120.0]


@pytest.mark.parametrize("bpm", [0.0, -60.0, 4.9, 1000.1, float("nan"), float("inf")])
def test_what_nobody_can_play_is_refused(bpm: float) -> None:
    with pytest.raises(ValueError, match="not playable"):
        TempoMap(bpm)
    with pytest.raises(ValueError, match="not playable"):
        TempoMap(100.0).change(bpm, 1.0)


@settings(max_examples=300)
@given(BPM, CHANGES, st.floats(0.0, 120.0), st.floats(0.0, 8.0), INSTANTS)
def test_a_leap_moves_the_future_alone(bpm: float, changes, at: float, beats: float, seconds: float) -> None:
    tempo, unmoved = bent(bpm, changes), bent(bpm, changes)
    at = max(at, tempo.changes[-1].seconds)
    tempo.leap(tempo.beats_at(at) + beats, at)
    leapt = beats if seconds >= at else 0.0
    assert tempo.beats_at(seconds) == pytest.approx(unmoved.beats_at(seconds) + leapt, abs=1e-9)
    assert tempo.seconds_at(tempo.beats_at(seconds)) == pytest.approx(seconds, abs=1e-9)
    assert tempo.bpm == unmoved.bpm


def test_beats_that_are_leapt_over_fall_on_the_leap_and_none_comes_twice() -> None:
    tempo = TempoMap(60.0)
    tempo.leap(5.0, seconds=2.5)
    assert [tempo.seconds_at(beats) for beats in (2.0, 2.5, 3.0, 4.9, 5.0, 6.0)] == [2.0, 2.5, 2.5, 2.5, 2.5, 3.5]
    tempo.leap(1.0, seconds=3.5)
    assert tempo.beats_at(3.5) == 6.0


def test_months_of_a_bending_tempo_take_no_more_room_than_an_hour_and_the_last_hour_stays_exact() -> None:
    tempo, beats = TempoMap(100.0), []
    for number in range(1, 4 * MOST_CHANGES):
        tempo.change(100.0 + number % 7, number / 3.0)
        beats.append(tempo.beats_at(number / 3.0))
    assert len(tempo.changes) <= MOST_CHANGES
    for ago in (1, 100, MOST_CHANGES // 2):
        seconds = (len(beats) - ago + 1) / 3.0
        assert tempo.beats_at(seconds) == pytest.approx(beats[-ago])
        assert tempo.seconds_at(beats[-ago]) == pytest.approx(seconds)
