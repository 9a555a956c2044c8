"""A MIDI clock leads: in phase and not only in tempo, with its song position, and its transport is obeyed."""

from __future__ import annotations

import pytest

from agent.items import Clocked, PortNews
from tests.clock.master import Master, errors_ms, p95
from tests.stage import Stage

BAR = 4.0


def ramp(beat: float) -> float:
    """From 90 to 150 bpm within eight bars, then steady."""
    return 90.0 + 60.0 * min(max(beat - 8.0, 0.0) / 32.0, 1.0)


@pytest.mark.parametrize("bpm", [60.0, 97.3, 120.0, 174.0])
@pytest.mark.parametrize("jitter_ms", [0.0, 1.0])
def test_it_is_in_phase_with_a_shaky_master_after_two_bars(stage: Stage, bpm: float, jitter_ms: float) -> None:
    stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, bpm, jitter_ms)
    master.say("start", at=1.37)
    end = master.tick(at=1.4, beats=12 * BAR)
    stage.run(until_s=end)
    errors = errors_ms(stage, master, 1.4 + 2 * BAR * 60.0 / bpm, end - 0.1)
    assert p95(errors) <= 2.0 and errors[-1] <= 5.0
    assert stage.said("/clock/source", at=end) == "midi"
    assert stage.said("/clock/lock", at=end) == 1.0
    assert stage.said("/clock/tempo", at=end) == pytest.approx(bpm, abs=0.3)


def test_it_follows_a_master_that_speeds_up(stage: Stage) -> None:
    stage.begin(sync="auto", bpm=100.0)
    master = Master(stage, ramp, jitter_ms=1.0)
    master.say("start", at=0.5)
    end = master.tick(at=0.53, beats=16 * BAR)
    stage.run(until_s=end)
    errors = errors_ms(stage, master, 0.53 + 8 * 60.0 / 90.0, end - 0.1)
    assert p95(errors) <= 5.0


def test_the_first_tick_after_a_start_is_the_first_beat_of_a_bar(stage: Stage) -> None:
    session = stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, 100.0)
    master.say("start", at=2.0)
    stage.run(until_s=master.tick(at=2.9, beats=BAR))
    beats = session.tempo.beats_at(2.9)
    assert beats == pytest.approx(round(beats), abs=1e-9)
    assert session.metre.beat_in_bar(beats) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("sixteenths", [0, 16, 22, 403])
def test_it_lands_where_the_song_position_says(stage: Stage, sixteenths: int) -> None:
    session = stage.begin(sync="midi", bpm=120.0)
    master = Master(stage, 120.0)
    master.say("position", at=1.0, sixteenths=sixteenths)
    master.say("continue", at=1.1)
    end = master.tick(at=1.15, beats=2 * BAR)
    stage.run(until_s=end)
    assert session.conductor.song_beats(session.tempo.beats_at(1.15)) == pytest.approx(sixteenths / 4.0, abs=0.01)
    assert errors_ms(stage, master, 1.2, end - 0.1)[-1] <= 1.0
    assert session.metre.beat_in_bar(session.tempo.beats_at(1.15)) == pytest.approx(sixteenths / 4.0 % 4.0, abs=0.01)


def test_continue_goes_on_where_it_was_stopped(stage: Stage) -> None:
    stage.begin(sync="midi", bpm=120.0)
    master = Master(stage, 120.0)
    master.say("start", at=0.1)
    stopped = master.tick(at=0.2, beats=5.5)
    master.say("stop", at=stopped)
    master.say("continue", at=stopped + 1.3)
    end = master.tick(at=stopped + 1.33, beats=4.0)
    stage.run(until_s=end)
    assert errors_ms(stage, master, stopped + 1.4, end - 0.1)[-1] <= 1.0


def test_a_loop_of_two_bars_goes_round(stage: Stage) -> None:
    stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, 97.3, jitter_ms=1.0)
    master.say("position", at=0.19, sixteenths=32)
    master.say("continue", at=0.195)
    turn = master.tick(at=0.2, beats=8.0)
    for _ in range(3):
        master.say("stop", at=turn - 0.003)
        master.say("position", at=turn - 0.002, sixteenths=32)
        master.say("continue", at=turn - 0.001)
        began, turn = turn, master.tick(at=turn, beats=8.0)
    stage.run(until_s=turn)
    assert p95(errors_ms(stage, master, began + 0.05, turn - 0.1)) <= 5.0


