"""The player's own knobs: written in the rig or learnt, and never a jump."""

from __future__ import annotations

import pytest

from agent.config import ConfigError
from agent.items import Heard
from models.music import Control
from tests.stage import KEYS, stage_config

DENSITY, CUTOFF = "/ctl/density", 74


def turn(stage, at: float, value: int, number: int = CUTOFF, channel: int = 0) -> None:
    stage.post(Heard(at, KEYS, Control(number, value, channel)))


def test_a_knob_of_the_rig_turns_its_address_within_its_range(stage):
    session = stage.begin(controls={"74": "/ctl/temperature", "1:75": "/ctl/role/bass/channel"}, takeover=False)
    turn(stage, 1.0, 127, channel=7)
    turn(stage, 1.0, 64, number=75)
    turn(stage, 1.0, 0, number=75, channel=1)  # that one is another knob
    stage.run(until_s=2.0)
    assert session.controls.knobs.temperature == 2.0
    assert session.hands.band.place("bass")[1] == 8


def test_a_button_presses_and_lets_go(stage):
    session = stage.begin(controls={"20": "/ctl/mute"})
    turn(stage, 1.0, 127, number=20)
    turn(stage, 2.0, 0, number=20)
    muted = []
    stage.session.show.state = lambda address, *args: muted.append(session.controls.muted)
    stage.run(until_s=3.0)
    assert True in muted and session.controls.muted is False


def test_the_next_knob_that_moves_is_learnt_pedals_are_not(stage):
    session = stage.begin(thru=True)
    stage.cue("/ctl/learn", DENSITY, at=1.0)
    turn(stage, 1.5, 127, number=64)
    turn(stage, 2.0, 64, channel=2)
    turn(stage, 2.1, 127, channel=2)
    stage.run(until_s=3.0)
    assert stage.cues("/sys/learned") == [(DENSITY, 3, CUTOFF)]
    assert session.surface.controls == {"3:74": DENSITY}
    assert session.controls.knobs.density == 1.0


def test_another_knob_for_the_same_takes_the_place_of_the_first(stage):
    session = stage.begin(controls={"74": DENSITY, "20": "/ctl/mute"})
    stage.cue("/ctl/learn", DENSITY, at=1.0)
    turn(stage, 2.0, 0, number=7)
    stage.run(until_s=3.0)
    assert session.surface.controls == {"20": "/ctl/mute", "1:7": DENSITY}


def test_a_knob_takes_hold_only_when_it_meets_the_value(stage):
    session = stage.begin(controls={"74": DENSITY})  # which stands at 0.5
    seen = []
    for at, value in ((1.0, 10), (1.1, 40), (1.2, 90), (1.3, 100), (2.0, 20)):
        turn(stage, at, value)
        stage.cue("/sys/ping", at=at + 0.01)
    stage.session.show.pong = lambda: seen.append(round(session.controls.knobs.density * 127))
    stage.run(until_s=1.5)
    assert seen == [64, 64, 90, 100]


def test_what_somebody_else_has_turned_meanwhile_is_not_torn_back(stage):
    session = stage.begin(controls={"74": DENSITY})
    turn(stage, 1.0, 63)
    turn(stage, 1.1, 70)
    stage.cue(DENSITY, 0.9, at=1.2)
    turn(stage, 1.3, 72)
    stage.run(until_s=2.0)
    assert session.controls.knobs.density == 0.9


def test_what_no_knob_can_turn_is_said(stage):
    session = stage.begin()
    stage.cue("/ctl/learn", "/ctl/chart", at=1.0)
    stage.run(until_s=2.0)
    assert "/ctl/chart" in session.show.last_error


@pytest.mark.parametrize("controls", [{"74": "/ctl/chart"}, {"130": DENSITY}, {"17:3": DENSITY}, {"a": DENSITY}])
def test_a_rig_with_a_knob_that_cannot_be_is_refused(controls):
    with pytest.raises(ConfigError, match=r"midi\.controls"):
        stage_config(controls=controls)
