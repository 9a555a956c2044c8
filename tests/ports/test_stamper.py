"""A note is dated to when it was played, not to when our thread woke up."""

import pytest

from agent.ports.stamper import RESYNC_SECONDS, Stamper


def stamps(*played_and_late):
    """The stamps of notes that came `late` seconds after they were played, told by an exact driver."""
    arrival = [0.0]
    stamper = Stamper(lambda: arrival[0])
    found, last = [], None
    for played, late in played_and_late:
        arrival[0] = played + late
        found.append(stamper.stamp(0.0 if last is None else played - last))
        last = played
    return found


def test_a_late_thread_does_not_make_a_late_note():
    assert stamps((1.0, 0.0), (1.5, 0.004), (2.0, 0.001)) == pytest.approx([1.0, 1.5, 2.0])


def test_no_note_is_dated_after_it_came():
    assert stamps((1.0, 0.003), (1.5, 0.0), (2.0, 0.002)) == pytest.approx([1.003, 1.5, 2.0])


def test_a_driver_that_counts_otherwise_is_not_believed():
    arrival = [0.0]
    stamper = Stamper(lambda: arrival[0])
    for beat in range(100):
        arrival[0] = beat * 0.5
        assert arrival[0] - RESYNC_SECONDS <= stamper.stamp(0.4) <= arrival[0]
