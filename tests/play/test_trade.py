"""Trading: four bars yours, four bars its own, by the count and not by the breath. A bar lasts two seconds here."""

from __future__ import annotations

from tests.stage import Stage


def every_beat(begin_s: float, end_s: float, pitch: str = "C4") -> list[str]:
    return [f"{pitch} at {begin_s + n * 0.5} for 0.4" for n in range(int((end_s - begin_s) / 0.5))]


def seconds_of(played: list[str]) -> list[float]:
    return [float(line.split()[2]) for line in played]


def test_its_bars_begin_with_the_bar_line_whether_or_not_you_breathe(stage: Stage) -> None:
    stage.begin(mode="trade", bpm=120.0, trade_bars=2, model="drone")
    stage.hear(*every_beat(0.0, 4.0))
    stage.run(until_s=12.0)
    assert stage.cues("/turn") == [(0.0,), (1.0,), (0.0,)]
    assert min(seconds_of(stage.heard())) >= 4.0 - 0.01 and max(seconds_of(stage.heard())) < 8.0
    assert stage.said("/turn", at=3.9) == 0.0 and stage.said("/turn", at=4.1) == 1.0 and stage.said("/turn", at=8.1) == 0.0


def test_a_pause_within_your_bars_is_yours(stage: Stage) -> None:
    stage.begin(mode="trade", bpm=120.0, trade_bars=4, model="drone")
    stage.hear(*every_beat(0.0, 1.0))  # and then seven seconds of thought
    stage.run(until_s=7.9)
    assert stage.heard() == []


def test_an_upbeat_belongs_to_the_bar_that_follows(stage: Stage) -> None:
    stage.begin(mode="trade", bpm=120.0, trade_bars=1, model="drone")
    stage.hear(*every_beat(1.5, 4.0))  # the last beat of a bar, then a bar
    stage.run(until_s=5.5)
    assert stage.said("/turn", at=3.9) == 0.0 and stage.said("/turn", at=4.1) == 1.0


def test_finishing_a_phrase_over_the_bar_line_is_no_interruption_but_playing_on_is(stage: Stage) -> None:
    stage.begin(mode="trade", bpm=120.0, trade_bars=2, model="drone")
    stage.hear(*every_beat(0.0, 4.0), "E4 at 4.1 for 0.2")
    stage.run(until_s=5.0)
    assert stage.said("/turn", at=4.9) == 1.0
    stage.hear("F4 at 5.5 for 0.2")
    stage.run(until_s=7.9)
    assert stage.said("/turn", at=5.6) == 0.0
    assert max(seconds_of(stage.heard())) <= 5.5
    assert stage.sounding() == set()


def test_it_goes_round_and_a_pickup_in_its_last_beat_is_the_next_round(stage: Stage) -> None:
    stage.begin(mode="trade", bpm=120.0, trade_bars=1, model="drone")
    stage.hear(*every_beat(0.0, 2.0), "G4 at 3.7 for 0.2", *every_beat(4.0, 6.0))
    stage.run(until_s=10.0)
    assert stage.cues("/turn") == [(0.0,), (1.0,), (0.0,), (1.0,), (0.0,)]
    assert stage.said("/turn", at=3.9) == 1.0  # the pickup has not silenced it
    assert stage.said("/turn", at=6.1) == 1.0


def test_muted_it_lets_its_turn_pass_and_takes_the_next_one(stage: Stage) -> None:
    stage.begin(mode="trade", bpm=120.0, trade_bars=1, model="drone", parts=("comp",))
    stage.cue("/ctl/role/comp/mute", 1, at=0.0)
    stage.cue("/ctl/role/comp/mute", 0, at=5.0)
    stage.hear(*every_beat(0.0, 2.0), *every_beat(6.0, 8.0))
    stage.run(until_s=5.5)
    assert stage.heard() == [] and stage.cues("/turn") == [(0.0,)]
    stage.run(until_s=10.5)
    assert 8.0 - 0.01 <= min(seconds_of(stage.heard())) < 9.0
    assert stage.cues("/turn") == [(0.0,), (1.0,), (0.0,)] and stage.said("/turn", at=7.9) == 0.0
