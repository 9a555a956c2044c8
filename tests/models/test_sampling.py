"""Walls hold, leanings lean, and one number decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hand import Hand
from models.keys import KeySense, scale
from models.music import Knobs
from models.sampling import Taste, draw, key_leaning, shape_pitches, shape_ticks, shape_velocities
from models.vocabulary import NEVER, PITCHES, VELOCITIES, velocity_of

SOME = st.lists(st.floats(-8, 8), min_size=PITCHES, max_size=PITCHES).map(lambda row: np.array(row, np.float32))


@given(SOME, st.floats(0.05, 3), st.floats(0, 0.5), st.floats(0, 1, exclude_max=True))
def test_what_is_masked_is_never_drawn(logits, temperature, min_p, uniform):
    logits[::2] = -np.inf
    drawn = draw(logits, temperature, min_p, uniform)
    assert drawn is not None and drawn % 2 == 1


def test_nothing_is_drawn_when_all_is_masked():
    assert draw(np.full(5, -np.inf, np.float32), 1.0, 0.0, 0.5) is None


def test_cold_draws_are_the_likeliest_and_frequencies_follow_chances():
    logits = np.log(np.array([0.1, 0.6, 0.3], np.float32))
    assert draw(logits, 0.01, 0.0, 0.999) == 1
    drawn = [draw(logits, 1.0, 0.0, (i + 0.5) / 1000) for i in range(1000)]
    assert [drawn.count(i) for i in range(3)] == pytest.approx([100, 600, 300], abs=2)


def test_min_p_leaves_out_the_unlikely():
    logits = np.log(np.array([0.05, 0.65, 0.3], np.float32))
    assert {draw(logits, 1.0, 0.2, (i + 0.5) / 100) for i in range(100)} == {1, 2}


@given(SOME, st.integers(20, 60), st.integers(61, 100), st.integers(-1, 70), st.sets(st.integers(30, 90), max_size=5))
def test_only_free_keys_in_reach_above_the_last_one_remain(logits, low, high, above, held):
    hand = Hand("comp", Knobs(registers=(("comp", low, high),), polyphony=6))
    for pitch in held:
        hand.take(pitch, 2.0)
    shaped = shape_pitches(logits, hand, 1.0, above, np.zeros(12, np.float32))
    for pitch in np.flatnonzero(np.isfinite(shaped)).tolist():
        assert low <= pitch <= high and pitch > above and pitch not in held


def test_a_full_hand_strikes_nothing_until_a_key_comes_up():
    hand = Hand("comp", Knobs(polyphony=2))
    hand.take(60, 2.0)
    hand.take(64, 3.0)
    assert not hand.can_strike(67, 1.0)
    assert hand.next_room(1.0) == 2.0
    assert hand.can_strike(67, 2.0) and not hand.can_strike(64, 2.5) and not hand.can_strike(20, 2.0)
    hand.drop(64)
    assert hand.sounding(2.5) == []


def test_gone_ticks_are_masked_and_density_leans_on_resting():
    flat = np.zeros(NEVER + 1, np.float32)
    assert not np.isfinite(shape_ticks(flat, 7, 0.5, Taste())[:7]).any()
    rests = [shape_ticks(flat, 0, density, Taste())[NEVER] for density in (0.0, 0.5, 1.0)]
    assert rests[0] > rests[1] == 0.0 > rests[2]
    assert np.isfinite(shape_ticks(flat, 99, 0.5, Taste())).tolist() == [False] * NEVER + [True]


def test_a_key_pulls_and_at_full_strength_walls():
    outside = [c for c in range(12) if c not in scale((2, 0))]
    soft = key_leaning(Knobs(key=(2, 0), key_strength=0.5), None, Taste())
    hard = key_leaning(Knobs(key=(2, 0), key_strength=1.0), None, Taste())
    assert (soft[outside] < 0).all() and np.isfinite(soft).all()
    assert np.isneginf(hard[outside]).all() and (hard[sorted(scale((2, 0)))] == 0).all()
    assert not key_leaning(Knobs(key_strength=0.0), (0, 0), Taste()).any()
    assert np.isfinite(key_leaning(Knobs(key_strength=1.0), (0, 0), Taste())).all()  # what was only heard is no wall


@pytest.mark.parametrize("ceiling", [10, 64, 112, 127])
def test_nothing_is_louder_than_the_ceiling_but_something_is_always_left(ceiling):
    shaped = shape_velocities(np.zeros(VELOCITIES, np.float32), Knobs(velocity_max=ceiling), Taste())
    left = np.flatnonzero(np.isfinite(shaped)).tolist()
    assert left and all(velocity_of(bucket) <= ceiling or bucket == 0 for bucket in left)


def test_the_ear_finds_the_key_of_a_scale_and_says_when_it_is_not_sure():
    sense = KeySense()
    assert not sense.is_sure
    for step in (0, 4, 7, 5, 2, 11, 0, 9, 7, 4, 0):
        sense.hear(62 + step)
    assert sense.is_sure and sense.key() == (2, 0)
    assert scale((9, 1)) == scale((0, 0))


def test_a_surprise_makes_it_forget_the_key_and_a_passing_note_does_not():
    key = KeySense()
    for pitch in (60, 62, 64, 65, 67, 69, 71, 72) * 3:
        key.hear(pitch)
    for pitch in (64, 66, 67, 60):
        key.hear(pitch)
    assert key.key() == (0, 0)
    elsewhere = (66, 68, 70, 71, 73, 75)
    for pitch in elsewhere:
        key.hear(pitch)
    assert {pitch % 12 for pitch in elsewhere} <= scale(key.key())
