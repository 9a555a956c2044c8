"""Listen: it is silent and attentive."""

from __future__ import annotations

from agent.play.hands import OWN
from models.music import Note
from tests.stage import Stage


def test_it_plays_nothing_whatever_it_hears(stage: Stage) -> None:
    stage.begin(mode="listen", model="drone")
    stage.hear("C4 at 0.0 for 0.4", "E4 at 0.5 for 0.4", "G4 at 1.0 for 0.4", "C5 at 1.5 for 3.0")
    stage.run(until_s=10.0)
    assert stage.heard() == []


def test_it_shows_the_key_and_the_chord_it_hears(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.hear("A3 at 0.0 for 0.9", "C4 at 0.0 for 0.9", "E4 at 0.0 for 0.9", "G#4 at 1.0 for 0.5", "A4 at 1.5 for 1.0")
    stage.run(until_s=3.0)
    assert stage.said("/text/key", at=3.0) == "A minor"
    assert stage.said("/text/chord", at=0.9) == "Am"


def test_a_drum_that_sounds_is_no_bass_of_the_chord(stage: Stage) -> None:
    session = stage.begin(mode="listen")
    session.hands.play(OWN, Note(0.5, 2.0, 36, 90, "drums"))
    stage.hear("E3 at 1.0 for 1.0", "G3 at 1.0 for 1.0", "B3 at 1.0 for 1.0")
    stage.run(until_s=2.0)
    assert stage.said("/text/chord", at=1.9) == "Em"


def test_it_shows_every_key_that_goes_down_and_up(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.hear("C4 at 0.1 for 0.4", "E4 at 0.2 for 0.1")
    stage.run(until_s=1.0)
    assert [(pitch, on) for _, pitch, _, _, on in stage.cues("/human/note")] == [(60, 1), (64, 1), (64, 0), (60, 0)]
    assert stage.cues("/human/held") == [(1,), (2,), (1,), (0,)]


def test_the_turn_is_the_humans(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.run(until_s=5.0)
    assert stage.cues("/turn") == [(0.0,)]


def test_thru_sends_on_what_the_human_plays_at_once_and_on_its_own_channel(stage: Stage) -> None:
    stage.begin(mode="listen", thru=True, thru_channel=16)
    stage.hear("C4 at 0.25 for 0.5", "E4 at 0.5 for 1.0")
    stage.run(until_s=3.0)
    assert stage.heard() == ["C4 at 0.25 for 0.5", "E4 at 0.5 for 1.0"]
    assert {event.channel for _, _, event in stage.outputs.events} == {15}
