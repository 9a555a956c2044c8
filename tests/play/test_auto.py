"""Auto: it chooses the mode that suits what the player does, says why, and does not dither."""

from __future__ import annotations

from itertools import pairwise

from agent.items import Heard
from models.music import NoteOff, NoteOn
from tests.play.situations import SITUATIONS, Situation, line
from tests.stage import KEYS, Stage

ENOUGH_RIGHT = 0.9


def play(situation: Situation, until_s: float) -> Stage:
    """Put a situation on a stage of its own."""
    stage = Stage()
    stage.begin(mode="auto", model="silence")
    for on, off, pitch in situation.keys:
        stage.post(Heard(on, KEYS, NoteOn(pitch, 80)))
        stage.post(Heard(off, KEYS, NoteOff(pitch)))
    stage.run(until_s=until_s)
    return stage


def chosen(stage: Stage) -> str:
    """How it plays, out of what it says."""
    return str(stage.cues("/text/why")[-1][0]).partition(":")[0]


def test_it_is_right_in_nine_of_ten_situations() -> None:
    assert len(SITUATIONS) == 50
    wrong = [
        f"{situation.name}: {found}, not {situation.right}"
        for situation in SITUATIONS
        if (found := chosen(play(situation, situation.look_s))) != situation.right
    ]
    assert len(wrong) <= (1 - ENOUGH_RIGHT) * len(SITUATIONS), wrong


def test_it_says_why(stage: Stage) -> None:
    stage.begin(mode="auto", model="silence")
    stage.run(until_s=25.0)
    assert stage.cues("/text/why")[-2:] == [("listen: I wait for you to begin",), ("solo: nobody plays",)]
    assert stage.cues("/mode") == [("auto",)]


def test_it_does_not_dither_over_a_steady_tune() -> None:
    stage = play(Situation("a steady tune", line(0, 60, (0.6, 0.3, 0.3)), 0.0, ""), until_s=60.0)
    said = [why for (why,) in stage.cues("/text/why") if why]
    assert said == ["listen: I wait for you to begin", "accompany: you play a melody"]


def test_what_it_has_chosen_really_plays(stage: Stage) -> None:
    stage.begin(mode="auto", model="drone")
    stage.hear(*(f"{'CDEG'[i % 4]}4 at {i * 0.5} for 0.4" for i in range(30)))
    stage.run(until_s=15.0)
    onsets = [float(note.split()[2]) for note in stage.heard()]
    assert len(onsets) > 6 and all(after - before == 1.0 for before, after in pairwise(onsets[-5:]))


def test_another_mode_ends_the_choosing(stage: Stage) -> None:
    stage.begin(mode="auto", model="drone")
    stage.cue("/ctl/mode", "listen", at=2.0)
    stage.run(until_s=60.0)
    assert stage.heard() == [] and stage.cues("/text/why")[-1] == ("",)
