"""Antiphon with its panel, as a newcomer starts it with nothing plugged in, and a witness of what its performer says."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import aiohttp
from pythonosc.udp_client import SimpleUDPClient

from tests.panel.house import free_port, wait_for
from tests.rig.rig import free_port as free_udp_port

RIG = """
[agent]
parts = ["lead", "comp", "bass", "drums"]

[midi]
api = "memory"
inputs = ["Keyboard"]
output = "Synth"

[clock]
sync = "internal"
bpm = 120.0

[osc]
listen = {listen}

[panel]
port = {port}

[recording]
folder = "{folder}"
"""


class Evening:
    """A running band. `said` is the last picture, `desk` what the desk stands at."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._run_dir = folder, folder / "run"
        rig, listen = folder / "rig.toml", free_udp_port()
        rig.write_text(RIG.format(port=free_port(), listen=listen, folder=folder))
        self._osc = SimpleUDPClient("127.0.0.1", listen)
        antiphon = Path(sys.executable).with_name("antiphon")
        with (folder / "antiphon.log").open("wb") as log:
            command = [antiphon, "jam", "--config", rig, "--run-dir", self._run_dir, "--headless"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        door = wait_for(self._door, "the panel")
        self.url: str = door["url"]
        self.picture: dict[str, Any] = {}
        self._over = False
        self._witness = Thread(target=lambda: asyncio.run(self._look()), daemon=True)
        self._witness.start()
        wait_for(lambda: self.picture, "a picture")

    @property
    def desk(self) -> dict[str, list[Any]]:
        """Address → what it stands at, as the performer has it."""
        return dict(self.picture["desk"])

    def osc(self, address: str, *values: int | float | str) -> None:
        """Send a cue from a foreign program."""
        self._osc.send_message(f"/antiphon{address}", values)

    def kill(self, who: str) -> None:
        """End one process as rudely as can be."""
        os.kill(json.loads((self._run_dir / "pids.json").read_text())[who], signal.SIGKILL)

    def cues_taken(self) -> set[str]:
        """Every address that the performer was asked for, as its own recording has it."""
        taken: set[str] = set()
        for log in self._folder.glob("*.jsonl"):
            for line in log.read_text().splitlines():
                with suppress(ValueError):
                    taken |= addresses(json.loads(line))
        return taken

    def said(self) -> str:
        """What was said on the terminal."""
        return (self._folder / "antiphon.log").read_text()

    def close(self) -> None:
        """Go home."""
        self._over = True
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self._witness.join(30)
        self._osc.close()

    def _door(self) -> Any:
        with suppress(OSError, ValueError):
            return json.loads((self._run_dir / "panel.json").read_text())
        return None

    async def _look(self) -> None:
        async with aiohttp.ClientSession() as session:
            while not self._over:
                with suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._listen(session)

    async def _listen(self, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{self.url}socket") as line:
            while not self._over:
                message = await line.receive(1.0)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return
                self.picture = json.loads(message.data).get("picture", self.picture)


def addresses(value: Any) -> set[str]:
    """Every cue in a line of a recording."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return set()
    here = {str(value[2])} if value[:1] == ["#Cue"] else set()
    return here.union(*map(addresses, value))
