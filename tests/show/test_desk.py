"""The desk as it stands is a list of cues: sending them all again turns nothing."""

from __future__ import annotations

from typing import Any

from agent.items import Cue
from agent.show.cues import IN
from agent.show.desk import desk
from agent.show.desk_rig import as_rig
from models.music import PARTS
from tests.stage import Stage

TYPES = {"i": int, "f": (int, float), "s": str}


def test_every_value_is_one_that_its_cue_takes(stage: Stage) -> None:
    session = stage.begin(mode="accompany")
    stage.run(until_s=0.1)
    for address, values in desk(session).items():
        assert len(values) == len(IN[address].types), address
        assert all(isinstance(value, TYPES[kind]) for value, kind in zip(values, IN[address].types, strict=True)), address


def test_what_was_turned_is_seen_and_can_be_sent_again(stage: Stage) -> None:
    session = stage.begin(mode="accompany", parts=PARTS)
    turns: dict[str, tuple[int | float | str, ...]] = {
        "/ctl/mode": ("solo",),
        "/ctl/density": (0.8,),
        "/ctl/register": (0.25,),
        "/ctl/style": ("pop 2 hymn 1",),
        "/ctl/latent/0": (0.75,),
        "/ctl/latent/7": (0.0,),
        "/ctl/key": (6, 1),
        "/ctl/chart": ("Blues: | C7 | F7 |\n| G7 | C |",),
        "/ctl/look": ("orbit",),
        "/ctl/mute": (1,),
        "/ctl/level": (0.7,),
        "/ctl/loop": (2,),
        "/ctl/solo": ("bass",),
        "/ctl/tempo": (93.0,),
        "/ctl/role/bass/level": (0.4,),
        "/ctl/role/drums/mute": (1,),
        "/ctl/role/comp/channel": (7,),
        "/ctl/role/lead/register": (60, 72),
    }
    for address, values in turns.items():
        stage.cue(address, *values, at=0.1)
    stage.run(until_s=0.2)
    turned = desk(session)
    assert {address: turned[address] for address in turns} == turns
    for address, values in turned.items():
        session.handle(Cue(0.2, address, values, "test"), 0.2)
    assert desk(session) == turned


def test_the_desk_as_a_rig_sets_up_the_same_desk(stage: Stage) -> None:
    session = stage.begin(mode="accompany", parts=PARTS)
    for address, value in (("/ctl/level", 0.3), ("/ctl/density", 0.8), ("/ctl/solo", "bass"), ("/ctl/latent/2", 0.9)):
        stage.cue(address, value, at=0.1)
    stage.run(until_s=0.2)
    turned = desk(session)
    after = Stage()
    again = after.begin(mode="accompany", parts=PARTS, **_sections(as_rig(turned)))
    assert {address: value for address, value in desk(again).items() if turned[address] != value} == {}


def test_a_scene_leaves_the_master_where_it_is(stage: Stage) -> None:
    session = stage.begin(mode="accompany")
    session.scenes = {"chorus": session.config}
    stage.cue("/ctl/level", 0.3, at=0.1)
    stage.cue("/ctl/patch", "chorus", at=0.2)
    stage.run(until_s=0.3)
    assert session.hands.band.level == 0.3
    stage.session.handle(Cue(0.3, "/ctl/forget", (1,), "test"), 0.3)
    assert session.hands.band.level == 1.0


def _sections(rig: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {section: rig[section] for section in ("music", "mix")}
