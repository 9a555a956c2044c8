"""When a frame was: even while the server is late, true again soon after it has stood still."""

from itertools import pairwise

import pytest

from agent.ports.jack_time import LONGEST_STALL_SECONDS, STRETCH, ServerTime

RATE, PERIOD = 48000, 128
CYCLE = PERIOD / RATE


def cycles(time, count, first=0, zero=0.0, late=None):
    """So many cycles from one on; some come `late` by so much. Gives the second at which each of them was."""
    seconds = []
    for number in range(first, first + count):
        time.cycle(number * PERIOD, zero + number * CYCLE + (late or {}).get(number, 0.0))
        seconds.append(time.second(number * PERIOD))
    return seconds


def test_a_server_that_keeps_pace_is_on_our_clock():
    assert cycles(ServerTime(RATE), 10, zero=5.0) == pytest.approx([5.0 + number * CYCLE for number in range(10)])


def test_a_cycle_that_comes_late_moves_nothing_by_more_than_a_quarter_of_a_cycle():
    seconds = cycles(ServerTime(RATE), 20, late={7: 0.009, 8: 0.006, 9: 0.001})
    assert seconds[6] == pytest.approx(6 * CYCLE)
    assert max(second - number * CYCLE for number, second in enumerate(seconds)) <= 3 * STRETCH * CYCLE
    assert seconds[10:] == pytest.approx([number * CYCLE for number in range(10, 20)])


@pytest.mark.parametrize("stall", [0.003, 0.021, 0.1, 0.39])
def test_after_a_stall_time_is_stretched_until_it_is_true_again(stall):
    time = ServerTime(RATE)
    cycles(time, 10)
    stretched = round(stall / (STRETCH * CYCLE)) + 1
    seconds = cycles(time, stretched + 20, first=10, zero=stall)
    steps = [there - here for here, there in pairwise(seconds)]
    assert max(steps) <= (1.0 + STRETCH) * CYCLE + 1e-9 and min(steps) >= CYCLE - 1e-9
    assert seconds[-1] == pytest.approx(stall + (9 + stretched + 20) * CYCLE)


def test_cycles_that_we_missed_are_a_gap_and_no_stall():
    time = ServerTime(RATE)
    cycles(time, 10)
    assert cycles(time, 5, first=17) == pytest.approx([number * CYCLE for number in range(17, 22)])


def test_after_a_long_absence_it_begins_anew():
    time = ServerTime(RATE)
    cycles(time, 10)
    away = LONGEST_STALL_SECONDS * 1.1
    assert cycles(time, 1, first=10, zero=away) == pytest.approx([away + 10 * CYCLE])
    assert cycles(time, 1, first=0, zero=7.0) == pytest.approx([7.0])
