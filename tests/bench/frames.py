"""How exactly notes meet their frame on JACK: python -m tests.bench.frames [NOTES]. The last line is JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.rig.frames import errors_frames, play
from tests.rig.rig import PERIOD_FRAMES, Rig

MACHINE = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
NOTES_A_SECOND = 120.0


def main() -> None:
    """Ten thousand notes."""
    notes = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        try:
            plan, tape, watch = play(rig, notes, NOTES_A_SECOND)
            errors, hanging = np.abs(errors_frames(plan, tape, watch)), len(tape.hanging())
            calm = watch.calm(np.array([second for second, _ in plan]))
        finally:
            rig.close()
    came = np.sort(errors[np.isfinite(errors)])
    print(
        json.dumps(
            {
                "bench": "frames",
                "machine": MACHINE,
                "period_frames": PERIOD_FRAMES,
                "notes": notes,
                "lost": int(np.sum(~np.isfinite(errors))),
                "within_one_frame": round(float(np.mean(errors <= 1.0)), 5),
                "calm_notes": int(np.sum(calm)),
                "calm_within_one_frame": round(float(np.mean(errors[calm] <= 1.0)), 5) if np.any(calm) else None,
                "off_frames": {f"p{share}": round(float(np.percentile(came, share)), 2) for share in (50, 95, 99, 99.9, 100)},
                "hanging": hanging,
            }
        )
    )


if __name__ == "__main__":
    main()
