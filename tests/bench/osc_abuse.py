"""What a flood of bad OSC costs the music: `python -m tests.bench.osc_abuse [--packets 1000000] [--per-second 50000]`.

The performer plays its steady drummer. A stranger floods it from another process; in turn the same flood goes to a port where
nobody reads, so that the processor is as busy but the performer is not meant. Another sender turns a knob all the while.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from agent.bench.band import free_port, stagehands
from agent.config import Config, change
from agent.ports.osc_decode import read_packet
from agent.ports.osc_out import pack
from agent.rig import StagePlan

ROUNDS = 4
SETTLE_SECONDS, PATIENCE_SECONDS = 1.0, 90.0
FRIEND = "127.0.0.2"
"""Another computer, as far as the performer can tell."""


@dataclass
class Abuse:
    """What came of it. Lateness in ms, memory in MB. What nobody has fetched in time is dropped by the system."""

    packets: int
    sent_a_second: int
    dropped_by_system: int
    late_quiet_ms: dict[str, float]
    late_elsewhere_ms: dict[str, float]
    late_flooded_ms: dict[str, float]
    grown_mb: float
    knobs_turned: int
    knobs_heard_in_flood: int
    works_after: bool
    said: str


class Friend:
    """Somebody who turns a knob and looks whether it has turned."""

    def __init__(self, port: int) -> None:
        self._socket, self._port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), port
        self._socket.bind((FRIEND, 0))
        self.turned = self.heard = 0

    def close(self) -> None:
        """Go."""
        self._socket.close()

    def turn(self, wait_seconds: float = 0.25) -> bool:
        """Turn the knob to a value of its own; whether its echo comes in time."""
        self.turned += 1
        wanted = round(0.1 + self.turned % 80 / 100, 4)
        for packet in pack("/antiphon", [("/ctl/follow", (wanted,))], Counter()):
            self._socket.sendto(packet, ("127.0.0.1", self._port))
        gives_up = perf_counter() + wait_seconds
        while (left := gives_up - perf_counter()) > 0:
            self._socket.settimeout(left)
            try:
                said = read_packet(self._socket.recv(65536), Counter())
            except TimeoutError:
                break
            if any(address.endswith("/ctl/follow") and abs(float(args[0]) - wanted) < 1e-4 for address, args in said):
                self.heard += 1
                return True
        return False


def abuse(packets: int, per_second: float, rounds: int = ROUNDS) -> Abuse:
    """Play, flood, and look."""
    with stagehands() as hands:
        port, elsewhere = free_port(), free_port()
        osc = {"listen": port, "tcp": 0, "query": 0}
        config = change(
            Config(), agent={"mode": "listen", "model": "markov"}, osc=osc, panel={"port": 0}, clock={"sync": "internal"}
        )
        (hands.folder / "stage.json").write_text(StagePlan(config).to_json())
        hands.start("agent.bench.quick_mind")
        performer = hands.start("agent.bench.stand", "drummer")
        zero = hands.wait_for("cable", PATIENCE_SECONDS)["zero"]
        hands.wait_for("seated", PATIENCE_SECONDS)
        sleep(SETTLE_SECONDS)
        friend, sink = Friend(port), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.bind(("127.0.0.1", elsewhere))
        before_mb, spans, seconds = hands.megabytes(performer), list[tuple[str, float, float]](), packets / per_second / rounds
        friend.turn()
        friend.turned = friend.heard = 0
        floods, dropped_before = list[tuple[int, float]](), _dropped(port)
        for _ in range(rounds):
            for what, to in (("quiet", None), ("elsewhere", elsewhere), ("flooded", port)):
                began = perf_counter()
                took = _phase(to, packets // rounds, per_second, friend if what == "flooded" else None, seconds)
                if what == "flooded":
                    floods.append(took)
                spans.append((what, began - zero, perf_counter() - zero))
                sleep(SETTLE_SECONDS)
        works, turned, heard = friend.turn(2.0), friend.turned, friend.heard
        grown_mb = hands.megabytes(performer) - before_mb
        dropped = _dropped(port) - dropped_before
        hands.close()
        noted = hands.wait_for("noted.json")
        said = (hands.folder / "stand.log").read_text()
        sink.close()
        friend.close()
    late = {what: _late_ms(noted, spans, what) for what in ("quiet", "elsewhere", "flooded")}
    figures = (late["quiet"], late["elsewhere"], late["flooded"])
    sent = sum(count for count, _ in floods)
    rate = round(sent / sum(lasted for _, lasted in floods))
    return Abuse(sent, rate, dropped, *figures, round(grown_mb, 1), turned - 1, heard - works, works, said)


def _phase(to: int | None, count: int, per_second: float, friend: Friend | None, seconds: float) -> tuple[int, float]:
    """Says how many packets were sent, and in how many seconds."""
    if to is None:
        sleep(seconds)
        return 0, seconds
    command = [sys.executable, "-m", "tests.bench.osc_flood", str(to), str(count), str(per_second)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stranger:
        while stranger.poll() is None:
            if friend is not None:
                friend.turn()
            sleep(0.05)
        assert stranger.stdout is not None
        sent, lasted = stranger.stdout.read().split()
    return int(sent), float(lasted)


def _dropped(port: int) -> int:
    """How many packets for a port of this computer the system has thrown away, as Linux counts them."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) == port)


def _late_ms(noted: dict[str, Any], spans: list[tuple[str, float, float]], wanted: str) -> dict[str, float]:
    late = sorted(
        max(sent - due, 0.0) * 1000.0
        for sent, due, _ in noted["sent"]
        if due is not None and any(what == wanted and begin <= due <= end for what, begin, end in spans)
    )
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    figures = {name: round(late[min(int(share * len(late)), len(late) - 1)], 3) for name, share in shares.items()}
    return figures | {"notes": len(late)}


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--packets", type=int, default=1_000_000)
    options.add_argument("--per-second", type=float, default=50_000.0)
    told = options.parse_args()
    print(json.dumps(asdict(abuse(told.packets, told.per_second))))
