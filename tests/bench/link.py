"""How closely Antiphon keeps a Link session's beat: python -m tests.bench.link [SECONDS]. The last line is JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.rig.link_room import Figures, LinkRoom, Seat, apart_ms

MACHINE = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
TEMPI = (133.0, 80.0, 174.0, 97.3, 120.0)


def main() -> None:
    """A steady minute, then changes of tempo, then a lively minute; the strangers, SuperCollider among them, sit in another
    network than we."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with TemporaryDirectory() as folder:
        room = LinkRoom(Path(folder))
        try:
            figures = measure(room, seconds)
        finally:
            room.close()
    print(json.dumps({"bench": "link", "machine": MACHINE, **figures}))


def measure(room: LinkRoom, seconds: float) -> dict[str, object]:
    """Sit down with a stranger and compare beats."""
    stranger = room.stranger(120.0, next_door=True)
    room.wait_for(lambda: len(stranger.looks()) > 80, "the stranger")  # the older session sets the tempo
    super_collider = room.super_collider()
    room.wait_for(lambda: len(super_collider.looks()) > 80, "SuperCollider")
    ours = room.antiphon(100.0)
    joined_seconds = room.wait_for(lambda: follows(ours, 120.0), "Antiphon")
    time.sleep(2.0)
    since = time.perf_counter()
    time.sleep(seconds)
    steady = apart_ms(ours, stranger, since), apart_ms(ours, super_collider, since)
    changes = []
    for bpm in TEMPI:
        stranger.tell(f"tempo {bpm}")
        changes.append(round(room.wait_for(lambda bpm=bpm: follows(ours, bpm), f"{bpm} bpm"), 2))
        time.sleep(2.0)
    return {
        "seconds": seconds,
        "apart_ms": shares_of(steady[0]),
        "apart_from_link_clock_ms": shares_of(steady[1]),
        **lively(room, ours, stranger, super_collider, seconds),
        "joined_s": round(joined_seconds, 2),
        "tempo_changes_s": changes,
    }


def lively(room: LinkRoom, ours: Seat, stranger: Seat, super_collider: Seat, seconds: float) -> dict[str, object]:
    """Tempo changes, starts and stops, and one more stranger who comes and goes; every look counts, those at a change, too."""
    since, step_seconds = time.perf_counter(), seconds / 6
    guest = room.stranger(99.0, next_door=True)
    for bpm, order in zip(TEMPI, ("play", "stop", "play", "stop", "play"), strict=True):
        stranger.tell(order)
        time.sleep(step_seconds / 2)
        stranger.tell(f"tempo {bpm}")
        time.sleep(step_seconds / 2)
    guest.process.kill()
    time.sleep(step_seconds)
    return {
        "lively_apart_ms": shares_of(apart_ms(ours, stranger, since)),
        "lively_apart_from_link_clock_ms": shares_of(apart_ms(ours, super_collider, since)),
    }


def shares_of(apart: Figures) -> dict[str, float]:
    """The usual four."""
    shares = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    return {name: round(float(np.percentile(apart, share)), 3) for name, share in shares.items()}


def follows(seat: Seat, bpm: float) -> bool:
    """Whether the beat that Antiphon keeps has that tempo, unbent."""
    looks = seat.looks()
    return bool(looks) and abs(looks[-1].bpm - bpm) < 0.05 and looks[-1].rest[0] == "link"


if __name__ == "__main__":
    main()
