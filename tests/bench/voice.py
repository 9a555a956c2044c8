"""How well and how soon a voice or an instrument at a microphone is understood: sung by numbers, and rendered by FluidSynth.

`python -m tests.bench.voice` prints a table and ends with one line of JSON. A note counts as found when its pitch is right and
its onset within 100 ms of the key's, since the flutes and voices of a SoundFont speak up to 60 ms after their key while the
note before rings on; F1 is told for 50 ms (as in MIREX), too. The latency is from the key to the end of the block of sound in
which the note was known, and what the sound card takes comes on top.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mido
import numpy as np

from agent.ports.pitch_ear import PitchEar
from models.music import Note
from tests.bench.singers import BLOCK, RATE, Found, Sound, Tone, listen, sing

SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
PRESETS = {"flute": 73, "violin": 40, "voice": 53, "clarinet": 71, "trumpet": 56, "guitar": 24}
"""General MIDI programs, counted from 0."""
SAME_ONSET_SECONDS, STRICT_SECONDS = 0.1, 0.05
BEFORE_SECONDS, AFTER_SECONDS = 1.0, 1.0
TUNE = (67, 69, 71, 72, 74, 74, 72, 71, 69, 67, 64, 67, 72, 76, 74, 72, 71, 69, 67, 67)
"""Steps, leaps and repeated notes."""
LENGTHS_SECONDS = (0.5, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 1.0)


@dataclass(frozen=True)
class Score:
    """How it went with one singer."""

    name: str
    wanted: int
    found: int
    right: int
    latencies_ms: tuple[float, ...]
    onset_errors_ms: tuple[float, ...]

    @property
    def f1(self) -> float:
        """Of notes: 1 is all of them and nothing else."""
        return 2.0 * self.right / max(self.wanted + self.found, 1)


def melody(pitches: Sequence[int] = TUNE, gap_seconds: float = 0.03) -> list[Note]:
    """The tune that everybody sings, with its seconds for beats."""
    notes, at = [], BEFORE_SECONDS
    for number, pitch in enumerate(pitches):
        length = LENGTHS_SECONDS[number % len(LENGTHS_SECONDS)]
        notes.append(Note(at, length - gap_seconds, pitch, 70 + 10 * (number % 4), "lead"))
        at += length
    return notes


def sung(notes: list[Note], vibrato_semitones: float = 0.0, noise: float = 0.0) -> Sound:
    """By numbers."""
    tones = [
        Tone(n.onset_beats, n.length_beats, n.pitch, vibrato_semitones=vibrato_semitones, level=0.2 * n.velocity / 100.0)
        for n in notes
    ]
    sound = sing(tones, _end(notes))
    return sound + (noise * np.random.default_rng(5).standard_normal(len(sound))).astype(np.float32)


def rendered(notes: list[Note], program: int) -> Sound:
    """By FluidSynth, dry, without a sound card."""
    with TemporaryDirectory() as folder:
        score, sound = Path(folder, "score.mid"), Path(folder, "sound.raw")
        _write(notes, program, score)
        plain = ["-ni", "-R", "0", "-C", "0", "-g", "0.8", "-r", str(RATE), "-O", "s16", "-T", "raw"]
        subprocess.run(["fluidsynth", *plain, "-F", sound, SOUNDFONT, score], check=True, capture_output=True)
        stereo = np.frombuffer(sound.read_bytes(), dtype="<i2").reshape(-1, 2)
    mono = (stereo.mean(axis=1) / 32768.0).astype(np.float32)
    return mono + (2e-4 * np.random.default_rng(5).standard_normal(len(mono))).astype(np.float32)


def judge(name: str, notes: list[Note], found: list[Found], within_seconds: float = SAME_ONSET_SECONDS) -> Score:
    """Each wanted note takes the first found one of its pitch near its onset."""
    left, latencies, errors = list(found), [], []
    for note in notes:
        same = [f for f in left if f.pitch == note.pitch and abs(f.onset_seconds - note.onset_beats) <= within_seconds]
        if same:
            left.remove(same[0])
            latencies.append(1000.0 * (same[0].known_seconds - note.onset_beats))
            errors.append(1000.0 * abs(same[0].onset_seconds - note.onset_beats))
    return Score(name, len(notes), len(found), len(latencies), tuple(latencies), tuple(errors))


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst."""
    ranks = {"p50": 50, "p95": 95, "p99": 99, "worst": 100}
    return {name: round(float(np.percentile(values, rank)), 1) for name, rank in ranks.items()}


def _write(notes: list[Note], program: int, path: Path) -> None:
    """A MIDI file of a second a beat."""
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000), mido.Message("program_change", program=program)])
    moves = [(n.onset_beats, "note_on", n) for n in notes] + [(n.onset_beats + n.length_beats, "note_off", n) for n in notes]
    before = 0.0
    for at, kind, note in sorted(moves, key=lambda move: move[0]):
        track.append(mido.Message(kind, note=note.pitch, velocity=note.velocity, time=round(960 * (at - before))))
        before += round(960 * (at - before)) / 960
    track.append(mido.MetaMessage("end_of_track", time=round(960 * AFTER_SECONDS)))
    mido.MidiFile(ticks_per_beat=960, tracks=[track]).save(path)


def _end(notes: list[Note]) -> float:
    return max(n.onset_beats + n.length_beats for n in notes) + AFTER_SECONDS


def main() -> None:
    """Everybody sings."""
    notes = melody()
    singers = {
        "numbers": sung(notes),
        "numbers, vibrato": sung(notes, 0.4),
        "numbers, noise": sung(notes, 0.0, 0.01),
        **{name: rendered(notes, program) for name, program in PRESETS.items()},
    }
    scores, strict = [], {}
    for name, sound in singers.items():
        found = listen(sound)
        scores.append(judge(name, notes, found))
        strict[name] = round(judge(name, notes, found, STRICT_SECONDS).f1, 3)
        late = percentiles(scores[-1].latencies_ms or [0.0])
        print(f"{name:18} F1 {scores[-1].f1:.3f} ({strict[name]:.3f} within 50 ms), {len(found)} of {len(notes)}; {late} ms")
    told = {
        "f1": {score.name: round(score.f1, 3) for score in scores},
        "f1_within_50_ms": strict,
        "latency_sung_ms": percentiles([ms for score in scores if score.name not in PRESETS for ms in score.latencies_ms]),
        "latency_rendered_ms": percentiles([ms for score in scores if score.name in PRESETS for ms in score.latencies_ms]),
        "onset_error_ms": percentiles([value for score in scores for value in score.onset_errors_ms]),
        "block_ms": percentiles(_block_costs_ms(singers["numbers"])),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _block_costs_ms(sound: Sound) -> list[float]:
    """How long the computer is busy with each block, while somebody sings."""
    ear, costs = PitchEar(RATE), []
    for at in range(0, len(sound) - BLOCK, BLOCK):
        before = time.perf_counter()
        ear.hear(sound[at : at + BLOCK], (at + BLOCK) / RATE)
        costs.append(1000.0 * (time.perf_counter() - before))
    return costs


if __name__ == "__main__":
    main()
