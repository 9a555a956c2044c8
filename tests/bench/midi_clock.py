"""How closely Antiphon follows a MIDI clock, how steady its own is: python -m tests.bench.midi_clock. The last line is JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.rig.orchestra import TICKS_PER_BEAT, Orchestra
from tests.rig.rig import SAMPLE_RATE, Rig

MACHINE = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
TWO_BARS = 8.0
MASTERS = (
    ("60", "4/4 60", 0),
    ("60, 1 ms jitter", "4/4 60", 3),
    ("97.3, 1 ms jitter", "4/4 97.3", 4),
    ("120, 1 ms jitter", "4/4 120", 5),
    ("174, 1 ms jitter", "4/4 174", 7),
    ("80 to 140 in 60 beats", "64 4/4 80-140/0.25", 0),
)
OUT_BPM = 124.0
JUDGED_TICKS = 400


def main() -> None:
    """One master after the other, then alone."""
    followed = {name: with_rig(lambda orchestra, t=tempo, j=jitter: follow(orchestra, t, j)) for name, tempo, jitter in MASTERS}
    print(json.dumps({"bench": "midi clock", "machine": MACHINE, "apart_ms": followed, "out": with_rig(lead)}))


def with_rig(measure: Callable[[Orchestra], dict[str, float]]) -> dict[str, float]:
    """A rig of its own for each measurement."""
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        try:
            return measure(Orchestra(rig))
        finally:
            rig.close()


def follow(orchestra: Orchestra, tempo: str, jitter_percent: int) -> dict[str, float]:
    """The phase error of our clock against the master's, after two bars."""
    orchestra.antiphon("midi", bpm=100.0)
    orchestra.master(tempo, jitter_percent)
    errors = orchestra.follow(JUDGED_TICKS, after_beats=TWO_BARS)
    return {name: round(float(np.percentile(errors, share)), 2) for name, share in (("p50", 50), ("p95", 95), ("max", 100))}


def lead(orchestra: Orchestra) -> dict[str, float]:
    """Our own clock, as jack_mclk_dump and a tape hear it."""
    orchestra.antiphon("internal", bpm=OUT_BPM)
    filtered, steps = orchestra.judge(seconds=30.0)
    away_ms = np.abs(steps / SAMPLE_RATE - 60.0 / OUT_BPM / TICKS_PER_BEAT) * 1000.0
    return {
        "bpm": OUT_BPM,
        "filtered_bpm": round(float(np.median(filtered)), 3),
        "filtered_sd_bpm": round(float(np.std(filtered)), 3),
        "interval_p95_ms": round(float(np.percentile(away_ms, 95)), 3),
        "interval_p99_ms": round(float(np.percentile(away_ms, 99)), 3),
    }


if __name__ == "__main__":
    main()
