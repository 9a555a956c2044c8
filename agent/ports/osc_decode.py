"""OSC packets to plain messages. No packet, however malformed, raises, loops or grows memory."""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Iterator

from pythonosc import osc_message
from pythonosc.parsing import osc_types

Argument = int | float | str
Message = tuple[str, tuple[Argument, ...]]
"""An address and its arguments."""

LARGEST_PACKET_BYTES = 8192
LARGEST_ANSWER_BYTES = 65_507
"""What a program that we asked may answer: as much as UDP carries."""
DEEPEST_BUNDLE = 4
MOST_MESSAGES = 256
LONGEST_TEXT = 256

_BUNDLE = b"#bundle\x00"
_BUNDLE_HEAD_BYTES = 16  # the word and the timetag, which we do not follow: a cue is for now
PLAIN_TYPES, ANSWER_TYPES = frozenset("ifs"), frozenset("ifsdhTF")
"""What cues are made of; and what answers of other programs are."""


class Refused(Exception):
    """A packet or message is not taken; the message is the word under which it is counted."""


def read_packet(
    data: bytes, counts: Counter[str], types: frozenset[str] = PLAIN_TYPES, largest_bytes: int = LARGEST_PACKET_BYTES
) -> list[Message]:
    """The messages in a packet, in order; what is refused is counted by reason. Never raises."""
    if len(data) > largest_bytes:
        counts["oversized"] += 1
        return []
    messages: list[Message] = []
    try:
        for part in _parts(data, 0):
            if len(messages) >= MOST_MESSAGES:
                raise Refused("oversized")
            try:
                messages.append(_message(part, types))
            except Refused as reason:
                counts[str(reason)] += 1
    except Refused as reason:
        counts[str(reason)] += 1
    return messages


def _parts(data: bytes, depth: int) -> Iterator[bytes]:
    # Bundles are walked here, since python-osc loops for ever on an element of negative size.
    if not data.startswith(_BUNDLE):
        yield data
        return
    if depth >= DEEPEST_BUNDLE:
        raise Refused("nested")
    at = _BUNDLE_HEAD_BYTES
    while at < len(data):
        if at + 4 > len(data):
            raise Refused("malformed")
        (size_bytes,) = struct.unpack_from(">i", data, at)
        at += 4
        if size_bytes <= 0 or at + size_bytes > len(data):
            raise Refused("malformed")
        yield from _parts(data[at : at + size_bytes], depth + 1)
        at += size_bytes


def _message(data: bytes, allowed: frozenset[str]) -> Message:
    try:
        address, at = osc_types.get_string(data, 0)
        types = osc_types.get_string(data, at)[0] if at < len(data) else ","
        if not address.startswith("/") or not types.startswith(","):
            raise Refused("malformed")
        if not allowed.issuperset(types[1:]):  # asked first, since python-osc logs what it does not know
            raise Refused("types")
        params = osc_message.OscMessage(data).params if len(types) > 1 else []
    except (osc_types.ParseError, osc_message.ParseError, ValueError, struct.error):
        raise Refused("malformed") from None
    return address, tuple(_checked(value) for value in params)


def _checked(value: Argument) -> Argument:
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("not_a_number")
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise Refused("oversized")
    return value
