"""OSC packets on a stream: SLIP (OSC 1.1, as QLab speaks it) or a length before each packet (OSC 1.0, as ETC Eos does).

Whoever calls shows by its first byte which of the two it speaks, and is answered in the same.
"""

from __future__ import annotations

import struct
from typing import Literal

from agent.ports.osc_decode import LARGEST_PACKET_BYTES

Framing = Literal["slip", "length"]

_END, _ESC, _ESC_END, _ESC_ESC = b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd"
_LENGTH = struct.Struct(">I")
LARGEST_FRAME_BYTES = 2 * LARGEST_PACKET_BYTES + 2
"""A packet in which every byte has to be escaped."""


class Unframed(ValueError):
    """A stream out of which no packets can be read any more."""


def framed(packet: bytes, framing: Framing) -> bytes:
    """A packet as it goes onto the stream."""
    if framing == "length":
        return _LENGTH.pack(len(packet)) + packet
    return _END + packet.replace(_ESC, _ESC_ESC).replace(_END, _ESC_END) + _END


class Frames:
    """Takes a stream apart as it comes. Holds at most one packet that is not whole yet."""

    def __init__(self, framing: Framing | None = None) -> None:
        self.framing = framing
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that have become whole. Raises Unframed for one too long."""
        self._rest += data
        if self.framing is None and self._rest:
            self.framing = "length" if self._rest[0] == 0 else "slip"
        packets = self._by_length() if self.framing == "length" else self._by_slip()
        if len(self._rest) > LARGEST_FRAME_BYTES:
            raise Unframed("a packet is too long")
        return packets

    def _by_length(self) -> list[bytes]:
        packets, at = list[bytes](), 0
        while len(self._rest) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._rest, at)
            if length > LARGEST_PACKET_BYTES:
                raise Unframed("a packet is too long")
            end = at + _LENGTH.size + length
            if end > len(self._rest):
                break
            packets.append(self._rest[at + _LENGTH.size : end])
            at = end
        self._rest = self._rest[at:]
        return [packet for packet in packets if packet]

    def _by_slip(self) -> list[bytes]:
        *whole, self._rest = self._rest.split(_END)
        return [frame.replace(_ESC_END, _END).replace(_ESC_ESC, _ESC) for frame in whole if frame]
