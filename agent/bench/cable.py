"""A MIDI cable for measuring: loopback datagrams, with the instant of every input callback and every output call noted."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import Any

from agent.ports.backend import Clock, LineDown, Receive

_LARGEST_MESSAGE = 1024
_LOOK_SECONDS = 0.01

THRU_ONSET = 0x9F
"""How a human's note that was passed through begins: a note-on on channel 16."""


def write_whole(path: Path, content: object) -> None:
    """Write JSON so that whoever waits for the file never sees half of it."""
    path.with_suffix(".new").write_text(json.dumps(content))
    path.with_suffix(".new").replace(path)


def task_of(folder: Path, name: str) -> Any:
    """Tell that we have come, then wait for what we are to do."""
    (folder / f"{name}.up").touch()
    while not (folder / f"{name}.json").exists():
        sleep(_LOOK_SECONDS)
    return json.loads((folder / f"{name}.json").read_text())


class CableOut:
    """The end we play into. Sends to whoever last played to us, and notes each call."""

    alive = True

    def __init__(self, cable: Cable) -> None:
        self._cable = cable

    def send(self, data: bytes) -> None:
        """Runs on the loop; returns at once."""
        cable = self._cable
        cable.sent.append((cable.now(), cable.due, data))
        # A datagram costs ten times what a MIDI driver takes, so only what somebody waits for travels on.
        if data[0] == THRU_ONSET and cable.player is not None:
            cable.plug.sendto(data, cable.player)

    def close(self) -> None:
        """The other end stays plugged in."""


class CableIn:
    """The end we listen to, on a thread of its own, as a driver has one."""

    def __init__(self, cable: Cable, receive: Receive) -> None:
        self._cable, self._receive = cable, receive
        self.alive = True
        Thread(target=self._listen, name="cable", daemon=True).start()

    def send(self, data: bytes) -> None:
        """Nothing can be played into an input."""
        raise LineDown("In")

    def close(self) -> None:
        """Hang up; the thread ends with the process."""
        self.alive = False

    def _listen(self) -> None:
        cable = self._cable
        while self.alive:
            data, cable.player = cable.plug.recvfrom(_LARGEST_MESSAGE)
            seconds = cable.now()
            cable.heard.append((seconds, data))
            self._receive(data, seconds)


class Cable:
    """A MIDI system with one virtual port in each direction.

    `<folder>/cable` holds its UDP port and when the session began, by the clock that all processes share.
    """

    name = "cable"
    ahead_seconds = 0.0

    def __init__(self, folder: Path, now: Clock) -> None:
        self.now = now
        self.due: float | None = None
        """The second at which what is being sent should have been sent; None for what is passed through."""
        self.heard: list[tuple[float, bytes]] = []
        self.sent: list[tuple[float, float | None, bytes]] = []
        self.player: tuple[str, int] | None = None
        self.plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.plug.bind(("127.0.0.1", 0))
        write_whole(folder / "cable", {"port": self.plug.getsockname()[1], "zero": perf_counter() - now()})

    def present(self) -> bool:
        """Always there."""
        return True

    def inputs(self) -> list[str]:
        """None of other people's."""
        return []

    def outputs(self) -> list[str]:
        """None of other people's."""
        return []

    def open_input(self, name: str, label: str, receive: Receive) -> CableIn:
        """There is none to open."""
        raise LineDown(name)

    def open_output(self, name: str, label: str) -> CableOut:
        """There is none to open."""
        raise LineDown(name)

    def open_virtual_input(self, label: str, receive: Receive) -> CableIn:
        """Listen."""
        return CableIn(self, receive)

    def open_virtual_output(self, label: str) -> CableOut:
        """Play."""
        return CableOut(self)

    def close(self) -> None:
        """Stays open for the thread that listens; the process ends soon."""