def test_when_the_master_stops_we_fall_silent_and_keep_listening(stage: Stage) -> None:
    session = stage.begin(mode="accompany", model="drone", sync="midi", bpm=120.0)
    stage.hear("C4 at 1.0")
    master = Master(stage, 120.0)
    master.say("start", at=0.4)
    stopped = master.tick(at=0.5, beats=7.3)
    master.say("stop", at=stopped)
    stage.hear("E4 at 6.0 for 1.0")
    stage.run(until_s=9.0)
    struck = [float(line.split()[2]) for line in stage.heard()]
    assert struck and max(struck) < stopped
    assert stage.sounding() == set()
    assert 64 in [note.pitch for note in session.human_notes]
    assert stage.cues("/clock/running") == [(1,), (0,)]


def test_when_the_master_starts_again_we_plan_for_where_it_is(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", sync="midi", bpm=120.0)
    stage.hear("C4 at 0.0")
    master = Master(stage, 120.0)
    for began in (0.53, 5.21):
        master.say("start", at=began - 0.01)
        master.say("stop", at=master.tick(at=began, beats=6.0))
    stage.run(until_s=9.0)
    for began in (0.53, 5.21):
        beats = [(float(line.split()[2]) - began) / 0.5 for line in stage.heard()]
        beats = [beat for beat in beats if 0.0 < beat < 6.0]
        assert len(beats) >= 4
        assert all(beat == pytest.approx(round(beat), abs=0.004) for beat in beats)
    assert stage.sounding() == set()


def test_ticks_of_a_master_that_stands_still_do_not_lead(stage: Stage) -> None:
    session = stage.begin(sync="midi", bpm=60.0)
    master = Master(stage, 150.0)
    master.say("stop", at=0.1)
    stage.run(until_s=master.tick(at=0.2, beats=8.0))
    assert session.tempo.bpm == 60.0 and session.conductor.source == "internal"


def test_a_master_found_in_mid_song_leads_in_tempo_and_moves_no_bar_line(stage: Stage) -> None:
    session = stage.begin(sync="auto", bpm=60.0)
    stage.run(until_s=Master(stage, 150.0).tick(at=3.3, beats=16.0))
    assert session.tempo.bpm == pytest.approx(150.0, abs=0.1)
    assert session.metre.first_beat == 0.0
    assert 0.0 < session.conductor.lock < 1.0


def test_when_the_cable_is_pulled_the_tempo_is_kept_and_nothing_jumps(stage: Stage) -> None:
    session = stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, 133.0, jitter_ms=1.0)
    master.say("start", at=0.1)
    gone = master.tick(at=0.2, beats=16.0)
    stage.run(until_s=gone + 5.0)
    assert session.conductor.source == "internal" and session.conductor.running
    assert session.tempo.bpm == pytest.approx(133.0, abs=0.3)
    late_beats = session.tempo.beats_at(gone + 5.0) - session.tempo.beats_at(gone) - 5.0 * 133.0 / 60.0
    assert abs(late_beats) < 0.05


def test_a_stopped_master_whose_cable_is_pulled_stops_us_no_more(stage: Stage) -> None:
    session = stage.begin(sync="midi")
    Master(stage, 120.0).say("stop", at=1.0)
    stage.post(PortNews(2.0, "In", "in", present=False))
    stage.run(until_s=1.5)
    assert not session.conductor.running
    stage.run(until_s=2.5)
    assert session.conductor.running


def test_of_two_masters_the_first_leads_until_it_falls_silent(stage: Stage) -> None:
    session = stage.begin(sync="midi", bpm=100.0)
    first, second = Master(stage, 110.0, port="In 1"), Master(stage, 140.0, port="In 2")
    first.say("start", at=0.1)
    gone = first.tick(at=0.2, beats=16.0)
    second.tick(at=0.25, beats=40.0)
    stage.run(until_s=gone)
    assert session.tempo.bpm == pytest.approx(110.0, abs=0.2)
    stage.run(until_s=gone + 4.0)
    assert session.tempo.bpm == pytest.approx(140.0, abs=0.2)


