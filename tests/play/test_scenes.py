"""Scenes change in mid evening by name, number or program change; what was played can be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import Config, ConfigError, load
from agent.items import Heard
from agent.keeper import Keeper
from agent.play.keeping import Kept
from agent.ports.codec import MidiReader
from agent.scenes import read_scenes
from models.midi_file import read_midi
from models.music import Metre, Program
from tests.stage import KEYS, Stage

VERSE = '[agent]\nmode = "accompany"\n[music]\ndensity = 0.2\n[song]\nchart = "| C | G7 |"\n'
CHORUS = '[agent]\nmode = "together"\n[music]\ndensity = 0.9\n[mix.levels]\ncomp = 0.5\n'


@pytest.fixture
def rig(tmp_path: Path) -> Config:
    (tmp_path / "verse.toml").write_text(VERSE)
    (tmp_path / "chorus.toml").write_text(CHORUS)
    (tmp_path / "rig.toml").write_text('[song]\nscenes = ["verse.toml", "chorus.toml"]\n')
    return load(tmp_path / "rig.toml")


def begin(stage: Stage, rig: Config) -> None:
    stage.begin(mode="listen", model="drone")
    stage.session.scenes = read_scenes(rig)


def test_scenes_lie_beside_the_rig_and_are_checked_before_the_first_note(rig: Config, tmp_path: Path) -> None:
    assert list(read_scenes(rig)) == ["verse", "chorus"]
    (tmp_path / "verse.toml").write_text("[music]\ndensity = 3\n")
    with pytest.raises(ConfigError, match=r"verse\.toml:2: music\.density"):
        read_scenes(rig)
    (tmp_path / "verse.toml").unlink()
    with pytest.raises(ConfigError, match=r"verse\.toml: cannot be read"):
        read_scenes(rig)


def test_a_scene_brings_knobs_levels_chart_and_mode_and_undo_takes_it_back(stage: Stage, rig: Config) -> None:
    begin(stage, rig)
    stage.cue("/ctl/patch", "verse", at=1.0)
    stage.cue("/ctl/patch", 1, at=9.0)
    stage.cue("/ctl/undo", 1, at=12.0)
    stage.run(until_s=8.0)
    session = stage.session
    assert (session.mode_name, session.knobs.density) == ("accompany", 0.2)
    assert session.form.chart is not None and stage.said("/text/scene", at=8.0) == "verse"
    stage.run(until_s=11.0)
    assert (session.mode_name, session.knobs.density, session.hands.band.velocity("comp", 100)) == ("together", 0.9, 50)
    stage.run(until_s=13.0)
    assert (session.mode_name, session.knobs.density, session.hands.band.velocity("comp", 100)) == ("accompany", 0.2, 100)


def test_a_program_change_is_a_scene_and_an_unknown_one_is_said(stage: Stage, rig: Config) -> None:
    begin(stage, rig)
    event = MidiReader().read(bytes((0xC3, 1)))
    assert event == Program(1, 3)
    stage.post(Heard(1.0, KEYS, event))
    stage.post(Heard(2.0, KEYS, Program(77)))
    stage.run(until_s=3.0)
    assert stage.session.mode_name == "together" and stage.outputs.events == []
    assert stage.said("/sys/error", at=3.0) == "unknown scene '77'; there are: verse, chorus"


def test_the_last_bars_of_both_players_are_kept(stage: Stage, tmp_path: Path) -> None:
    kept: list[tuple[Kept, float, Metre]] = []
    stage.begin(mode="accompany", model="drone")
    stage.session.keep = lambda *what: kept.append(what) or "here.mid"  # type: ignore[func-returns-value]
    stage.hear(*(f"C4 at {beat}.25 for 0.5" for beat in range(80)))
    stage.cue("/ctl/keep", 1, at=80.0)
    stage.run(until_s=81.0)
    (tracks, bpm, metre), *_ = kept
    assert bpm == 60.0 and stage.cues("/sys/kept") == [("here.mid", 16)]
    assert min(note.onset_beats for note in tracks["human"]) == pytest.approx(0.25) and len(tracks["human"]) == 64
    assert tracks["agent:comp"]
    keeper = Keeper(tmp_path / "kept", lambda sentence: pytest.fail(sentence))
    keeper._write(tmp_path / "kept" / "a.mid", tracks, bpm, metre)
    (tmp_path / "kept").mkdir(exist_ok=True)
    assert len(read_midi(tmp_path / "kept" / "a.mid").tracks["human"]) == 64


def test_a_loop_is_kept_too_and_is_as_long_as_it_goes_round(stage: Stage) -> None:
    kept: list[Kept] = []
    stage.begin(mode="accompany", model="drone")
    stage.session.keep = lambda tracks, bpm, metre: kept.append(tracks) or "loop.mid"  # type: ignore[func-returns-value]
    stage.hear("C4 at 0.25 for 20.0")
    stage.cue("/ctl/loop", 2, at=9.0)
    stage.run(until_s=19.0)
    assert stage.cues("/sys/kept") == [("loop.mid", 2)]
    assert [round(note.onset_beats, 6) for note in kept[0]["agent:comp"]] == [float(beat) for beat in range(8)]


def test_who_keeps_early_in_a_bar_means_the_bars_before_it(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.session.keep = lambda tracks, bpm, metre: "here.mid"
    stage.hear(*(f"C4 at {beat}.25 for 0.5" for beat in range(40)))
    stage.cue("/ctl/keep", 1, at=17.5)
    stage.cue("/ctl/keep", 1, at=30.5)
    stage.run(until_s=40.0)
    assert stage.cues("/sys/kept") == [("here.mid", 4), ("here.mid", 8)]


def test_nothing_to_keep_and_nowhere_to_keep_it_are_said(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.cue("/ctl/keep", 1, at=1.0)
    stage.hear("C4 at 2.0 for 0.5")
    stage.cue("/ctl/keep", 1, at=3.0)
    stage.run(until_s=4.0)
    assert [args[0].split(":")[0] for args in stage.cues("/sys/error")] == [  # type: ignore[union-attr]
        "there is nothing to keep",
        "there is nowhere to keep it",
    ]
