"""The same evening again: what was sent once is sent again, event for event; what differs is found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import Config
from agent.items import Item
from agent.play.modes import MODES
from agent.recorder import LogError, LogRecorder
from agent.replay import replay, replay_log
from models.music import Note, NoteOn
from tests.play.test_evenings import Scatterbrain
from tests.rubbish import NOTES, THEME, evenings
from tests.stage import Stage


def an_evening(mode: str, items: list[Item], notes: list[Note], **settings: object) -> Stage:
    """An evening of these happenings, played on the ports that a replay knows."""
    stage = Stage()
    stage.begin(mode=mode, model=Scatterbrain(notes), real_ports=True, **settings)
    stage.hear(*THEME)
    for item in items:
        stage.post(item)
    stage.run(until_s=8.0)
    return stage


@settings(max_examples=250)
@given(
    st.sampled_from(sorted(MODES)),
    evenings(6.0),
    st.lists(NOTES, max_size=4),
    st.sampled_from((0.0, 0.05, 1.0)),
    st.sampled_from(("internal", "estimate", "auto")),
)
def test_any_evening_is_played_again_event_for_event(
    mode: str, items: list[Item], notes: list[Note], latency_s: float, sync: str
) -> None:
    stage = an_evening(mode, items, notes, latency_s=latency_s, sync=sync, thru=True, send=True)
    again = replay(stage.session.config, stage.tape.passes)
    assert again.first_difference is None
    assert again.notes == sum(isinstance(event, NoteOn) for _, _, event in stage.outputs.events)


def test_a_log_on_disk_is_played_again(tmp_path: Path, stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", real_ports=True)
    stage.hear("C4 at 0.1 for 6.0", "E4 at 1.6 for 2.0")
    stage.run(until_s=8.0)
    log = LogRecorder(tmp_path / "evening.log", {"config": stage.session.config.model_dump(mode="json")}, lambda sentence: None)
    log.open()
    for entry in stage.tape.passes:
        log.note(entry.now, entry.item, entry.sent)
    log.close()
    again = replay_log(tmp_path / "evening.log")
    assert again.first_difference is None and again.notes == len(stage.heard()) > 5


def test_a_difference_is_found_and_told(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", real_ports=True)
    stage.hear("C4 at 0.1 for 3.0")
    stage.run(until_s=4.0)
    changed = [replace(entry, sent=()) if entry.now == 2.0 else entry for entry in stage.tape.passes]
    difference = replay(stage.session.config, changed).first_difference
    assert difference is not None and "at 2.000 s: recorded nothing" in difference


@pytest.mark.parametrize("header", [{"log": 1, "config": {"agent": {"mode": "duett"}}}, {"log": 1, "config": 7}, {"log": 2}])
def test_a_log_of_another_rig_is_refused_in_a_sentence(tmp_path: Path, header: dict[str, object]) -> None:
    (tmp_path / "evening.log").write_text(json.dumps(header) + "\n")
    with pytest.raises(LogError, match=r"evening\.log"):
        replay_log(tmp_path / "evening.log")


def test_an_empty_evening_is_an_evening() -> None:
    again = replay(Config(), [])
    assert (again.passes, again.notes, again.first_difference) == (0, 0, None)
