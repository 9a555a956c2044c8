"""Small music and small minds for these tests."""

from __future__ import annotations

import tarfile
from pathlib import Path

import mido
import numpy as np

from models.checkpoint import Checkpoint, Provenance
from models.corpus import COMP, LEAD, Piece
from models.data import PrepareSettings, prepare
from models.train import TrainSettings, train
from models.transformer import Shape
from models.vocabulary import DURATIONS, FIELDS, NEVER, NO_CHORD, PITCHES, VELOCITIES

SHAPE = {"width": 32, "layers": 2, "heads": 2, "kv_heads": 1, "hidden": 48, "window": 64}
PROVENANCE = Provenance("tiny", "0", "a test", 1, 0, 0.0, ("made up",), ("CC0-1.0",))


def tiny_checkpoint(seed: int = 0, shape: dict[str, int] = SHAPE) -> Checkpoint:
    """Random weights of a very small mind, with sharp heads."""
    rng = np.random.default_rng(seed)
    d, hidden = shape["width"], shape["hidden"]
    sizes: dict[str, tuple[int, ...]] = {f"embed.{name}.weight": (size, d) for name, size, _ in FIELDS}
    sizes |= {"held_pitch.weight": (d, 4 * PITCHES), "held_class.weight": (d, 48)}
    for i in range(shape["layers"]):
        kv = 2 * shape["kv_heads"] * d // shape["heads"]
        sizes |= {f"blocks.{i}.q.weight": (d, d), f"blocks.{i}.kv.weight": (kv, d), f"blocks.{i}.sharpness": (shape["heads"],)}
        sizes |= {f"blocks.{i}.out.weight": (d, d)}
        sizes |= {f"blocks.{i}.up.weight": (2 * hidden, d), f"blocks.{i}.down.weight": (d, hidden)}
    heads = {"tick": 4 * (NEVER + 1), "chord": NO_CHORD + 1, "ask_pitch": d, "ask_rest": d, "pitch": PITCHES}
    for name, size in (heads | {"duration": len(DURATIONS), "velocity": VELOCITIES}).items():
        sizes |= {f"{name}.weight": (size, d), f"{name}.bias": (size,)}
    sizes |= {"when.weight": (4 * NEVER, d), "which.weight": (4 * PITCHES, d)}
    weights = {name: rng.normal(0, 0.25, size).astype(np.float32) for name, size in sizes.items()}
    for name in weights:
        if name.endswith("sharpness"):
            weights[name] = np.exp(weights[name])
    return Checkpoint(shape, weights, PROVENANCE)


def tune(beats: int = 40) -> Piece:
    """Lead in eighths up and down a scale, comp in broken chords, four beats to a bar."""
    rows = []
    for beat in range(beats):
        root = (48, 53, 55, 48)[beat // 4 % 4]
        for half in range(2):
            rows.append((beat * 24 + half * 12, LEAD, 72 + (0, 2, 4, 5, 7, 5, 4, 2)[(2 * beat + half) % 8], 11, 80, 0))
        rows += [
            (beat * 24, COMP, root, 24, 60, 1),
            (beat * 24 + 12, COMP, root + 4, 12, 55, 0),
            (beat * 24 + 12, COMP, root + 7, 20, 55, 0),
        ]
    notes = np.array(sorted(rows), np.int32)
    bar = (np.arange(beats) % 4).astype(np.int16)
    chord = np.where(np.arange(beats) % 16 < 4, 0, NO_CHORD).astype(np.int16)
    return Piece("tune", "song", notes, bar, np.full(beats, 4, np.int16), chord, np.full(beats, 90, np.float32), True)


def write_voices(path: Path, bars: int = 12, shift: int = 0) -> None:
    """A MIDI file of four voices, a beat each."""
    file = mido.MidiFile(ticks_per_beat=480)
    for voice, start in enumerate((72, 67, 64, 48)):
        track = mido.MidiTrack()
        for beat in range(bars * 4):
            pitch = start + shift + (0, 2, 4, 2)[(beat + voice) % 4]
            track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
            track.append(mido.Message("note_off", note=pitch, velocity=0, time=480))
        file.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)


def corpus_of(root: Path) -> Path:
    """Forty small hymns and chorales in archives, prepared; five chorales are near-duplicates of one another."""
    for data_set, folder in (("open_hymnal", "midi/"), ("js_fakes", "set/")):
        for i in range(20):
            write_voices(root / "raw" / data_set / f"{folder}{i}.mid", shift=i % 5)
        (root / data_set).mkdir()
        with tarfile.open(root / data_set / f"{data_set}.tar.xz", "w:xz") as tar:
            tar.add(root / "raw" / data_set / folder, folder)
    twins = "".join(f"1\tjs_fakes\tset/{i}.mid\n" for i in range(5))
    (root / "NEAR_DUPLICATE_CLUSTERS.tsv").write_text("cluster\tset\tpath\n" + twins)
    return prepare(PrepareSettings(root, root / "out", processes=1))


def settings_for(corpus: Path, out: Path, minutes: float = 0.03) -> TrainSettings:
    """A training of a few seconds."""
    shape = Shape(**SHAPE)
    short = {"batch": 2, "length": 64, "pool": 8, "threads": 1, "valid_windows": 2, "warmup_steps": 5}
    return TrainSettings(corpus, out, minutes=minutes, shape=shape, **short)


def train_tiny(corpus: Path, out: Path) -> None:
    """The shortest training there is."""
    train(settings_for(corpus, out, minutes=0.005))
