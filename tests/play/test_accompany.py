"""Accompany: it begins with the player, is mended at every note of the player's, and comes to rest with the player."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.music import Ask, Note
from tests.stage import Silence, Stage


def onsets(stage: Stage) -> list[float]:
    return [float(line.split()[2]) for line in stage.heard()]


def test_it_is_silent_until_the_player_begins(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 3.2 for 0.5")
    stage.run(until_s=5.9)
    assert onsets(stage) == [4.0, 5.0]
    assert stage.said("/turn", at=3.0) == 0.0
    assert stage.said("/turn", at=4.0) == 0.5


def test_it_plays_on_the_beat_for_as_long_as_the_player_plays(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 30.0")
    stage.run(until_s=30.5)
    assert onsets(stage) == [float(beat) for beat in range(1, 31)]


def test_it_comes_to_rest_when_the_player_has_been_silent_for_long(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 0.5")
    stage.run(until_s=30.0)
    assert onsets(stage) == [float(beat) for beat in range(1, 10)]
    assert stage.cues("/turn") == [(0.0,), (0.5,), (0.0,)]


def test_it_begins_again_after_a_rest(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 0.5", "C4 at 20.1 for 0.5")
    stage.run(until_s=22.5)
    assert onsets(stage)[-2:] == [21.0, 22.0]


def test_each_note_of_the_players_mends_what_is_planned(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")  # the drone rises with each note it hears
    stage.hear("C4 at 0.1 for 0.5", "D4 at 1.1 for 0.5", "E4 at 2.1 for 0.5")
    stage.run(until_s=4.9)
    assert [line.split()[0] for line in stage.heard()] == ["C3", "Db3", "D3", "D3"]


def test_what_was_planned_sounds_until_the_new_plan_has_come(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", latency_s=0.3)
    stage.hear("C4 at 0.1 for 0.5", "D4 at 1.8 for 0.5")  # the plan with D4 in it comes at 2.1: too late for beat 2
    stage.run(until_s=3.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5", "Db3 at 3.0 for 0.5"]


def test_what_lies_nearer_than_the_commit_point_sounds_whatever_happens(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", commit_ms=400.0)
    stage.hear("C4 at 0.1 for 0.5", "D4 at 1.8 for 0.5")
    stage.run(until_s=3.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5", "Db3 at 3.0 for 0.5"]


def test_a_mind_with_nothing_to_say_leaves_silence(stage: Stage) -> None:
    stage.begin(mode="accompany", model="silence")
    stage.hear("C4 at 0.1 for 5.0")
    stage.run(until_s=8.0)
    assert stage.heard() == []


def test_each_part_plays_on_its_own_instrument(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", parts=("comp", "bass"))
    stage.hear("C4 at 0.1 for 2.0")
    stage.run(until_s=2.9)
    assert stage.heard("synth") == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5"]
    assert stage.heard("bass amp") == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5"]


def test_a_new_tempo_bends_only_what_lies_ahead(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 20.0")
    stage.cue("/ctl/tempo", 120.0, at=2.2)
    stage.run(until_s=4.2)
    assert onsets(stage) == [1.0, 2.0, 2.6, 3.1, 3.6, 4.1]


@pytest.mark.parametrize("bpm", [61.0, 87.3, 97.0, 101.7, 113.0, 139.0])
def test_the_beat_wakes_it_once_at_every_tempo(stage: Stage, bpm: float) -> None:
    # A wake that came a rounding error too early used to ask for the same half beat again, for ever.
    asked: list[float] = []

    class Counting(Silence):
        def play(self, ask: Ask) -> Iterator[Note]:
            asked.append(ask.now_beats)
            yield from ()

    stage.begin(mode="accompany", model=Counting(), bpm=bpm)
    stage.hear("C4 at 0.0 for 40.0")
    stage.run(until_s=40.0)
    assert asked[1:] == pytest.approx([beat + 0.5 for beat in range(len(asked) - 1)])


def test_what_will_sound_is_announced_before_it_sounds(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 0.2")
    stage.run(until_s=1.9)
    (first, *_) = stage.cues("/next/note")
    assert first[1] == 48 and 0.4 < float(first[3]) <= 0.5 and first[5] == "comp"


def test_what_was_announced_and_then_changed_is_called_off(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 0.2", "D4 at 0.8 for 0.2")
    stage.run(until_s=1.9)
    announced = [cue[0] for cue in stage.cues("/next/note")]
    assert stage.cues("/next/cancel")[0] == (announced[0],)
    assert stage.heard() == ["Db3 at 1.0 for 0.5"]
