"""Words for how to play turn the knobs that a person would reach for."""

from __future__ import annotations

import pytest

from agent.items import Cue
from agent.play.controls import Controls
from agent.play.modes import MODES
from agent.play.words import LEXICON, SAME_AS, understood
from agent.show.cues import IN
from models.music import Knobs, style_named
from tests.stage import Stage


def test_every_meaning_is_a_turn_that_the_desk_knows() -> None:
    for phrase, meaning in LEXICON.items():
        for what, value in meaning:
            if what in ("tempo", "mode"):
                continue
            address = "/ctl/mode" if what == "play" else f"/ctl/{what}"
            assert address in IN, phrase
            complaints = [word for word in Controls(Knobs()).take(Cue(0.0, address, (value,))) if word.startswith("?")]
            assert complaints == [], phrase


def test_a_sentence_turns_several_knobs_and_the_last_word_counts() -> None:
    wish = understood("Slow, dreamy, in minor, leave me room")
    assert wish.unknown == ()
    assert wish.turns["tempo"] == 0.75 and wish.turns["mode"] == 1.0
    assert wish.turns["density"] == 0.15 and wish.turns["humanize"] == 0.7


def test_other_words_mean_the_same_and_none_means_two_things() -> None:
    others = [word for words in SAME_AS.values() for word in words.split()]
    assert len(set(others) | set(LEXICON)) == len(others) + len(LEXICON)
    assert understood("melancholic, adagio") == understood("sad, slow")
    assert understood("not so furious").turns["energy"] == understood("not wild").turns["energy"]


@pytest.mark.parametrize(
    ("words", "energy"),
    [("loud", 0.85), ("a bit loud", 0.675), ("very loud", 1.0), ("not loud", 0.15), ("less loud please", 0.15)],
)
def test_degrees_lean_on_a_word(words: str, energy: float) -> None:
    assert understood(words).turns == {"energy": pytest.approx(energy, abs=0.001)}


@pytest.mark.parametrize("text", ["", "?!", "a" * 10_000, "\x00\ud800", "very very very", "not"])
def test_rubbish_means_nothing(text: str) -> None:
    assert understood(text).turns == {}


def test_what_is_said_is_done_and_undone_as_one_turn(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", key="C major")
    stage.cue("/ctl/words", "quiet, in minor, hymn, play together, purple", at=1.0)
    stage.cue("/ctl/undo", 1, at=3.0)
    stage.run(until_s=2.0)
    knobs = stage.session.controls.knobs
    assert (knobs.energy, knobs.key, knobs.style) == (0.15, (0, 1), style_named("hymn"))
    assert stage.said("/sys/error", at=2.0) == "words I do not know: together, purple"
    stage.run(until_s=4.0)
    assert stage.session.controls.knobs == Stage().begin(mode="accompany", key="C major").controls.knobs


def test_a_mode_can_be_asked_for_and_a_tempo(stage: Stage) -> None:
    stage.begin(mode="listen", model="drone", bpm=100.0)
    stage.cue("/ctl/words", "accompany me, slower", at=1.0)
    stage.run(until_s=2.0)
    assert stage.session.mode_name == "accompany" and "accompany" in MODES
    assert stage.session.tempo.bpm == pytest.approx(90.0)
