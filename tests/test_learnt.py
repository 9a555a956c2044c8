"""A knob that was learnt is in the rig's file afterwards, and nothing else in it has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import load
from agent.learnt import Keeper

RIG = '# my rig\n[midi]\nthru = true  # always\ncontrols = {"20" = "/ctl/mute"}\n\n[clock]\nbpm = 92.5 # the tune\'s\n'
LEARNT = {"20": "/ctl/mute", "1:74": "/ctl/density"}


def test_a_learnt_knob_is_written_down_and_every_comment_stays(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text(RIG)
    keeper = Keeper(rig, load(rig).midi.controls)
    keeper.look({"controls": {"20": "/ctl/mute"}})
    assert rig.read_text() == RIG
    keeper.look({"controls": LEARNT})
    assert load(rig).midi.controls == LEARNT
    left = [line for line in rig.read_text().splitlines() if not line.startswith("controls")]
    assert left == [line for line in RIG.splitlines() if not line.startswith("controls")]


def test_a_rig_without_the_section_gets_it(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text("# empty\n")
    Keeper(rig, {}).look({"controls": LEARNT})
    assert load(rig).midi.controls == LEARNT and rig.read_text().startswith("# empty\n")


@pytest.mark.parametrize("text", [None, "[midi\n"])
def test_a_file_that_is_gone_or_spoilt_stays_as_it_is(tmp_path: Path, text: str | None) -> None:
    rig = tmp_path / "rig.toml"
    if text is not None:
        rig.write_text(text)
    keeper = Keeper(rig, {})
    keeper.look({"controls": LEARNT})
    assert "rig.toml" in keeper.trouble and [path.name for path in tmp_path.iterdir()] == (["rig.toml"] if text else [])
