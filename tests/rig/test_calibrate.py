"""An instrument's delay is learnt through a loop back, by MIDI and by ear, and stands in the rig's file afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from agent.config import load
from tests.rig.rig import PERIOD_FRAMES, SAMPLE_RATE, Rig

LATE_MS, PERIOD_MS = 25.0, PERIOD_FRAMES / SAMPLE_RATE * 1000.0
RIG = '# ours\n[midi]\napi = "jack"  # always\noutput = "late"\npart_outputs = {bass = "fluid"}\n'


def calibrate(*options: str | Path) -> str:
    """What the command says."""
    antiphon = Path(sys.executable).with_name("antiphon")
    done = subprocess.run([antiphon, "calibrate", *options], capture_output=True, text=True, timeout=120.0)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_delays_are_learnt_and_written_down(rig: Rig) -> None:
    rig.peer("late_instrument.py", "late", str(LATE_MS))
    piano = rig.fluidsynth()
    rig.ear.port("late:out")
    path = rig.folder / "rig.toml"
    path.write_text(RIG)
    calibrate("--in", "late", "--config", path)
    said = calibrate("--part", "bass", "--audio", piano, "--config", path)
    assert said.startswith("bass: sounds ")
    midi = load(path).midi
    # Who plays and hears within one graph hears itself up to a period later: somewhere JACK has to cut the circle.
    assert -LATE_MS - PERIOD_MS - 0.5 <= midi.offset_ms <= -LATE_MS + 0.5
    # FluidSynth takes no time but for its blocks of 64 frames, and what a piano needs to be loud.
    assert abs(midi.part_offsets_ms["bass"]) <= 5.0  # type: ignore[index]
    assert path.read_text().startswith('# ours\n[midi]\napi = "jack"  # always\n')
