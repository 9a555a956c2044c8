"""Others follow our clock: 24 ticks a beat where our beats are, with the transport of whoever leads us."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.clock.clock_out import CONTINUE, START, STOP, TICK
from tests.clock.master import Master
from tests.stage import Stage


def ticks(stage: Stage, from_s: float = 0.0, until_s: float = float("inf")) -> list[float]:
    return [at for at, data in stage.outputs.ticks if data == TICK and from_s <= at < until_s]


def words(stage: Stage) -> list[bytes]:
    return [data for _, data in stage.outputs.ticks if data != TICK]


def test_it_starts_ticks_24_times_a_beat_and_stops(stage: Stage) -> None:
    stage.begin(sync="internal", bpm=60.0, send=True)
    stage.run(until_s=3.0)
    assert words(stage) == [START, STOP]
    assert ticks(stage, until_s=2.99) == pytest.approx([n / 24 for n in range(72)], abs=1e-6)


def test_a_change_of_tempo_bends_the_ticks(stage: Stage) -> None:
    stage.begin(sync="internal", bpm=60.0, send=True)
    stage.cue("/ctl/tempo", 120, at=1.51)
    stage.run(until_s=3.0)
    later = ticks(stage, from_s=1.6)
    assert [b - a for a, b in pairwise(later)] == pytest.approx([1 / 48] * (len(later) - 1), abs=1e-6)


def test_unless_asked_it_sends_none(stage: Stage) -> None:
    stage.begin(sync="internal")
    stage.run(until_s=1.0)
    assert stage.outputs.ticks == []


def test_others_start_and_stop_with_our_master_on_the_same_beat(stage: Stage) -> None:
    stage.begin(sync="midi", bpm=100.0, send=True)
    master = Master(stage, 120.0)
    master.say("start", at=1.0)
    stopped = master.tick(at=1.23, beats=8.0)
    master.say("stop", at=stopped)
    stage.run(until_s=stopped + 1.0)
    assert words(stage) == [START, STOP, START, STOP]
    following = ticks(stage, from_s=1.225)
    assert following[0] == pytest.approx(1.23, abs=0.001)
    assert following[48:96] == pytest.approx([1.23 + n / 48 for n in range(48, 96)], abs=0.001)
    assert len(following) == pytest.approx(192, abs=1)


def test_others_are_told_the_song_position(stage: Stage) -> None:
    stage.begin(sync="midi", bpm=120.0, send=True)
    master = Master(stage, 120.0)
    master.say("position", at=1.0, sixteenths=300)
    master.say("continue", at=1.0)
    stage.run(until_s=master.tick(at=1.1, beats=8.0))
    assert words(stage)[2:4] == [bytes((0xF2, 300 & 0x7F, 300 >> 7)), CONTINUE]


def test_a_loop_that_comes_late_still_sends_every_tick(stage: Stage) -> None:
    session = stage.begin(sync="internal", bpm=60.0, send=True)
    session.begin(0.0)
    session.sound(1.0)
    assert len([data for _, data in stage.outputs.ticks if data == TICK]) == 25
