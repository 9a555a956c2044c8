"""The clock of the stage jumps from one thing to the next; the clock of the room waits for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock.clocks import LONGEST_WAIT_SECONDS, StageClock, SystemClock
from agent.clock.inbox import Inbox, Script
from agent.items import Trouble


def happenings(*seconds: float) -> Script:
    script = Script()
    for number, at in enumerate(seconds):
        script.post(Trouble(at, str(number)))
    return script


def test_the_stage_clock_jumps_to_what_happens_next() -> None:
    clock = StageClock(happenings(2.0, 1.0))
    assert clock.wait(until=5.0) == Trouble(1.0, "1")
    assert clock.now() == 1.0
    assert clock.wait(until=1.5) is None
    assert clock.now() == 1.5
    assert clock.wait(until=None) == Trouble(2.0, "0")
    assert clock.wait(until=None) is None
    assert clock.now() == 2.0 + LONGEST_WAIT_SECONDS


def test_what_happens_at_one_instant_comes_in_the_order_in_which_it_was_written() -> None:
    clock = StageClock(happenings(1.0, 1.0, 1.0))
    assert [clock.wait(9.0) for _ in range(3)] == [Trouble(1.0, "0"), Trouble(1.0, "1"), Trouble(1.0, "2")]


@given(st.lists(st.floats(0.0, 10.0), max_size=10), st.lists(st.floats(0.0, 20.0), max_size=20))
def test_the_stage_clock_never_runs_backwards(seconds: list[float], waits: list[float]) -> None:
    clock = StageClock(happenings(*seconds))
    for until in waits:
        before = clock.now()
        item = clock.wait(until)
        assert clock.now() >= before
        assert item is None or item.seconds <= clock.now()


def test_the_clock_of_the_room_runs_and_does_not_wait_for_what_is_due() -> None:
    inbox = Inbox()
    clock = SystemClock(inbox)
    before = clock.now()
    assert clock.wait(until=before) is None
    assert clock.wait(until=-100.0) is None
    inbox.post(Trouble(0.0, "first"))
    inbox.post(Trouble(0.0, "second"))
    assert clock.wait(until=None) == Trouble(0.0, "first")
    assert clock.wait(until=0.0) == Trouble(0.0, "second")  # what lies there is taken even when time is up
    assert 0.0 <= before <= clock.now() < 60.0


@pytest.mark.parametrize("until_seconds", [None, 1e9])
def test_the_loop_comes_round_although_nothing_happens(until_seconds: float | None) -> None:
    waited: list[float] = []

    class Patient(Inbox):
        def take(self, wait_seconds: float) -> None:
            waited.append(wait_seconds)

    SystemClock(Patient()).wait(until_seconds)
    assert waited == [LONGEST_WAIT_SECONDS]
