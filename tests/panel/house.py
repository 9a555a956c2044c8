"""A panel without a band: its real process, and at the other end of its string a performer that the test speaks for."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Any

from agent.config import Config, change
from agent.items import Item
from agent.rig import StagePlan
from agent.show.panel_line import PanelLine, panel_path

PATIENCE_SECONDS = 60.0


def free_port() -> int:
    """A TCP port that nobody uses just now, with room above it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(seen: Callable[[], Any], what: str) -> Any:
    """What is seen as soon as it is there."""
    gives_up = monotonic() + PATIENCE_SECONDS
    while not (found := seen()):
        assert monotonic() < gives_up, f"waited in vain for {what}"
        sleep(0.02)
    return found


class House:
    """Opens and closes it all. `items` is what the performer was asked for."""

    def __init__(self, folder: Path, **panel: object) -> None:
        self.folder = folder
        self.items: SimpleQueue[Item] = SimpleQueue()
        self.config = change(Config(), panel={"port": free_port(), **panel})
        (folder / "stage.json").write_text(StagePlan(self.config).to_json())
        self.line = PanelLine(panel_path(folder), monotonic, self.items.put)
        self.line.open()
        self.start()

    def start(self) -> None:
        """Start the panel, again if need be."""
        (self.folder / "panel.json").unlink(missing_ok=True)
        with (self.folder / "panel.log").open("ab") as log:
            command = [sys.executable, "-m", "agent.show.panel", str(self.folder)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        wait_for((self.folder / "panel.json").exists, f"the panel: {(self.folder / 'panel.log').read_text()}")
        self.where: dict[str, Any] = json.loads((self.folder / "panel.json").read_text())
        self.port = int(self.where["url"].rstrip("/").rpartition(":")[2])
        self.items.get(timeout=PATIENCE_SECONDS)  # it asks for every state

    def close(self) -> None:
        """Everybody goes home."""
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        self.line.close()

    def raw(self, data: bytes, patience_seconds: float = PATIENCE_SECONDS) -> bytes:
        """Send bytes as they are, and read until the other end hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience_seconds) as caller:
            answer = b""
            try:
                caller.sendall(data)
                while more := caller.recv(65536):
                    answer += more
            except ConnectionError:
                pass
            return answer

    def get(self, path: str, *headers: str) -> bytes:
        """One request, whole: status line, headers and body."""
        lines = [f"GET {path} HTTP/1.1", *(headers or [f"Host: 127.0.0.1:{self.port}"]), "Connection: close", "", ""]
        return self.raw("\r\n".join(lines).encode())

    def post(self, path: str, body: bytes, *headers: str) -> bytes:
        """One request with a body."""
        head = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(body)}", "Connection: close"]
        return self.raw("\r\n".join([*head, *headers, "", ""]).encode() + body)


def status(answer: bytes) -> int:
    """The status of an answer; 0 where there was none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0
