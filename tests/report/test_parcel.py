"""The last hour in one file: all that helps to help, and nothing that opens a door."""

from __future__ import annotations

import json
import os
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.config import load
from agent.report.parcel import run_dir_now

SECRETS = ("271828", "hooks.example")


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    """A rig, its recordings of today and of yesterday, and a run directory."""
    recordings, run_dir = tmp_path / "sessions", tmp_path / "antiphon-run"
    (recordings / "kept").mkdir(parents=True)
    run_dir.mkdir()
    (tmp_path / "rig.toml").write_text(
        f'[panel]\npin = "271828"\n[gallery]\nwebhook = "https://hooks.example/x"\n[recording]\nfolder = "{recordings}"\n'
    )
    for name in ("old.jsonl", "new.jsonl", "antiphon.log", "kept/take.mid", "diary.txt"):
        (recordings / name).write_text(name)
    os.utime(recordings / "old.jsonl", (1e9, 1e9))
    for name in ("performer.log", "health.json", "panel.key", "panel.json", "stage.json", "pids.json"):
        (run_dir / name).write_text("271828" if "panel" in name or name == "stage.json" else "{}")
    return tmp_path


def test_the_last_hour_is_zipped_without_what_opens_a_door(gallery: Path) -> None:
    target = gallery / "parcel.zip"
    words = ["report", "--config", gallery / "rig.toml", "--run-dir", gallery / "antiphon-run", "--out", target]
    said = CliRunner().invoke(app, [str(word) for word in words])
    assert said.exit_code == 0 and f"wrote {target}: 8 files, 3 of them recorded" in said.stdout
    with ZipFile(target) as parcel:
        names = set(parcel.namelist())
        assert names == {
            "rig.toml", "about.json", "recordings/new.jsonl", "recordings/antiphon.log", "recordings/kept/take.mid",
            "run/performer.log", "run/health.json", "run/pids.json",
        }  # fmt: skip
        everything = b"".join(parcel.read(name) for name in names).decode()
        assert [secret for secret in SECRETS if secret in everything] == []
        (gallery / "again.toml").write_bytes(parcel.read("rig.toml"))
        assert "antiphon" in json.loads(parcel.read("about.json"))["packages"]
    assert load(gallery / "again.toml").recording.folder == str(gallery / "sessions")


def test_the_evening_that_was_begun_last_is_found(gallery: Path) -> None:
    older = gallery / "antiphon-older"
    older.mkdir()
    (older / "pids.json").write_text("{}")
    os.utime(older / "pids.json", (1e9, 1e9))
    assert run_dir_now((gallery,)) == gallery / "antiphon-run"
    assert run_dir_now((gallery / "sessions",)) is None


def test_where_the_zip_cannot_be_written_a_sentence_says_so(gallery: Path) -> None:
    said = CliRunner().invoke(app, ["report", "--out", str(gallery / "nowhere" / "parcel.zip")])
    assert said.exit_code == 2 and "cannot be written" in said.stderr
