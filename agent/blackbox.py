"""A small shared file that outlives the performer: its heartbeat, and every pitch that it has left sounding.

The performer writes a byte per note; the supervisor reads it when the performer has died and ends exactly those notes.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

MOST_PORTS = 8
_HEAD = struct.Struct("<d")
_NOTES_PER_PORT = 16 * 128
_SIZE = _HEAD.size + MOST_PORTS * _NOTES_PER_PORT


class BlackBox:
    """Who opens it first makes it. Ports are known by their place in `ports`."""

    def __init__(self, path: Path, ports: tuple[str, ...]) -> None:
        self._ports = ports[:MOST_PORTS]
        with path.open("ab") as file:
            file.truncate(_SIZE)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)

    def beat(self, now: float) -> None:
        """The loop has gone round. Runs on the loop."""
        _HEAD.pack_into(self._map, 0, now)

    def last_beat(self) -> float:
        """The performer's own time at its last round."""
        return float(_HEAD.unpack_from(self._map, 0)[0])

    def watch(self, port: str, channel: int, pitch: int, sounds: bool) -> None:
        """A pitch begins or ends to sound: what the ledger tells. Runs on the loop."""
        if port in self._ports:
            self._map[self._place(self._ports.index(port), channel, pitch)] = int(sounds)

    def sounding(self) -> list[tuple[str, int, int]]:
        """(port, channel, pitch) of everything that was left sounding."""
        return [
            (port, channel, pitch)
            for number, port in enumerate(self._ports)
            for channel in range(16)
            for pitch in range(128)
            if self._map[self._place(number, channel, pitch)]
        ]

    def clear(self) -> None:
        """Nothing sounds any more."""
        self._map[_HEAD.size :] = bytes(_SIZE - _HEAD.size)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()

    def _place(self, number: int, channel: int, pitch: int) -> int:
        return _HEAD.size + number * _NOTES_PER_PORT + channel * 128 + pitch
