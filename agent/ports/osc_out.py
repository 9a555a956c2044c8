"""Cues to visuals, light and other programs, by OSC over UDP."""

from __future__ import annotations

import math
import socket
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from time import perf_counter

from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

from agent.items import Cue
from agent.ports.backend import Clock
from agent.ports.osc_audience import Address, Audience
from agent.ports.osc_decode import Message

LARGEST_PACKET_BYTES = 1200
"""Some receivers cut what is longer than 1536 bytes, some networks what is longer than 1500."""

SUBSCRIBE = "/sys/subscribe"
_BUNDLE = b"#bundle\x00"
_BUNDLE_HEAD = _BUNDLE + struct.pack(">Q", 1)  # 1 is the timetag for immediately
_SIZE_BYTES = 4
_SECONDS_1900 = 2_208_988_800  # timetags count from then


class OscOut:
    """Sends to targets, to feedback targets and to who subscribes, and never waits for any of them. One thread only.

    Counts: `packets`, `unsent` (refused, unreachable or full; the network will recover or not), `unsayable`, and `full` (a
    subscriber too many).
    """

    def __init__(self, targets: Sequence[str], prefix: str, feedback: Sequence[str] = (), now: Clock = perf_counter) -> None:
        self.counts: Counter[str] = Counter()
        self._wanted, self._wanted_feedback, self._now = tuple(targets), tuple(feedback), now
        self._prefix = prefix.rstrip("/")
        self._audience = Audience((), (), now)
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Look up every target, once. Raises OSError with a sentence for a host nobody knows."""
        targets, feedback = map(resolve, self._wanted), map(resolve, self._wanted_feedback)
        self._audience = Audience(tuple(targets), tuple(feedback), self._now)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def close(self) -> None:
        """Say no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, messages: Sequence[Message]) -> None:
        """Send one tick's messages, bundled. Returns at once."""
        for targets, share in self._audience.shares(messages):
            self._send_to(targets, share)

    def heard(self, cue: Cue) -> None:
        """Somebody has sent us a cue by UDP: from now on they are told what comes of it."""
        host, _, port = cue.source.rpartition(":")
        if cue.address == SUBSCRIBE:
            wanted = cue.args[0] if cue.args else 0
            if isinstance(wanted, int) and 0 <= wanted < 65536 and not self._audience.subscribe((host, wanted or int(port))):
                self.counts["full"] += 1
        else:
            self._audience.called((host, int(port)))

    def _send_to(self, targets: Sequence[Address], messages: Sequence[Message]) -> None:
        if self._socket is None:
            return
        for packet in pack(self._prefix, messages, self.counts):
            for target in targets:
                try:
                    self._socket.sendto(packet, target)
                    self.counts["packets"] += 1
                except (OSError, OverflowError):
                    self.counts["unsent"] += 1


def pack(prefix: str, messages: Sequence[Message], counts: Counter[str], wall_seconds: float | None = None) -> Iterator[bytes]:
    """Messages as packets: a lone one bare, several bundled, none over `LARGEST_PACKET_BYTES`.

    With `wall_seconds` they are to be done at that instant, as `time.time()` tells it: then each packet is a bundle.
    """
    head = _BUNDLE_HEAD if wall_seconds is None else _BUNDLE + struct.pack(">Q", int((wall_seconds + _SECONDS_1900) * 2**32))
    waiting: list[bytes] = []
    waiting_bytes = len(_BUNDLE_HEAD)
    for address, args in messages:
        data = _encode(prefix + address, args)
        if data is None:
            counts["unsayable"] += 1
            continue
        if waiting and waiting_bytes + _SIZE_BYTES + len(data) > LARGEST_PACKET_BYTES:
            yield _packet(waiting, head)
            waiting, waiting_bytes = [], len(_BUNDLE_HEAD)
        waiting.append(data)
        waiting_bytes += _SIZE_BYTES + len(data)
    if waiting:
        yield _packet(waiting, head)


def _packet(messages: list[bytes], head: bytes) -> bytes:
    if len(messages) == 1 and head == _BUNDLE_HEAD:
        return messages[0]
    return head + b"".join(struct.pack(">i", len(data)) + data for data in messages)


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


def resolve(target: str) -> Address:
    """HOST:PORT as an address. Raises OSError with a sentence for a host nobody knows."""
    host, _, port = target.rpartition(":")
    try:
        found = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, ValueError):
        raise OSError(f"nobody knows the OSC target {target!r}; write HOST:PORT, such as 127.0.0.1:9000") from None
    address, number = found[0][4][:2]
    return str(address), int(number)
