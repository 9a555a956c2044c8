"""Figures: what was copied is found, in any key and at any length; what was not, is not."""

import numpy as np
import pytest

from models.figures import longest_shared, prints, steps_of


def tune(seed, notes=60):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.integers(1, 24, notes)), rng.integers(40, 80, notes)


CORPUS = np.concatenate([steps_of(*tune(seed, 400)) for seed in range(20)])


@pytest.mark.parametrize("notes", [2, 5, 16, 33])
@pytest.mark.parametrize("up", [0, 7, -5])
def test_a_run_taken_from_the_corpus_is_as_long_as_it_is(notes, up):
    ticks, pitches = tune(3, 400)
    mine_ticks, mine_pitches = tune(99)
    ticks = np.concatenate([mine_ticks[:30], mine_ticks[29] + 1000 + ticks[50 : 50 + notes] - ticks[50]])
    pitches = np.concatenate([mine_pitches[:30], pitches[50 : 50 + notes] + up])
    assert longest_shared([steps_of(ticks, pitches)], CORPUS)[0] in (notes, notes + 1)  # one more may fit by chance


def test_what_is_new_is_new():
    assert longest_shared([steps_of(*tune(seed)) for seed in (101, 102)], CORPUS) <= [3, 3]


def test_a_piece_of_one_note_shares_one_note():
    assert longest_shared([steps_of(np.array([0]), np.array([60]))], CORPUS) == [1]


@pytest.mark.parametrize("notes", [2, 3, 17])
def test_prints_are_those_of_the_figure_wherever_it_stands(notes):
    steps = steps_of(*tune(5))
    assert len(prints(steps, notes)) == len(steps) - notes + 2
    assert prints(steps[7:], notes)[0] == prints(steps, notes)[7]
    assert len(np.unique(prints(steps, notes))) == len(steps) - notes + 2 or notes == 2
