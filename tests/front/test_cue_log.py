"""The cue log: every cue once, in order, whole lines only; a full disk costs lines, never the show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.show.cue_log import CueLog


def test_every_cue_is_a_line_with_its_time(tmp_path: Path) -> None:
    log = CueLog(tmp_path / "show" / "cues.jsonl", prefix="/visuals")
    log.open()
    log.carry(0.5, [("/mode", ("listen",)), ("/clock/beat", (0.25,))])
    log.carry(0.6, [])
    log.carry(1.23456, [("/text/chord", ("B♭7",))])
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "show" / "cues.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == [
        {"t": 0.5, "address": "/visuals/mode", "args": ["listen"]},
        {"t": 0.5, "address": "/visuals/clock/beat", "args": [0.25]},
        {"t": 1.2346, "address": "/visuals/text/chord", "args": ["B♭7"]},
    ]


def test_a_restarted_performer_writes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    for number in range(2):
        log = CueLog(tmp_path / "cues.jsonl")
        log.open()
        log.carry(float(number), [("/mode", ("listen",))])
        log.close()
    assert len((tmp_path / "cues.jsonl").read_text().splitlines()) == 2


def test_a_place_that_cannot_be_written_to_is_known_before_the_show(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        CueLog(tmp_path).open()


def test_a_disk_that_takes_no_more_is_told_once_and_counted(tmp_path: Path) -> None:
    told: list[str] = []
    path = tmp_path / "cues.jsonl"
    log = CueLog(path, complain=told.append)
    log.open()
    path.unlink()
    path.mkdir()  # nothing can be written to a folder, on any system
    for number in range(10):
        log.carry(float(number), [("/mode", ("listen",))])
    log.close()
    assert log.lost_lines == 10
    assert told == [f"cues are not written down any more: {path} takes no more"]
