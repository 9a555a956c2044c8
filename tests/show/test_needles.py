"""What each voice does, where we are, who is there; and those who play by OSC instead of MIDI."""

from __future__ import annotations

import pytest

from tests.stage import Stage


def test_a_voice_shows_its_last_note_and_whether_anything_sounds(stage: Stage) -> None:
    stage.begin(mode="shadow", density=0.3)
    stage.hear("C4 at 1.0 for 0.5", "G4 at 2.0 for 0.5")
    stage.run(until_s=4.0)
    assert stage.cues("/human/on") == [(1.0,), (0.0,), (1.0,), (0.0,)]
    assert stage.cues("/human/pc") == [(0,), (7,)]
    assert stage.cues("/human/pitch") == [(pytest.approx(60 / 127, abs=0.001),), (pytest.approx(67 / 127, abs=0.001),)]
    assert stage.cues("/agent/on") == [(1.0,), (0.0,), (1.0,), (0.0,)] == stage.cues("/agent/comp/on")
    assert stage.cues("/agent/lead/on") == []


def test_density_energy_and_register_follow_each_part(stage: Stage) -> None:
    stage.begin(mode="solo", model="drone", parts=("comp", "bass"))
    stage.run(until_s=12.0)
    bass = stage.said("/agent/bass/density", at=11.0)
    assert bass == pytest.approx(1 / 8, abs=0.04)  # a note on every beat, and eight are full
    assert stage.said("/agent/density", at=11.0) == pytest.approx(3 * float(bass), abs=0.03)  # solo brings a lead of its own
    assert stage.said("/agent/drums/density", at=11.0) == 0.0
    assert stage.said("/agent/comp/energy", at=11.0) == pytest.approx(80 / 127, abs=0.01)
    assert stage.said("/agent/comp/register", at=11.0) == pytest.approx(47 / 127, abs=0.01)


def test_what_is_coming_is_shown_as_one_needle(stage: Stage) -> None:
    stage.begin(mode="solo", model="drone", parts=("comp",))
    stage.run(until_s=9.0)
    coming = [args for seconds, (address, args) in stage.messages if address == "/next/onset" and 5.0 < seconds < 8.0]
    assert {args[1] for args in coming if args[0] >= 0.0} <= {"lead", "comp"}
    assert min(args[0] for args in coming if args[0] >= 0.0) < 0.05
    assert stage.said("/next/density", at=7.5) > 0.0


def test_without_a_plan_nothing_is_coming(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.run(until_s=1.0)
    assert stage.cues("/next/onset") == [(-1.0, "")]


def test_the_section_of_the_chart_and_how_far_through_it(stage: Stage) -> None:
    stage.begin(mode="listen", chart="A: | C | F |; B: | G7 |")
    stage.run(until_s=13.0)
    assert stage.cues("/section") == [(0,), (1,), (0,)]
    assert stage.said("/section/progress", at=4.01) == pytest.approx(0.5, abs=0.02)
    assert stage.said("/section/progress", at=10.01) == pytest.approx(0.5, abs=0.02)
    assert stage.said("/clock/phrase", at=8.01) == pytest.approx(0.5, abs=0.02)


def test_without_a_chart_there_is_no_section(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.run(until_s=9.0)
    assert stage.cues("/section") == [(-1,)]
    assert stage.said("/section/progress", at=8.01) == pytest.approx(0.5, abs=0.02)


def test_presence_is_who_plays_fading_slowly_or_what_a_sensor_says(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.hear("C4 at 1.0 for 0.5")
    stage.cue("/in/presence", 0.8, at=40.0)
    stage.run(until_s=110.0)
    assert stage.said("/presence", at=0.9) == 0.0
    assert stage.said("/presence", at=1.2) == 1.0
    assert stage.said("/presence", at=16.5) == pytest.approx(0.5, abs=0.02)
    assert stage.said("/presence", at=39.0) == 0.0
    assert stage.said("/presence", at=50.0) == 0.8
    assert stage.said("/presence", at=109.0) == 0.0  # a sensor that has been silent for a minute is not believed


def test_somebody_plays_by_osc_as_if_on_a_keyboard(stage: Stage) -> None:
    stage.begin(mode="shadow", thru=True, density=0.3)
    stage.cue("/in/note", 60, 0.63, 1, at=1.0)
    stage.cue("/in/cc", 64, 1.0, at=1.2)
    stage.cue("/in/note", 60, 0.0, 0, at=1.5)
    stage.cue("/in/cc", 64, 0.0, at=1.8)
    stage.run(until_s=3.0)
    assert "C4 at 1.0 for 0.5" in stage.heard() and len(stage.heard()) == 2
    assert stage.cues("/human/note") == [(1, 60, pytest.approx(0.63, abs=0.005), 1, 1), (1, 60, 0.0, 1, 0)]
    assert stage.cues("/human/sustain") == [(0,), (1,), (0,)]
    assert stage.sounding() == set() == stage.outputs.pedals_down()


def test_an_osc_key_whose_release_was_lost_comes_up_in_the_end(stage: Stage) -> None:
    stage.begin(mode="listen", thru=True)
    stage.cue("/in/note", 60, 0.5, 1, at=1.0)
    stage.cue("/in/note", 62, 0.5, 1, at=5.0)
    stage.cue("/in/note", 62, 0.5, 1, at=15.0)  # struck again: it counts from here
    stage.run(until_s=40.0)
    assert stage.heard() == ["C4 at 1.0 for 20.0", "D4 at 5.0 for 10.0", "D4 at 15.0 for 20.0"]


def test_stop_rests_and_start_plays_on(stage: Stage) -> None:
    stage.begin(mode="solo", model="drone", parts=("comp",))
    stage.cue("/ctl/stop", 1, at=6.2)
    stage.cue("/ctl/start", 1, at=10.2)
    stage.run(until_s=16.0)
    onsets = [float(line.split()[2]) for line in stage.heard()]
    assert [onset for onset in onsets if 6.2 < onset < 10.2] == []
    assert [onset for onset in onsets if onset < 6.2] and [onset for onset in onsets if onset > 10.2]
    assert stage.cues("/clock/running") == [(1,), (0,), (1,)]


def test_a_scale_by_name_and_a_held_chord(stage: Stage) -> None:
    session = stage.begin(mode="listen")
    stage.cue("/ctl/scale", "F# minor", at=1.0)
    stage.cue("/ctl/chord", 2, 4, at=1.0)
    stage.run(until_s=6.0)
    assert session.controls.knobs.key == (6, 1)
    assert session.chord == (2, 5, 9, 0)
    stage.cue("/ctl/scale", "", at=6.0)
    stage.cue("/ctl/chord", -1, 0, at=6.0)
    stage.run(until_s=12.0)
    assert session.controls.knobs.key is None and session.form.chart is None


def test_a_seed_from_outside_draws_otherwise(stage: Stage) -> None:
    session = stage.begin(mode="listen", seed=3)
    stage.cue("/ctl/seed", 99, at=0.5)
    stage.run(until_s=1.0)
    assert session.planner.seed == 99
