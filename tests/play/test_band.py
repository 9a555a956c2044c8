"""Parts: several at once, each with its port, channel, register, level and mute; one may play alone."""

from __future__ import annotations

import pytest

from models.music import PARTS, NoteOff, NoteOn
from tests.play.test_together import Diarist
from tests.stage import Drone, Stage

LONG = "C4 at 0.1 for 20.0"


def begin(stage: Stage, **settings: object) -> None:
    stage.begin(mode="accompany", model="drone", **settings)
    stage.hear(LONG)


def onsets(stage: Stage, channel: int) -> list[float]:
    """When a part (by its MIDI channel) was struck."""
    return [s for s, _, event in stage.outputs.events if isinstance(event, NoteOn) and event.channel == channel - 1]


def test_four_parts_play_at_once_each_on_its_channel(stage: Stage) -> None:
    begin(stage, parts=PARTS)
    stage.run(until_s=2.5)
    assert [onsets(stage, channel) for channel in (1, 2, 3, 10)] == [[1.0, 2.0]] * 4
    assert len(stage.heard("bass amp")) == 2


def test_a_muted_part_rests_and_the_others_play_on(stage: Stage) -> None:
    begin(stage, parts=("comp", "bass"))
    stage.cue("/ctl/role/comp/mute", 1, at=1.9)
    stage.cue("/ctl/role/comp/mute", 0, at=3.9)
    stage.run(until_s=5.4)
    assert onsets(stage, 2) == [1.0, 5.0]
    assert onsets(stage, 3) == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_what_sounds_when_it_is_muted_rings_out(stage: Stage) -> None:
    begin(stage)
    stage.cue("/ctl/role/comp/mute", 1, at=1.2)
    stage.run(until_s=4.0)
    assert stage.heard() == ["C3 at 1.0 for 0.5"]


def test_one_part_alone_and_then_all_again(stage: Stage) -> None:
    begin(stage, parts=PARTS)
    stage.cue("/ctl/solo", "bass", at=1.9)
    stage.cue("/ctl/solo", "", at=3.7)
    stage.run(until_s=5.4)
    assert onsets(stage, 3) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert onsets(stage, 10) == [1.0, 5.0]


def test_an_answer_that_is_under_way_leaves_a_muted_part_out(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", parts=("comp", "bass"), latency_s=0.4)
    stage.hear("C4 at 0.1 for 0.3")
    stage.cue("/ctl/role/comp/mute", 1, at=0.3)
    stage.run(until_s=1.5)
    assert onsets(stage, 2) == [] and onsets(stage, 3) == [1.0]


def test_level_is_a_fader_and_at_nothing_the_part_rests(stage: Stage) -> None:
    begin(stage)
    stage.cue("/ctl/role/comp/level", 0.5, at=1.5)
    stage.cue("/ctl/role/comp/level", 0.0, at=2.5)
    stage.run(until_s=5.0)
    velocities = [event.velocity for _, _, event in stage.outputs.events if isinstance(event, NoteOn)]
    assert velocities == [80, 40]


def test_another_channel_counts_from_the_next_plan_and_nothing_hangs_on_the_old_one(stage: Stage) -> None:
    stage.begin(mode="shadow", model="silence")
    stage.hear("E5 at 1.0 for 2.0", "E5 at 4.0 for 1.0")
    stage.cue("/ctl/role/comp/channel", 7, at=2.0)
    stage.run(until_s=6.0)
    channels = [(type(event), event.channel) for _, _, event in stage.outputs.events]  # type: ignore[union-attr]
    assert channels == [(NoteOn, 1), (NoteOff, 1), (NoteOn, 6), (NoteOff, 6)]


def test_the_register_is_told_to_the_mind(stage: Stage) -> None:
    diarist = Diarist()
    stage.begin(mode="accompany", model=diarist, registers={"comp": (48, 60)})
    stage.hear(LONG)
    stage.cue("/ctl/role/comp/register", 72, 60, at=1.6)
    stage.run(until_s=3.0)
    assert diarist.asks[0].knobs.register("comp") == (48, 60)
    assert diarist.asks[-1].knobs.register("comp") == (60, 72)
    assert diarist.asks[-1].knobs.register("bass") == (28, 52)


def test_the_rig_says_who_is_heard_at_first(stage: Stage) -> None:
    begin(stage, parts=("comp", "bass", "drums"), muted=("bass",), levels={"drums": 0.5})
    stage.run(until_s=1.5)
    played = [(event.channel, event.velocity) for _, _, event in stage.outputs.events if isinstance(event, NoteOn)]
    assert played == [(1, 80), (9, 40)]


@pytest.mark.parametrize("wrong", ["kazoo", 3, "Bass"])
def test_nobody_else_can_play_alone(stage: Stage, wrong: str | int) -> None:
    begin(stage)
    stage.cue("/ctl/solo", wrong, at=0.5)
    stage.run(until_s=1.5)
    assert "lead, comp, bass, drums" in str(stage.cues("/sys/error")[0][0])
    assert len(stage.heard()) == 1


def test_a_drone_in_a_muted_lead_is_not_heard_in_an_answer(stage: Stage) -> None:
    stage.begin(mode="call_response", model=Drone(), breath_s=0.5)
    stage.cue("/ctl/role/lead/mute", 1, at=0.0)
    stage.hear("C4 at 0.0 for 0.3", "E4 at 0.5 for 0.3", "G4 at 1.0 for 0.3")
    stage.run(until_s=8.0)
    assert onsets(stage, 1) == [] and onsets(stage, 2) != []
