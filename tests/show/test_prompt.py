"""What is being played, in words: the curator's sentence and words, filled in anew with each phrase and not in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config import Config, ConfigError, load
from agent.show.cues import OUT
from agent.show.prompt import NAMES, SCALES, WORDS, Prompt, in_words
from tests.stage import Stage

STILL: dict[str, Any] = {
    "/mood/energy": 0.0, "/mood/valence": 0.0, "/harmony/tension": 0.0, "/agent/density": 0.0, "/agent/register": 0.2,
    "/clock/tempo": 40.0, "/turn/state": 0, "/harmony/key": 0, "/text/key": "C major", "/text/chord": "Am7", "/mode": "solo",
    "/text/section": "B",
}  # fmt: skip
WILD = {
    **STILL, "/mood/energy": 1.0, "/mood/valence": 1.0, "/harmony/tension": 1.0, "/agent/density": 1.0, "/agent/register": 0.9,
    "/clock/tempo": 240.0, "/turn/state": 5, "/harmony/key": 11,
}  # fmt: skip


@pytest.mark.parametrize("scale", SCALES)
def test_a_scale_goes_from_its_first_word_to_its_last(scale: str) -> None:
    prompt = Prompt(sentence=f"{{{scale}}}")
    first, last = (WORDS[scale][place].split("/")[0].strip() for place in (0, -1))  # type: ignore[index]
    assert (in_words(prompt, 0, STILL.__getitem__), in_words(prompt, 0, WILD.__getitem__)) == (first, last)


def test_words_between_slashes_take_turns_from_phrase_to_phrase() -> None:
    prompt = Prompt(sentence="{energy}", words={"energy": ("ice/ frost /glass", "fire")})
    assert [in_words(prompt, phrase, STILL.__getitem__) for phrase in range(4)] == ["ice", "frost", "glass", "ice"]


def test_names_stand_as_they_are_called() -> None:
    sentence = " ".join(f"{{{name}}}" for name in NAMES)
    assert in_words(Prompt(sentence=sentence), 0, STILL.__getitem__) == "C major Am7 solo B 40"


def test_it_is_new_with_each_phrase_and_not_in_between(stage: Stage) -> None:
    session = stage.begin(mode="accompany", model="drone", sentence="{energy}", words={"energy": ("a/b/c/d",)})
    stage.hear("C4 at 0.1 for 40.0")
    stage.run(until_s=40.0)
    assert session.metre.beats_per_bar == 4
    first_said: dict[object, float] = {}
    for seconds, (address, args) in stage.messages:
        if address == "/text/prompt":
            first_said.setdefault(args[0], seconds)
    # Phrases are four bars of four beats, a beat a second; a needle is read thirty times a second.
    assert [(word, round(seconds)) for word, seconds in first_said.items()] == [("a", 0), ("b", 16), ("c", 32)]
    assert OUT["/text/prompt"].state


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('sentence = "{weather}"', ["weather", "energy", "chord"]),
        ('sentence = "{energy.__class__}"', ["cannot be filled in"]),
        ('sentence = "{energy!r}"', ["cannot be filled in"]),
        ('sentence = "{energy"', ["sentence"]),
        ('words = {tonic = ["red"]}', ["tonic", "12", "1"]),
        ("words = {energy = []}", ["energy"]),
        ('words = {weather = ["rain"]}', ["weather"]),
    ],
)
def test_a_sentence_that_cannot_be_filled_in_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text(f"[prompt]\n{text}\n")
    with pytest.raises(ConfigError) as refused:
        load(rig)
    assert f"{rig}:2:" in str(refused.value)
    assert [word for word in words if word not in str(refused.value)] == []


def test_a_curator_may_change_some_words_and_keep_the_others(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text('[prompt.words]\nenergy = ["sleeping cat", "running cat"]\n')
    assert load(rig).prompt.words == {**WORDS, "energy": ("sleeping cat", "running cat")}
    assert Config().prompt.words == WORDS
