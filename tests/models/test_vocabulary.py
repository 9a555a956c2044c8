"""The table of steps is the truth."""

import subprocess
import sys

import pytest

from models import vocabulary as v


def test_lengths_come_back_as_the_nearest_length_in_the_table():
    assert [v.DURATIONS[v.duration_bucket(ticks)] for ticks in v.DURATIONS] == list(v.DURATIONS)
    assert v.DURATIONS[v.duration_bucket(23)] in (22, 24)
    assert v.DURATIONS[v.duration_bucket(10_000)] == v.DURATIONS[-1]


def test_every_velocity_comes_back_within_its_class():
    for velocity in range(128):
        assert abs(v.velocity_of(v.velocity_bucket(velocity)) - velocity) <= 128 // v.VELOCITIES


@pytest.mark.parametrize("chord", range(0, v.NO_CHORD, 7))
def test_a_chord_transposed_up_and_down_is_itself(chord):
    moved = v.transpose_chord(chord, 5)
    assert v.chord_pitch_classes(moved) == {(tone + 5) % 12 for tone in v.chord_pitch_classes(chord)}
    assert v.transpose_chord(moved, -5) == chord


def test_no_chord_stays_no_chord_in_every_key():
    assert v.transpose_chord(v.NO_CHORD, 3) == v.NO_CHORD
    assert v.chord_pitch_classes(v.NO_CHORD) == frozenset()
    assert v.chord_index(-1, 0) == v.NO_CHORD


def test_unknown_tempo_has_a_class_of_its_own():
    assert v.tempo_bucket(0) == 0
    assert [v.tempo_bucket(bpm) for bpm in (30, 120, 300)] == sorted({v.tempo_bucket(bpm) for bpm in (30, 120, 300)})
    assert v.tempo_bucket(1000) < dict((name, size) for name, size, _ in v.FIELDS)["tempo"]


def test_the_table_prints_itself_with_every_row():
    printed = subprocess.run([sys.executable, "-m", "models.vocabulary"], capture_output=True, text=True, check=True).stdout
    for name, _, meaning in (*v.FIELDS, *v.HEADS):
        assert name in printed and meaning in printed
    assert v.fingerprint() in printed
