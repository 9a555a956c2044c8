"""A stranger who floods an OSC port: `python -m tests.bench.osc_flood PORT PACKETS PER_SECOND`.

Prints how many packets it sent, and in how many seconds.
"""

from __future__ import annotations

import random
import socket
import struct
import sys
from time import perf_counter, sleep

HEAD = b"#bundle\x00" + struct.pack(">Q", 1)
AT_ONCE = 100
KINDS = 4000


def packets(seed: int) -> list[bytes]:
    """Packets of every bad kind: random, cut short, nested, lying about their size, oversized, not a number; and good ones."""
    draw = random.Random(seed)
    return [_packet(draw) for _ in range(KINDS)]


def _packet(draw: random.Random) -> bytes:
    good = _message(b"/antiphon/ctl/density", b",f", struct.pack(">f", draw.random()))
    kind = draw.randrange(10)
    if kind == 0:
        return draw.randbytes(draw.randrange(1, 200))
    if kind == 1:
        return good[: draw.randrange(1, len(good))]
    if kind == 2:
        nested = good
        for _ in range(draw.randrange(2, 30)):
            nested = _bundle(nested)
        return nested
    if kind == 3:
        return HEAD + struct.pack(">i", draw.choice((-4, -1, 0, 2**31 - 1))) + good
    if kind == 4:
        return draw.randbytes(draw.choice((8193, 20_000))) if draw.random() < 0.02 else b"/" * 1500
    if kind == 5:
        return _message(b"/antiphon/ctl/density", b",f", struct.pack(">f", draw.choice((float("nan"), float("inf")))))
    if kind == 6:
        return _bundle(*[good] * draw.randrange(1, 40))
    if kind == 7:
        return _message(b"/antiphon/" + b"*?" * draw.randrange(1, 60), b",i", struct.pack(">i", 1))
    if kind == 8:
        return _message(b"/antiphon/sys/refresh", b",", b"")
    return _message(draw.randbytes(draw.randrange(1, 30)), b"," + draw.randbytes(draw.randrange(0, 30)), draw.randbytes(40))


def _message(address: bytes, types: bytes, data: bytes) -> bytes:
    return _padded(address) + _padded(types) + data


def _padded(text: bytes) -> bytes:
    return text + b"\x00" * (4 - len(text) % 4)


def _bundle(*parts: bytes) -> bytes:
    return HEAD + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def flood(port: int, count: int, per_second: float) -> tuple[int, float]:
    """Send so many, so fast; returns how many the system took, and how long that lasted."""
    ready, sent = packets(seed=1), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind(("127.0.0.1", 0))
        began = perf_counter()
        for number in range(count):
            try:
                out.sendto(ready[number % KINDS], ("127.0.0.1", port))
                sent += 1
            except OSError:
                pass  # nobody listens there, or the system has no room just now
            if number % AT_ONCE == 0:
                sleep(max(began + number / per_second - perf_counter(), 0.0))
    return sent, perf_counter() - began


if __name__ == "__main__":
    print(*flood(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
