"""The delay of an instrument is found among what comes back, or a sentence says why not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.calibration import CLICKS, LENGTH_SECONDS, Delay, NotLearnt, click, instants, learn

SENT = instants(10.0)


def test_clicks_come_after_a_breath_unevenly_and_each_has_an_end() -> None:
    assert len(SENT) == CLICKS and SENT[0] > 10.4
    assert len({round(later - here, 3) for here, later in pairwise(SENT)}) > CLICKS // 2
    played: list[tuple[bool, float]] = []
    waited: list[float] = []
    click(SENT, 0.02, lambda begins, second: played.append((begins, second)), waited.append)
    assert played == sorted(
        [(True, second) for second in SENT] + [(False, second + LENGTH_SECONDS) for second in SENT], key=lambda one: one[1]
    )
    assert waited[0] == SENT[0] - 0.02 and waited[-1] > SENT[-1] + 0.1


def test_the_middle_answer_counts_and_a_late_one_does_not_move_it() -> None:
    heard = [second + 0.0123 for second in SENT]
    heard[3] += 0.05
    assert learn(SENT, heard) == Delay(12.3, 0.0, CLICKS)


def test_a_lost_click_is_no_harm_but_silence_is_told() -> None:
    assert learn(SENT, [second + 0.004 for second in SENT[2:]]).answers == CLICKS - 2
    with pytest.raises(NotLearnt, match=f"only 0 of {CLICKS} clicks came back; is the cable"):
        learn(SENT, [])


def test_what_has_nothing_to_do_with_the_clicks_is_not_learnt_from() -> None:
    with pytest.raises(NotLearnt, match="something else sounds"):
        learn(SENT, [10.0 + 0.07 * number for number in range(80)])