def test_one_who_keeps_their_own_tempo_is_not_led_by_any_clock(stage: Stage) -> None:
    session = stage.begin(sync="internal", bpm=60.0)
    master = Master(stage, 150.0)
    master.say("start", at=0.1)
    stage.run(until_s=master.tick(at=0.2, beats=8.0))
    assert session.tempo.bpm == 60.0 and len(session.tempo.changes) == 1


def test_a_tempo_named_while_a_master_leads_is_the_masters_to_change(stage: Stage) -> None:
    stage.begin(sync="auto", bpm=60.0)
    master = Master(stage, 120.0)
    master.say("start", at=0.1)
    end = master.tick(at=0.2, beats=8.0)
    stage.cue("/ctl/tempo", 90, at=2.0)
    stage.run(until_s=end)
    assert stage.said("/clock/tempo", at=end) == pytest.approx(120.0, abs=0.1)
    assert "MIDI clock" in stage.cues("/sys/error")[0][0]


@pytest.mark.parametrize("lost", [(1,), (2,), (3, 4), (100, 101, 150, 230, 231, 232, 233)])
def test_lost_ticks_are_counted_all_the_same(stage: Stage, lost: tuple[int, ...]) -> None:
    stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, 120.0, jitter_ms=1.0)
    master.say("start", at=0.1)
    master.lose(*lost)
    end = master.tick(at=0.2, beats=16.0)
    stage.run(until_s=end)
    assert p95(errors_ms(stage, master, 2.5, end - 0.1)) <= 3.0


@pytest.mark.parametrize("bpm", [60.0, 120.0, 174.0])
@pytest.mark.parametrize("stalls_steps", [(0.4,), (0.75,), (1.4, 0.6), (3.5,), (0.3, 0.3, 0.3), (4.6, 1.3, 2.3)])
def test_a_master_that_stood_still_is_followed_again_within_a_beat(
    stage: Stage, bpm: float, stalls_steps: tuple[float, ...]
) -> None:
    stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, bpm, jitter_ms=0.5)
    master.say("start", at=0.1)
    at = master.tick(at=0.2, beats=8.0)
    for stall_steps in stalls_steps:
        resumed = at + stall_steps * 60.0 / bpm / 24.0
        at = master.tick(resumed, beats=4.0)
        stage.run(until_s=at - 0.05)
        errors = errors_ms(stage, master, resumed + 1.25 * 60.0 / bpm, at - 0.1)
        assert p95(errors) <= 3.0 and errors[-1] <= 5.0


@pytest.mark.parametrize("held_up", [range(200, 202), range(200, 204), range(203, 210)])
def test_ticks_that_were_held_up_and_come_all_at_once_are_not_lost(stage: Stage, held_up: range) -> None:
    stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, 120.0, jitter_ms=0.5)
    master.say("start", at=0.1)
    master.lose(*held_up)
    for number in range(len(held_up)):
        stage.post(Clocked(0.2 + (held_up.stop - 0.4) * 0.5 / 24 + number * 0.0004, "In", "tick"))
    end = master.tick(at=0.2, beats=16.0)
    stage.run(until_s=end)
    assert errors_ms(stage, master, 5.5, end - 0.1)[-1] <= 3.0


def test_a_tick_that_comes_twice_counts_once_and_one_that_is_held_up_is_not_lost(stage: Stage) -> None:
    stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, 120.0)
    master.say("start", at=0.1)
    end = master.tick(at=0.2, beats=4.0)
    stage.post(Clocked(end - 0.0205, "In", "tick"))
    master.lose(96, 150)
    stage.post(Clocked(end + 0.0160, "In", "tick"))  # the tick of `end`, almost a step late
    end = master.tick(at=end, beats=8.0)
    stage.run(until_s=end)
    assert errors_ms(stage, master, 3.5, end - 0.1)[-1] <= 2.0


def test_a_master_that_falls_to_half_its_tempo_has_not_lost_every_other_tick(stage: Stage) -> None:
    session = stage.begin(sync="midi", bpm=100.0)
    master = Master(stage, lambda beat: 150.0 if beat < 8.0 else 75.0)
    master.say("start", at=0.1)
    end = master.tick(at=0.2, beats=20.0)
    stage.run(until_s=end)
    assert session.tempo.bpm == pytest.approx(75.0, abs=0.1)
    assert errors_ms(stage, master, end - 4.0, end - 0.1)[-1] <= 2.0
