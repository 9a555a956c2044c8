"""The human's division of the beat is heard, slowly, and the agent leans the same way."""

import numpy as np
import pytest

from models.corpus import LEAD
from models.groove import Groove

BEAT, HALF, QUARTER, THIRD = 0, 12, 6, 8


def groove(ticks):
    heard = Groove(LEAD)
    for tick in ticks:
        heard.hear(tick)
    return heard.leaning()


def test_who_has_heard_nothing_leans_nowhere():
    assert Groove(LEAD).leaning() == pytest.approx(np.zeros(24))


def test_crotchets_and_quavers_lean_away_from_what_divides_the_beat_further():
    plain = groove([BEAT, 24, 48, HALF + 48] * 6)
    assert plain[QUARTER] < -0.5 and plain[THIRD] < -0.3
    assert plain[BEAT] > 0.0


def test_triplets_lean_to_triplets_wherever_in_the_piece_they_stand():
    triplets = groove(24 * beat + tick for beat in range(8) for tick in (0, 8, 16))
    assert triplets[8] == triplets[16] > 1.0 > 0.0 > triplets[QUARTER]


def test_what_was_heard_long_ago_is_forgotten():
    changed = groove([6, 18] * 20 + [0, 12] * 60)
    assert changed[QUARTER] < 0.0
