"""The way from the loop to our own synth, which plays in a process of its own."""

from __future__ import annotations

import socket
from pathlib import Path

from agent.ports.backend import LineDown

Address = str | tuple[str, int]

GOODBYE = b""
"""The empty datagram: the speaker goes home."""


def address_of(where: str) -> tuple[socket.AddressFamily, Address]:
    """Where the speaker listens: a path for a UNIX socket, or `127.0.0.1:PORT` on systems that have none."""
    host, _, port = where.rpartition(":")
    if host == "127.0.0.1" and port.isdigit():
        return socket.AF_INET, (host, int(port))
    return socket.AF_UNIX, where


def speaker_address(run_dir: Path) -> str:
    """Where the speaker of a running rig listens."""
    return str(run_dir / "speaker.sock")


class SpeakerLine:
    """Plays through the speaker process. Where that is away, notes are lost and nothing else."""

    alive = True

    def __init__(self, where: str) -> None:
        family, self._address = address_of(where)
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self, data: bytes) -> None:
        """Play one message. Runs on the loop; returns at once."""
        try:
            self._socket.sendto(data, self._address)
        except OSError as error:
            raise LineDown(f"the speaker is away: {error.strerror}") from None

    def close(self) -> None:
        """Send the speaker home."""
        try:
            self._socket.sendto(GOODBYE, self._address)
        except OSError:
            pass  # it has gone already
        self._socket.close()
