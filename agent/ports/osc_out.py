"""Cues to visuals, light and other programs, by OSC over UDP."""

from __future__ import annotations

import math
import socket
import struct
from collections import Counter
from collections.abc import Iterator, Sequence

from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

from agent.ports.osc_decode import Message

LARGEST_PACKET_BYTES = 1200
"""Some receivers cut what is longer than 1536 bytes, some networks what is longer than 1500."""

_BUNDLE_HEAD = b"#bundle\x00" + struct.pack(">Q", 1)  # 1 is the timetag for immediately
_SIZE_BYTES = 4


class OscOut:
    """Sends to a list of targets and never waits for any of them.

    Counts: `packets`, `unsent` (refused, unreachable or full; the network will recover or not) and `unsayable`.
    """

    def __init__(self, targets: Sequence[str], prefix: str) -> None:
        self.counts: Counter[str] = Counter()
        self._wanted = tuple(targets)
        self._prefix = prefix.rstrip("/")
        self._targets: tuple[tuple[str, int], ...] = ()
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Look up every target, once. Raises OSError with a sentence for a host nobody knows."""
        self._targets = tuple(_resolve(target) for target in self._wanted)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def close(self) -> None:
        """Say no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, messages: Sequence[Message]) -> None:
        """Send one tick's messages to every target, bundled. Runs on the loop; returns at once."""
        if self._targets:
            self._send_to(self._targets, messages)

    def reply(self, source: str, messages: Sequence[Message]) -> None:
        """Answer whoever sent a cue; `source` is the cue's. Runs on the loop; returns at once."""
        host, _, port = source.rpartition(":")
        if host and port.isdigit():
            self._send_to(((host, int(port)),), messages)

    def _send_to(self, targets: Sequence[tuple[str, int]], messages: Sequence[Message]) -> None:
        if self._socket is None:
            return
        for packet in pack(self._prefix, messages, self.counts):
            for target in targets:
                try:
                    self._socket.sendto(packet, target)
                    self.counts["packets"] += 1
                except (OSError, OverflowError):
                    self.counts["unsent"] += 1


def pack(prefix: str, messages: Sequence[Message], counts: Counter[str]) -> Iterator[bytes]:
    """Messages as packets: a lone one bare, several bundled, none over `LARGEST_PACKET_BYTES`."""
    waiting: list[bytes] = []
    waiting_bytes = len(_BUNDLE_HEAD)
    for address, args in messages:
        data = _encode(prefix + address, args)
        if data is None:
            counts["unsayable"] += 1
            continue
        if waiting and waiting_bytes + _SIZE_BYTES + len(data) > LARGEST_PACKET_BYTES:
            yield _packet(waiting)
            waiting, waiting_bytes = [], len(_BUNDLE_HEAD)
        waiting.append(data)
        waiting_bytes += _SIZE_BYTES + len(data)
    if waiting:
        yield _packet(waiting)


def _packet(messages: list[bytes]) -> bytes:
    if len(messages) == 1:
        return messages[0]
    return _BUNDLE_HEAD + b"".join(struct.pack(">i", len(data)) + data for data in messages)


def _encode(address: str, args: Sequence[int | float | str]) -> bytes | None:
    builder = OscMessageBuilder(address)
    for value in args:
        if isinstance(value, str):
            builder.add_arg(value, "s")
        elif isinstance(value, int):
            builder.add_arg(int(value), "i")
        elif isinstance(value, float) and math.isfinite(value):
            builder.add_arg(float(value), "f")
        else:
            return None
    try:
        data = bytes(builder.build().dgram)
    except (BuildError, ValueError, OverflowError):
        return None
    return data if len(data) <= LARGEST_PACKET_BYTES else None


def _resolve(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    try:
        found = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, ValueError):
        raise OSError(f"nobody knows the OSC target {target!r}; write HOST:PORT, such as 127.0.0.1:9000") from None
    address, number = found[0][4][:2]
    return str(address), int(number)
