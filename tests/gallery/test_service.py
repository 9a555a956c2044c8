"""The system's own supervisor accepts what we write for it, and hears that we live."""

from __future__ import annotations

import plistlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.watchdog import Watchdog


def written(folder: Path, system: str) -> dict[str, str]:
    """What `antiphon install-service` writes for a system."""
    rig = folder / "a rig.toml"
    rig.write_text("[agent]\nmode = 'solo'\n")
    words = ["install-service", "--config", str(rig), "--out", str(folder / "out"), "--system", system, "--user", "root"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return {path.name: path.read_text() for path in (folder / "out").iterdir()}


def test_systemd_has_nothing_against_our_units(tmp_path: Path) -> None:
    units = [tmp_path / "out" / name for name in written(tmp_path, "linux") if name.endswith(".service")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    # It names the units of the machine, too, when something is wrong with them: only ours are ours to answer for.
    ours = [line for line in done.stderr.splitlines() if "antiphon" in line]
    assert len(units) == 2 and ours == []
    assert "WatchdogSec=30" in units[0].read_text() + units[1].read_text()


def test_systemd_would_notice_a_mistake(tmp_path: Path) -> None:
    text = written(tmp_path, "linux")["antiphon-gallery.service"]
    wrong = tmp_path / "antiphon-wrong.service"
    wrong.write_text(text.replace("Type=notify", "Type=notfy"))
    done = subprocess.run(["systemd-analyze", "verify", wrong], capture_output=True, text=True, check=False)
    assert "antiphon-wrong" in done.stderr


def test_macos_and_windows_can_read_theirs(tmp_path: Path) -> None:
    agent = plistlib.loads(written(tmp_path, "darwin")["org.antiphon.gallery.plist"].encode())
    assert agent["KeepAlive"] and agent["ProgramArguments"][1] == "gallery"
    task = ElementTree.fromstring(written(tmp_path, "win32")["antiphon-gallery.xml"])
    assert [node.text for node in task.iter() if node.tag.endswith("Arguments")] == [
        f'gallery --config "{tmp_path / "a rig.toml"}"'
    ]


def test_an_unknown_system_is_refused_in_one_sentence(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text("")
    result = CliRunner().invoke(app, ["install-service", "--config", str(rig), "--system", "amiga"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "amiga" in result.stderr and "linux, darwin, win32" in result.stderr


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket on which systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.setblocking(False)
        yield ear


def test_systemd_hears_once_that_we_are_ready_and_then_that_we_live_but_only_while_we_play(
    tmp_path: Path, systemd: socket.socket
) -> None:
    clock = [0.0]
    watchdog = Watchdog({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "20000000"}, lambda: clock[0])
    for second in range(60):
        clock[0] = float(second)
        watchdog.see(playing=5 <= second < 40, status="solo")
    watchdog.say("STOPPING=1")
    heard = []
    with pytest.raises(BlockingIOError):
        while True:
            heard.append(systemd.recv(1000).decode().splitlines())
    assert heard == [["READY=1", "WATCHDOG=1", "STATUS=solo"], *[["WATCHDOG=1"]] * 3, ["STOPPING=1"]]


def test_without_a_supervisor_nobody_is_told_and_nothing_fails() -> None:
    Watchdog({}).see(playing=True, status="solo")
    Watchdog({"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "rubbish"}).see(playing=True, status="solo")
