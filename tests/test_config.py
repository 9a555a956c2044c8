"""The rig: a slip in it is said in one sentence with file, line and what is allowed; what is written out is read back."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.config import Config, ConfigError, change, load
from agent.config_text import as_toml
from agent.play.modes import MODES
from models.music import PARTS, Knobs


def loaded(tmp_path: Path, text: str) -> Config:
    (tmp_path / "rig.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "rig.toml")


def test_every_key_is_optional_and_the_defaults_play(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == Config()
    assert Config().knobs() == Knobs()


def test_the_modes_of_the_config_are_the_modes_there_are() -> None:
    for name in MODES:
        assert change(Config(), agent={"mode": name}).agent.mode == name


def test_the_defaults_are_written_out_and_read_back(tmp_path: Path) -> None:
    assert loaded(tmp_path, as_toml()) == Config()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[agent]\nmode = "duett"\n', 2, ["agent.mode", "'duett'", "listen", "accompany", "call_response"]),
        ("# a rig\n\n[clock]\nbpm = 20\nbmp = 100\n", 5, ["unknown key 'clock.bmp'", "bpm", "sync", "beats_per_bar"]),
        ("[clock]\nbpm = 1000\n", 2, ["clock.bpm", "1000", "300"]),
        ("[timing]\nbreath_s = -1\n", 2, ["timing.breath_s", "-1", "0.1"]),
        ("[osc]\nlisten = 9010\ntargets = ['nowhere']\n", 3, ["osc.targets", "HOST:PORT", "127.0.0.1:9000"]),
        ("[audio]\ndevice = 1\n", 1, ["unknown key 'audio'", "midi", "agent"]),
        ("[music]\ndensity = 'much'\n", 2, ["music.density", "much", "number"]),
        ("[midi]\nthru = 3\n", 2, ["midi.thru", "3"]),
        ("[midi.channels]\nkazoo = 3\n", 1, ["midi.channels", "kazoo", "lead", "drums"]),
        ("[agent]\nparts = []\n", 2, ["agent.parts", "at least 1"]),
        ("agent = 3\n", 1, ["agent", "3"]),
        ("agent.seed = -1\n", 1, ["agent.seed", "-1"]),
    ],
)
def test_a_slip_is_said_with_its_line_and_what_is_allowed(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, text)
    sentence = str(raised.value)
    assert f"rig.toml:{line}: " in sentence
    assert [word for word in words if word not in sentence] == []
    assert "\n" not in sentence


def test_what_is_not_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rig\.toml: not TOML: .*line 2"):
        loaded(tmp_path, "[agent]\nname = Antiphon\n")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read"):
        load(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_options_change_a_rig_and_are_checked_like_it() -> None:
    changed = change(Config(), agent={"mode": "listen", "seed": None}, clock={"bpm": 72.0})
    assert (changed.agent.mode, changed.agent.seed, changed.clock.bpm) == ("listen", 0, 72.0)
    with pytest.raises(ConfigError, match=r"agent\.mode = 'duett'"):
        change(Config(), agent={"mode": "duett"})


def test_a_rig_cannot_be_changed_under_way() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().agent.seed = 3  # type: ignore[misc]


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "[clock]\nbpm = " + "9" * 5000, "[agent]\nseed = 0x" + "f" * 5000])
def test_monstrous_files_are_refused_too(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"rig\.toml"):
        loaded(tmp_path, text)


@settings(max_examples=600)
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_no_file_raises_anything_but_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish.toml"
    path.write_bytes(data)
    try:
        load(path)
    except ConfigError as error:
        assert "rubbish.toml" in str(error)


VALUES = st.one_of(
    st.sampled_from(("true", "1979-05-27T07:32:00Z", "nan", "-inf", "''", "{}", "[]", "[[1]]", "{a = 1}", "'x'", "['x']")),
    st.integers().map(str),
    st.floats().map(str),
)
KEYS = st.sampled_from([(name, key) for name, section in Config() for key in type(section).model_fields])


@settings(max_examples=800)
@given(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=3, unique_by=lambda entry: entry[0]))
def test_any_value_of_any_key_is_taken_or_refused_with_its_line(tmp_path_factory: pytest.TempPathFactory, entries) -> None:
    path = tmp_path_factory.getbasetemp() / "values.toml"
    path.write_text("".join(f"{section}.{key} = {value}\n" for (section, key), value in entries))
    try:
        config = load(path)
    except ConfigError as error:
        assert "values.toml:" in str(error)
    else:
        assert loaded(path.parent, as_toml(config)) == config


@settings(max_examples=300)
@given(
    st.text(min_size=1, max_size=32),
    st.lists(st.text(max_size=8), max_size=3),
    st.dictionaries(st.sampled_from(PARTS), st.text(max_size=8), max_size=2),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
    st.floats(0.1, 2.0),
)
def test_every_rig_is_written_out_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, inputs, part_outputs, parts, temperature: float
) -> None:
    assume(all(text.encode("utf-8", "replace").decode() == text for text in (name, *inputs, *part_outputs.values())))
    config = change(
        Config(),
        agent={"name": name, "parts": parts},
        midi={"inputs": inputs, "part_outputs": part_outputs},
        music={"temperature": temperature},
    )
    assert loaded(tmp_path_factory.getbasetemp(), as_toml(config)) == config
    assert tomllib.loads(as_toml(config))["agent"]["name"] == name
