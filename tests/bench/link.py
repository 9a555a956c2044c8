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

from tests.rig.link_room import LinkRoom, Seat, apart_ms

MACHINE = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
TEMPI = (133.0, 80.0, 174.0, 97.3, 120.0)


def main() -> None:
    """A steady minute, then changes of tempo."""
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
    stranger = room.stranger(120.0)
    room.wait_for(lambda: len(stranger.looks()) > 80, "the stranger")  # the older session sets the tempo
    ours = room.antiphon(100.0)
    joined_seconds = room.wait_for(lambda: follows(ours, 120.0), "Antiphon", 20.0)
    time.sleep(2.0)
    since = time.perf_counter()
    time.sleep(seconds)
    apart = apart_ms(ours, stranger, since)
    changes = []
    for bpm in TEMPI:
        stranger.tell(f"tempo {bpm}")
        changes.append(round(room.wait_for(lambda bpm=bpm: follows(ours, bpm), f"{bpm} bpm"), 2))
        time.sleep(2.0)
    shares = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    return {
        "seconds": seconds,
        "apart_ms": {name: round(float(np.percentile(apart, share)), 3) for name, share in shares.items()},
        "joined_s": round(joined_seconds, 2),
        "tempo_changes_s": changes,
    }


def follows(seat: Seat, bpm: float) -> bool:
    """Whether the beat that Antiphon keeps has that tempo, unbent."""
    looks = seat.looks()
    return bool(looks) and abs(looks[-1].bpm - bpm) < 0.05 and looks[-1].rest[0] == "link"


if __name__ == "__main__":
    main()
