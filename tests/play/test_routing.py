"""What goes where: sounds, maps, curves and limits of the parts, thru with all its wheels, and counting in."""

from __future__ import annotations

from agent.items import Heard
from models.music import Bend, Control, Note, NoteOff, NoteOn, Pressure, Program
from tests.stage import KEYS, OUT, Drone


def sent(stage, kind=object):
    return [(round(seconds, 3), event) for seconds, port, event in stage.outputs.events if isinstance(event, kind)]


def plan(session, *notes: Note) -> None:
    """Lay notes out as soon as the evening has begun."""
    begin = session.begin

    def begin_with_notes(now: float) -> None:
        begin(now)
        for note in notes:
            session.hands.play("plan", note)

    session.begin = begin_with_notes


def test_a_part_chooses_its_sound_when_its_port_is_there_and_when_it_is_told(stage):
    stage.begin(programs={"lead": 41}, banks={"lead": 130})
    stage.plug(OUT, at=0.5)
    stage.cue("/ctl/role/lead/program", 74, at=1.0)
    stage.cue("/ctl/role/lead/channel", 5, at=2.0)
    stage.run(until_s=3.0)
    bank = lambda channel: [Control(0, 1, channel), Control(32, 2, channel)]  # noqa: E731
    assert sent(stage) == [
        *((0.5, event) for event in (*bank(0), Program(40, 0))),
        *((1.0, event) for event in (*bank(0), Program(73, 0))),
        *((2.0, event) for event in (*bank(4), Program(73, 4))),
    ]


def test_another_drum_kit_has_its_own_keys(stage):
    session = stage.begin(note_maps={"drums": {36: 48}})
    plan(session, Note(1.0, 0.5, 36, 80, "drums"), Note(1.0, 0.5, 38, 80, "drums"), Note(1.0, 0.5, 36, 80, "comp"))
    stage.run(until_s=3.0)
    assert sorted((event.channel, event.pitch) for _, event in sent(stage, NoteOn)) == [(1, 36), (9, 38), (9, 48)]
    assert stage.sounding() == set()


def test_the_velocity_curve_leaves_the_loudest_as_it_is(stage):
    session = stage.begin(velocity_curve=0.5)
    plan(session, Note(1.0, 0.5, 60, 127, "comp"), Note(2.0, 0.5, 60, 32, "comp"))
    stage.run(until_s=3.0)
    assert [event.velocity for _, event in sent(stage, NoteOn)] == [127, 64]


def test_no_more_notes_begin_in_a_second_than_the_rig_allows(stage):
    session = stage.begin(notes_per_second=5, real_ports=True)
    plan(session, *(Note(1.0 + n / 10, 0.05, 60 + n, 80, "comp") for n in range(20)))
    stage.run(until_s=5.0)
    onsets = [seconds for seconds, _ in sent(stage, NoteOn)]
    assert onsets == [1.0, 1.1, 1.2, 1.3, 1.4, 2.0, 2.1, 2.2, 2.3, 2.4]
    assert session.hands.refused == 10 and stage.sounding() == set()


def test_thru_carries_bends_pressure_and_programs_on_its_channel(stage):
    stage.begin(thru=True)
    for event in (Bend(1000, 3), Pressure(80, 3), Pressure(70, 3, 60), Program(5, 3), Control(1, 64, 3)):
        stage.post(Heard(1.0, KEYS, event))
    stage.run(until_s=2.0)
    assert [event for seconds, event in sent(stage) if seconds < 1.5] == [
        *(Bend(1000, 15), Pressure(80, 15), Pressure(70, 15, 60), Program(5, 15), Control(1, 64, 15))
    ]
    assert sent(stage)[-1][1] == Bend(0, 15)  # who leaves, leaves in tune


def test_an_mpe_keyboard_keeps_a_channel_for_each_note(stage):
    stage.begin(thru=True, mpe=True, real_ports=True)
    for seconds, event in ((1.0, NoteOn(60, 80, 1)), (1.1, NoteOn(64, 80, 2)), (1.2, Bend(-300, 1)), (1.3, NoteOff(60, 1))):
        stage.post(Heard(seconds, KEYS, event))
    stage.run(until_s=2.0)
    assert [event for seconds, event in sent(stage) if seconds < 1.5] == [
        *(NoteOn(60, 80, 1), NoteOn(64, 80, 2), Bend(-300, 1), NoteOff(60, 1))
    ]
    assert stage.sounding() == set()


def test_it_counts_in_and_begins_on_the_bar_line(stage):
    stage.begin(mode="solo", model=Drone())
    stage.cue("/ctl/count_in", 1, at=2.5)
    stage.run(until_s=10.0)
    clicks = [(seconds, event.pitch) for seconds, event in sent(stage, NoteOn) if event.channel == 9]
    assert clicks == [(4.0, 76), (5.0, 77), (6.0, 77), (7.0, 77)]
    others = [seconds for seconds, event in sent(stage, NoteOn) if event.channel != 9]
    assert [seconds for seconds in others if 2.6 <= seconds < 8.0] == [] and max(others) >= 8.0
    assert [args[0] for args in stage.cues("/mode")] == ["solo", "listen", "solo"]
