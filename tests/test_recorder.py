"""The recording: every pass a line, a torn line costs only itself, and a full disk does not stop the music."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import recorder
from agent.items import Cue, Heard, Item
from agent.play.hands import Sent
from agent.recorder import LogError, LogRecorder, Pass, line_of, read_header, read_passes
from models.music import NoteOff, NoteOn
from tests.rubbish import evenings

SENT = (Sent("synth", NoteOn(60, 80, 1), "comp"), Sent("synth", NoteOff(60, 1), "comp"))
PASSES = [
    Pass(0.5, Heard(0.5, "keys", NoteOn(60, 80)), ()),
    Pass(1.0 / 3.0, None, SENT),
    Pass(2.0, Cue(2.0, "/ctl/mode", ("listen", 0.1, 3)), SENT[1:]),
]


def recorded(path: Path, passes: Iterable[Pass], complaints: list[str] | None = None) -> LogRecorder:
    """A log of these passes, closed again."""
    log = LogRecorder(path, {"config": {"agent": {"seed": 7}}}, (complaints if complaints is not None else []).append)
    log.open()
    for entry in passes:
        log.note(entry.now, entry.item, entry.sent)
    log.close()
    return log


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    recorded(tmp_path / "evening.log", PASSES)
    assert list(read_passes(tmp_path / "evening.log")) == PASSES
    assert read_header(tmp_path / "evening.log")["config"] == {"agent": {"seed": 7}}


def test_the_folder_is_made_and_the_log_is_nobody_elses_to_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "evening.log"
    recorded(path, PASSES)
    assert path.stat().st_mode & 0o077 == 0


def test_a_line_torn_by_a_power_cut_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "evening.log"
    recorded(path, PASSES)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert list(read_passes(path)) == PASSES[:2]


@settings(max_examples=200)
@given(st.data())
def test_a_log_cut_anywhere_gives_a_beginning_of_the_evening(tmp_path_factory: pytest.TempPathFactory, data) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.log"
    lines = [b'{"log":1}\n', *(line_of(entry.now, entry.item, entry.sent) for entry in PASSES)]
    whole = b"".join(lines)
    path.write_bytes(whole[: data.draw(st.integers(len(lines[0]), len(whole)))])
    passes = list(read_passes(path))
    assert passes == PASSES[: len(passes)]


@settings(max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([line_of(1.0, None, SENT)])), max_size=6))
def test_rubbish_in_a_log_is_passed_over(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish.log"
    path.write_bytes(b'{"log":1}\n' + b"\n".join(lines) + b"\n" + line_of(9.0, None, SENT))
    assert list(read_passes(path))[-1] == Pass(9.0, None, SENT)


@settings(max_examples=200)
@given(evenings(most_items=5))
def test_whatever_happens_can_be_written_down_and_read(tmp_path_factory: pytest.TempPathFactory, items: list[Item]) -> None:
    path = tmp_path_factory.getbasetemp() / "evening.log"
    path.write_bytes(b'{"log":1}\n' + b"".join(line_of(item.seconds, item, ()) for item in items))
    assert repr([entry.item for entry in read_passes(path)]) == repr(items)


@settings(max_examples=200)
@given(st.binary(max_size=80))
def test_what_is_no_log_is_refused_with_its_name(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "no.log"
    path.write_bytes(data)
    with pytest.raises(LogError, match=r"no\.log"):
        read_header(path)


@pytest.mark.parametrize("first_line", ["[]", '{"log": 999}', "null", '"log"', "{}"])
def test_a_log_of_another_kind_is_refused(tmp_path: Path, first_line: str) -> None:
    (tmp_path / "other.log").write_text(first_line + "\n")
    with pytest.raises(LogError, match="version"):
        read_header(tmp_path / "other.log")


def test_a_log_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"none\.log"):
        read_header(tmp_path / "none.log")


def test_a_full_disk_is_complained_of_once_and_what_waited_is_written_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, full = os.write, [True] * 3
    complaints: list[str] = []

    def reluctant(file: int, data: bytes) -> int:
        if full:
            full.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    monkeypatch.setattr(recorder, "SYNC_SECONDS", 0.01)
    monkeypatch.setattr(recorder.os, "write", reluctant)
    log = LogRecorder(tmp_path / "evening.log", {}, complaints.append)
    log.open()
    for entry in PASSES:
        log.note(entry.now, entry.item, entry.sent)
    while full:
        log._thread.join(0.01)
    log.close()
    assert list(read_passes(tmp_path / "evening.log")) == PASSES
    assert len(complaints) == 1 and "make room" in complaints[0]


def test_a_line_that_the_disk_took_half_of_is_said_again_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, short = os.write, [5]

    def short_once(file: int, data: bytes) -> int:
        return write(file, data[: short.pop()] if short and b'"t"' in data else data)

    monkeypatch.setattr(recorder.os, "write", short_once)
    recorded(tmp_path / "evening.log", PASSES)
    assert list(read_passes(tmp_path / "evening.log")) == PASSES


def test_what_waits_too_long_is_given_up_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(recorder, "MOST_WAITING_LINES", 10)
    monkeypatch.setattr(recorder.os, "write", refuse)
    log = recorded(tmp_path / "evening.log", PASSES * 10)
    assert log.lost_lines == 21  # the header and 30 passes, of which 10 lines wait


def test_a_line_is_json_that_anybody_can_read() -> None:
    line = json.loads(line_of(1.0, PASSES[0].item, SENT))
    assert line["in"] == ["#Heard", 0.5, "keys", ["#NoteOn", 60, 80, 0]]
    assert line["out"][0] == ["synth", ["#NoteOn", 60, 80, 1], "comp"]


def test_an_evening_too_long_for_one_file_goes_on_in_the_next(tmp_path: Path) -> None:
    log = LogRecorder(tmp_path / "long.jsonl", {}, lambda sentence: None)
    log.largest_file_bytes = 1
    log.open()
    log.note(PASSES[0].now, PASSES[0].item, PASSES[0].sent)
    while not list(read_passes(log.path)):  # once it stands there the file is full
        pass
    log.note(PASSES[1].now, PASSES[1].item, PASSES[1].sent)
    log.close()
    assert read_header(tmp_path / "long.2.jsonl")["continues"] == "long.jsonl"
    assert [*read_passes(tmp_path / "long.jsonl"), *read_passes(tmp_path / "long.2.jsonl")] == PASSES[:2]


def test_the_oldest_recordings_go_when_there_are_too_many_and_the_newest_never(tmp_path: Path) -> None:
    for number in range(5):
        old = tmp_path / f"old-{number}.jsonl"
        old.write_bytes(b"x" * 1000)
        os.utime(old, (number, number))
    newest = tmp_path / "new.jsonl"
    newest.write_bytes(b"x" * 5000)
    recorder.thin_out(newest, recorder.LARGEST_FILE_BYTES + 2500)
    assert {path.name for path in tmp_path.iterdir()} == {"old-3.jsonl", "old-4.jsonl", "new.jsonl"}
    recorder.thin_out(newest, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"new.jsonl"}
