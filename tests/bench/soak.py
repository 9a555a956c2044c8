"""Months in an hour: visitors come and go while memory, files, latency and hanging notes are watched.

python -m tests.bench.soak [--minutes 60] [--model duo]

Ends with one JSON line; the exit status is 1 when something was not as promised.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from agent.bench.figures import Figures
from tests.bench.hall import HAYDN_SECONDS, Hall

SLOPE_MB_PER_HOUR = 1.0
WARM_UP_SHARE = 0.25
"""Caches fill and pages are touched for the first time: what comes after this share of the run is judged."""
LOOK_SECONDS = 5.0


def slope_per_hour(points: Sequence[tuple[float, float]]) -> float:
    """Growth of the second number in an hour of the first, which is in seconds: the median of all slopes (Theil and Sen)."""
    thin = points[:: max(len(points) // 200, 1)]
    slopes = [(b - a) / (t - s) for i, (s, a) in enumerate(thin) for t, b in thin[i + 1 :] if t > s]
    return sorted(slopes)[len(slopes) // 2] * 3600.0 if slopes else 0.0


def own_mb(pid: int) -> float:
    """What a process has of its own, in MB: not the pages of programs and libraries, which the system drops and reads again."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "Anonymous":
            return int(rest.split()[0]) * 1024 / 1e6
    return 0.0


class Watch:
    """Looks at every process and file every few seconds."""

    def __init__(self, hall: Hall) -> None:
        self._hall, self._began = hall, time.monotonic()
        self.memory: dict[str, list[tuple[float, float]]] = {}
        self._pids: dict[str, int] = {}
        self.late_ms: list[tuple[float, float]] = []
        self.largest_bytes: dict[str, int] = {}

    def look(self) -> None:
        """Once."""
        seconds = time.monotonic() - self._began
        for who, pid in {**self._hall.pids(), "jack": self._hall.pid("jack")}.items():
            try:
                rss = psutil.Process(pid).memory_info().rss if pid else 0
            except psutil.Error:
                continue
            if rss and self._pids.get(who) != pid:
                self._pids[who] = pid  # one that was started again warms up again, too
                self.memory[who] = []
            if rss:
                self.memory[who].append((seconds, rss / 1e6))
        late = self._hall.health().get("late_ms")
        if isinstance(late, dict):
            self.late_ms.append((seconds, float(late["p99"])))
        for folder in (self._hall.run_dir, self._hall.recordings):
            size = sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
            self.largest_bytes[folder.name] = max(self.largest_bytes.get(folder.name, 0), size)
        self._hall.tape.read_on()


def settled(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without the warm-up."""
    if not points:
        return []
    first, last = points[0][0], points[-1][0]
    return [point for point in points if point[0] >= first + WARM_UP_SHARE * (last - first)]


def soak(minutes: float, model: str, seed: int, folder: Path) -> dict[str, Any]:
    """An evening in real time on the rig."""
    random, hall = Random(seed), Hall(folder, model, alone_after_s=12.0)
    watch, visits = Watch(hall), 0
    deadline = time.monotonic() + minutes * 60.0
    next_visit, visitor = time.monotonic() + 8.0, None
    while time.monotonic() < deadline:
        if time.monotonic() >= next_visit and (visitor is None or visitor.poll() is not None):
            seconds = random.uniform(8.0, 40.0)
            visitor, visits = hall.visit(random.uniform(0.0, HAYDN_SECONDS - seconds), seconds).peer, visits + 1
            next_visit = time.monotonic() + seconds + random.uniform(5.0, 40.0)
            hall.cue(*random.choice((("/in/presence", "f", "1"), ("/ctl/density", "f", "0.8"), ("/sys/refresh", ""))))
        time.sleep(LOOK_SECONDS)
        watch.look()
        if hall.gallery.poll() is not None:
            raise RuntimeError(f"the gallery has ended: {hall.rig.log('antiphon')[-500:]}")
    restarts = hall.health().get("restarts")
    status = hall.close()
    slopes = {who: round(slope_per_hour(settled(points)), 3) for who, points in watch.memory.items()}
    late = settled(watch.late_ms)
    half = len(late) // 2
    result: dict[str, Any] = {
        "bench": "soak", "minutes": minutes, "model": model, "visits": visits,
        "notes": len(hall.tape.onsets), "hanging": len(hall.tape.sounding), "exit_status": status, "restarts": restarts,
        "note_seconds": _figures(hall.tape.lengths),
        "memory_mb": {who: [round(mb) for _, mb in points[:: len(points) // 12 + 1]] for who, points in watch.memory.items()},
        "watched_minutes": {who: round((points[-1][0] - points[0][0]) / 60.0, 1) for who, points in watch.memory.items()},
        "memory_slope_mb_per_hour": slopes,
        "late_p99_ms_first_half": _figures([ms for _, ms in late[:half]]),
        "late_p99_ms_second_half": _figures([ms for _, ms in late[half:]]),
        "largest_mb": {name: round(size / 1e6, 2) for name, size in watch.largest_bytes.items()},
    }  # fmt: skip
    result["broken"] = [f"{who} grows by {slope} MB an hour" for who, slope in slopes.items() if slope >= SLOPE_MB_PER_HOUR]
    result["broken"] += [f"{len(hall.tape.sounding)} notes hang"] if hall.tape.sounding else []
    result["broken"] += [f"{who} began anew {times} times" for who, times in dict(restarts or {}).items() if times]
    hall.rig.close()
    return result


def _figures(values: Sequence[float]) -> dict[str, float]:
    figures = Figures.of(values, 1.0)
    return {"p50": figures.p50, "p95": figures.p95, "p99": figures.p99, "max": figures.max}


def main() -> None:
    """Run what was asked for, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--model", default="duo")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="antiphon-soak-") as folder:
        result = soak(options.minutes, options.model, options.seed, Path(folder))
    print(json.dumps(result))
    sys.exit(int(bool(result.get("broken"))))


if __name__ == "__main__":
    main()
