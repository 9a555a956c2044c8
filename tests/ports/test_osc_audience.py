"""Who hears what by UDP: targets and subscribers the cues, who turns knobs where the knobs stand, nobody anything twice."""

from __future__ import annotations

import pytest

from agent.items import Cue
from agent.ports.osc_audience import LEASE_SECONDS, MOST_CALLERS, MOST_SUBSCRIBERS, Audience
from agent.ports.osc_decode import Message
from agent.ports.osc_out import OscOut

SCREEN, DESK, PHONE, LAPTOP = ("10.0.0.1", 9000), ("10.0.0.2", 9001), ("10.0.0.3", 5000), ("10.0.0.4", 6000)
BEAT: Message = ("/clock/beat", (0.5,))
KNOB: Message = ("/ctl/density", (0.5,))
PONG: Message = ("/sys/pong", (1,))


class Room:
    """An audience with a screen and a desk, and a clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.audience = Audience([SCREEN], [DESK], lambda: self.seconds)

    def heard(self, who: tuple[str, int]) -> list[Message]:
        """What one of them was told of a beat, a knob and a pong; twice would show."""
        return [message for whos, said in self.audience.shares([BEAT, KNOB, PONG]) if who in whos for message in said]


def test_targets_hear_cues_and_feedback_targets_hear_knobs() -> None:
    room = Room()
    assert room.heard(SCREEN) == [BEAT, PONG]
    assert room.heard(DESK) == [KNOB]
    assert room.heard(PHONE) == []


def test_a_subscriber_hears_everything_for_a_minute_and_may_renew() -> None:
    room = Room()
    assert room.audience.subscribe(PHONE)
    assert room.heard(PHONE) == [BEAT, KNOB, PONG]
    room.seconds = LEASE_SECONDS - 1.0
    room.audience.subscribe(PHONE)
    room.seconds = LEASE_SECONDS + 1.0
    assert room.heard(PHONE) == [BEAT, KNOB, PONG]
    room.seconds = 2 * LEASE_SECONDS + 1.0
    assert room.heard(PHONE) == []


def test_who_turns_a_knob_is_told_where_the_knobs_stand() -> None:
    room = Room()
    room.audience.called(PHONE)
    assert room.heard(PHONE) == [KNOB, PONG]
    room.audience.called(SCREEN)
    assert room.heard(SCREEN) == [BEAT, KNOB, PONG]
    room.seconds = LEASE_SECONDS + 1.0
    assert room.heard(PHONE) == [] and room.heard(SCREEN) == [BEAT, PONG]


def test_strangers_do_not_grow_the_audience() -> None:
    room = Room()
    assert [room.audience.subscribe(("10.1.0.1", port)) for port in range(MOST_SUBSCRIBERS + 1)][-1] is False
    for port in range(1000):
        room.audience.called(("10.2.0.1", port))
    told = {who for whos, _ in room.audience.shares([KNOB, BEAT]) for who in whos}
    assert len(told) == 2 + MOST_SUBSCRIBERS + MOST_CALLERS


@pytest.mark.parametrize(
    ("args", "port"), [((), 5000), ((0,), 5000), ((7000,), 7000), ((70000,), None), (("x",), None), ((-1,), None)]
)
def test_a_subscription_names_a_port_of_the_sender(args: tuple[int | str, ...], port: int | None) -> None:
    out = OscOut([], "/antiphon")
    out.heard(Cue(0.0, "/sys/subscribe", args, "10.0.0.3:5000"))
    told = [who for whos, _ in out._audience.shares([BEAT]) for who in whos]
    assert told == ([("10.0.0.3", port)] if port else [])
