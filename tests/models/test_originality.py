"""What the training corpus holds is known again, in any key, and is not played."""

import numpy as np
import pytest

from models.figures import steps_of
from models.music import Ask, Knobs
from models.originality import FIGURE_NOTES, Known
from models.player import Player
from tests.models.makings import tiny_checkpoint


def tune(seed, notes=400):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.integers(1, 24, notes)), rng.integers(40, 80, notes)


def notes_of(seed, first, count, up=0):
    ticks, pitches = tune(seed)
    return [(int(tick) + 960, int(pitch) + up) for tick, pitch in zip(ticks, pitches, strict=True)][first : first + count]


@pytest.fixture(scope="module")
def known():
    return Known.of(np.concatenate([steps_of(*tune(seed)) for seed in range(30)]))


@pytest.mark.parametrize("up", [0, 5, -7])
def test_a_run_from_the_corpus_is_noticed_within_a_few_notes(known, up):
    noticed = []
    for first in range(0, 300, 30):
        run = notes_of(4, first, 60, up)
        noticed.append(next(n for n in range(FIGURE_NOTES, 60) if known.holds(run[:n])))
    assert min(noticed) < FIGURE_NOTES + 4 and max(noticed) < FIGURE_NOTES + 30


def test_what_is_new_is_hardly_ever_taken_for_known(known):
    run = notes_of(1000, 0, 400)
    assert sum(known.holds(run[:n]) for n in range(FIGURE_NOTES, 400)) < 20


def test_few_notes_are_no_figure(known):
    assert not known.holds(notes_of(4, 0, FIGURE_NOTES - 1))


class Everything:
    """A corpus that holds whatever ends on an even key."""

    def holds(self, notes):
        return notes[-1][1] % 2 == 0


def test_the_mind_plays_something_else_than_what_it_knows_by_heart():
    player = Player(tiny_checkpoint())
    player._known = Everything()
    player.reset(1)
    ask = Ask(1, "a", 0.0, 0.0, 8.0, ("comp",), 1, knobs=Knobs(density=0.8, temperature=1.5))
    pitches = [note.pitch for note in player.play(ask)]
    odd = sum(pitch % 2 for pitch in pitches)
    assert len(pitches) > 10 and odd > 0.65 * len(pitches)  # one try each: about three in four
