"""Somebody taps, or a Link session shares its beat: the tempo map goes with them and never jumps."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.items import Shared
from tests.clock.master import Master
from tests.stage import Stage


def tap(stage: Stage, *instants: float) -> None:
    for at in instants:
        stage.cue("/ctl/tap", 1, at=at)
        stage.cue("/ctl/tap", 0, at=at + 0.05)  # the pedal comes up


def link(stage: Stage, at: float, bpm: float, beats: float, peers: int = 1, playing: bool = False) -> None:
    stage.post(Shared(at, beats, bpm, peers, playing))


def off_beat(stage: Stage, seconds: float) -> float:
    beats = stage.session.tempo.beats_at(seconds)
    return abs(beats - round(beats))


def assert_never_jumped(stage: Stage) -> None:
    changes = stage.session.tempo.changes
    for before, after in pairwise(changes):
        passed = (after.seconds - before.seconds) * before.bpm / 60.0
        assert after.beats - before.beats == pytest.approx(passed, abs=1e-9)


def test_three_taps_set_tempo_and_beat(stage: Stage) -> None:
    stage.begin(sync="auto", bpm=100.0)
    tap(stage, 1.13, 1.63, 2.13, 2.63)
    stage.run(until_s=8.0)
    assert stage.session.conductor.source == "tap"
    assert stage.session.tempo.bpm == pytest.approx(120.0, abs=0.01)
    assert off_beat(stage, 7.13) < 0.001
    assert_never_jumped(stage)


def test_two_taps_are_no_tempo_yet_and_a_pedal_that_bounces_is_one_tap(stage: Stage) -> None:
    stage.begin(sync="auto", bpm=100.0)
    tap(stage, 1.0, 1.1, 1.6, 5.0, 5.6)
    stage.run(until_s=8.0)
    assert stage.session.tempo.bpm == 100.0


def test_a_tapped_tempo_goes_before_the_humans_own_until_one_is_named(stage: Stage) -> None:
    stage.begin(sync="auto", bpm=100.0)
    tap(stage, 0.5, 1.0, 1.5)
    stage.hear(*(f"C4 at {round(2.0 + n * 0.7, 3)} for 0.2" for n in range(12)))
    stage.cue("/ctl/tempo", 90, at=11.0)
    stage.run(until_s=10.9)
    assert stage.session.tempo.bpm == pytest.approx(120.0, abs=0.01)
    stage.run(until_s=12.0)
    assert (stage.session.tempo.bpm, stage.session.conductor.source) == (90.0, "internal")


def test_a_link_session_takes_us_into_its_tempo_its_beat_and_its_bars(stage: Stage) -> None:
    session = stage.begin(sync="auto", bpm=100.0)
    link(stage, 1.0, 133.0, 7.4)
    stage.run(until_s=8.0)
    theirs = 7.4 + 7.0 * 133.0 / 60.0
    assert session.conductor.source == "link"
    assert session.tempo.bpm == pytest.approx(133.0, abs=0.05)
    assert session.metre.beat_in_bar(session.tempo.beats_at(8.0)) == pytest.approx(theirs % 4.0, abs=0.002)
    assert_never_jumped(stage)


def test_link_goes_before_midi_clock_and_leaves_the_beat_to_it_without_a_jump(stage: Stage) -> None:
    session = stage.begin(sync="auto", bpm=100.0)
    link(stage, 0.1, 120.0, 0.0)
    link(stage, 6.0, 120.0, 11.8, peers=0)
    master = Master(stage, 124.0)
    master.say("start", at=2.0)
    end = master.tick(at=2.03, beats=24.0)
    stage.run(until_s=5.9)
    assert session.conductor.source == "link" and session.tempo.bpm == pytest.approx(120.0, abs=0.05)
    stage.run(until_s=end)
    assert session.conductor.source == "midi" and session.tempo.bpm == pytest.approx(124.0, abs=0.05)
    ours, theirs = session.tempo.beats_at(end - 0.1), master.beat_at(end - 0.1)
    assert session.metre.beat_in_bar(ours) == pytest.approx(theirs % 4.0, abs=0.005)
    assert_never_jumped(stage)


def test_when_the_last_peer_leaves_its_tempo_is_kept(stage: Stage) -> None:
    session = stage.begin(sync="link", bpm=100.0)
    link(stage, 1.0, 140.0, 3.3)
    link(stage, 4.0, 140.0, 10.3, peers=0)
    stage.run(until_s=8.0)
    assert session.conductor.source == "internal"
    assert session.tempo.bpm == pytest.approx(140.0, abs=0.05)
    assert_never_jumped(stage)


def test_when_all_stop_we_stop_and_when_all_start_we_start(stage: Stage) -> None:
    stage.begin(sync="link")
    for at, playing in ((1.0, True), (2.0, False), (3.0, True)):
        link(stage, at, 60.0, at, playing=playing)
    stage.run(until_s=4.0)
    assert stage.cues("/clock/running") == [(1,), (0,), (1,)]


def test_a_session_in_which_nobody_uses_start_and_stop_does_not_stop_us(stage: Stage) -> None:
    session = stage.begin(sync="link")
    link(stage, 1.0, 60.0, 1.0, playing=False)
    stage.run(until_s=2.0)
    assert session.conductor.running


class Peers:
    """Notes what we ask of the others."""

    def __init__(self) -> None:
        self.offered: list[tuple[float, float, float]] = []
        self.proposed: list[float] = []
        self.pressed: list[bool] = []

    def offer(self, bpm: float, beats: float, seconds: float) -> None:
        self.offered.append((bpm, beats, seconds))

    def propose(self, bpm: float) -> None:
        self.proposed.append(bpm)

    def press(self, playing: bool) -> None:
        self.pressed.append(playing)


def test_in_a_session_a_tempo_is_named_or_tapped_for_all(stage: Stage) -> None:
    session = stage.begin(sync="auto")
    session.conductor.others = peers = Peers()
    link(stage, 0.1, 120.0, 0.0)
    stage.cue("/ctl/tempo", 90, at=1.0)
    tap(stage, 2.0, 2.5, 3.0)
    stage.run(until_s=4.0)
    assert peers.proposed == [90.0, pytest.approx(120.0)]
    assert session.tempo.bpm == pytest.approx(120.0, abs=0.05)


def test_while_we_are_alone_our_own_tempo_is_offered(stage: Stage) -> None:
    session = stage.begin(sync="auto", bpm=60.0)
    session.conductor.others = peers = Peers()
    stage.cue("/ctl/tempo", 90, at=1.0)
    stage.run(until_s=2.0)
    assert peers.offered == [(90.0, 1.0, 1.0)]


@pytest.mark.parametrize(("theirs", "ours"), [(999.0, 249.75), (320.0, 160.0), (15.0, 30.0)])
def test_a_session_beyond_our_tempi_is_played_in_halves_or_twice(stage: Stage, theirs: float, ours: float) -> None:
    session = stage.begin(sync="link", bpm=100.0)
    link(stage, 1.0, theirs, 4.0)
    stage.run(until_s=6.0)
    assert session.tempo.bpm == pytest.approx(ours, abs=0.05)
    apart_beats = session.tempo.beats_at(6.0) - (4.0 + 5.0 * theirs / 60.0) * ours / theirs
    assert apart_beats == pytest.approx(round(apart_beats), abs=0.002)


def test_in_a_session_our_stop_and_start_are_everybodys_and_come_back_as_no_other_start(stage: Stage) -> None:
    session = stage.begin(sync="link")
    session.conductor.others = peers = Peers()
    link(stage, 0.5, 60.0, 0.5, playing=True)
    stage.cue("/ctl/stop", 1, at=1.0)
    link(stage, 1.02, 60.0, 1.02, playing=False)
    stage.cue("/ctl/start", 1, at=2.0)
    link(stage, 2.02, 60.0, 2.02, playing=True)
    stage.run(until_s=3.0)
    assert peers.pressed == [False, True]
    assert stage.cues("/clock/running") == [(1,), (0,), (1,)]
    link(stage, 4.0, 60.0, 4.0, playing=False)
    stage.run(until_s=5.0)
    assert not session.conductor.running
