"""An instant finds its frame, to and fro, whatever the server's clock does."""

import pytest

from agent.ports.jack_frames import Cycle, FrameClock

PERIOD = 128


class Server:
    """JACK's clock, told cycle by cycle in milliseconds; ours is a thousand seconds ahead of it."""

    def __init__(self, *cycles):
        self.cycles = list(cycles)

    def cycle(self):
        """First frame, when it began and when the next one will."""
        frame, began_ms, next_ms = self.cycles.pop(0)
        return Cycle(frame, round(began_ms * 1000), round(next_ms * 1000), (next_ms - began_ms) * 1000)

    def ahead_seconds(self):
        return 1000.0


def clock_after(*cycles):
    clock = FrameClock(Server(*cycles))
    for _ in cycles:
        clock.look(PERIOD)
    return clock


def test_what_sounds_in_this_cycle_is_what_was_meant_for_the_one_before():
    clock = clock_after((0, 10.0, 12.56), (128, 12.56, 15.12))
    assert [clock.frame_of(1000.0 + ms / 1000, PERIOD) for ms in (9.98, 10.0, 10.02, 11.28, 12.56)] == [-1, 0, 1, 64, 128]


@pytest.mark.parametrize("frame", [0, 1, 77, 127])
def test_there_and_back(frame):
    clock = clock_after((0, 10.0, 12.7), (128, 12.7, 15.3))
    assert clock.frame_of(clock.second_of(frame, PERIOD), PERIOD) == frame


def test_a_cycle_that_lasts_longer_has_longer_frames():
    clock = clock_after((0, 10.0, 12.56), (128, 15.12, 17.68))
    assert clock.second_of(64, PERIOD) == pytest.approx(1000.01256)


def test_after_cycles_that_we_missed_the_one_before_is_taken_to_be_as_long_as_this_one():
    clock = clock_after((0, 10.0, 12.56), (1280, 35.6, 38.16))
    assert clock.second_of(0, PERIOD) == pytest.approx(1000.03304)


def test_after_a_day_jacks_frames_begin_again():
    clock = clock_after(((1 << 32) - PERIOD, 10.0, 12.56), (0, 12.56, 15.2))
    assert clock.second_of(0, PERIOD) == pytest.approx(1000.01)


def test_a_clock_that_was_set_back_divides_by_nothing():
    clock = clock_after((0, 10.0, 12.56), (128, 9.0, 11.56))
    assert clock.second_of(0, PERIOD) == pytest.approx(1000.00644)
