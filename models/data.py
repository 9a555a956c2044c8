"""The training corpus: unpacked from its archives, split by song, kept as one file of plain arrays, which is mapped."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import tarfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from safetensors import safe_open
from safetensors.numpy import save_file

from models.corpus import Piece
from models.sources import DATA_SETS, DataSet
from models.vocabulary import STYLES

log = logging.getLogger(__name__)

CORPUS = Path("build/corpus/corpus.safetensors")
"""Where the prepared corpus lies, seen from the project."""
SPLITS = ("train", "valid", "test")
_MIN_NOTES = 24


@dataclass(frozen=True, slots=True)
class PrepareSettings:
    """Where the archives lie and where the corpus goes."""

    data: Path = Path("../shared/data")
    out: Path = Path("build/corpus")
    processes: int = 2


def prepare(settings: PrepareSettings) -> Path:
    """Read every training archive and write the corpus file; returns its path.

    The same archives give the same file, whatever the number of processes.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    clusters = _read_clusters(settings.data / "NEAR_DUPLICATE_CLUSTERS.tsv")
    jobs = [(data_set.name, path, name) for data_set in DATA_SETS for path, name in _files(data_set, settings)]
    with ProcessPoolExecutor(settings.processes) as pool:
        # No thread that draws the bar: the pool forks.
        bar = Console(stderr=True)
        read = track(pool.map(_read_job, jobs, chunksize=16), "reading", len(jobs), auto_refresh=False, console=bar)
        pieces = [(job, piece) for job, piece in zip(jobs, read, strict=True) if piece is not None]
    splits = [split_of(clusters.get((data_set, name), song_of(data_set, name))) for (data_set, _, name), _ in pieces]
    path = settings.out / CORPUS.name
    _write(path, [piece for _, piece in pieces], splits)
    log.info("corpus of %d pieces from %d files in %s", len(pieces), len(jobs), path)
    return path


def song_of(data_set: str, name: str) -> str:
    """What must stay together in one split when no near-duplicate is known."""
    return f"{data_set}/{name.split('/')[0]}" if data_set == "pop909" else f"{data_set}/{name}"


def split_of(song: str) -> str:
    """About 90 % train, 4 % valid, 6 % test, drawn from the name alone."""
    percent = int(hashlib.sha256(song.encode()).hexdigest()[:8], 16) % 100
    return "test" if percent < 6 else "valid" if percent < 10 else "train"


def _read_clusters(path: Path) -> dict[tuple[str, str], str]:
    if not path.exists():
        return {}
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return {(row["set"], row["path"]): f"cluster/{row['cluster']}" for row in rows}


def _files(data_set: DataSet, settings: PrepareSettings) -> Iterator[tuple[Path, str]]:
    folder = settings.out / "unpacked" / data_set.name
    if not (folder / ".complete").exists():
        archive = settings.data / data_set.name / f"{data_set.name}.tar.xz"
        if not archive.exists():
            log.warning("no archive %s; the corpus goes without it", archive)
            return
        unpack(archive, folder)
        (folder / ".complete").touch()
    for path in sorted(folder.glob(data_set.pattern)):
        yield path, path.relative_to(folder).as_posix()


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into a folder, and nothing outside of it."""
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Pythons before 3.11.4 have no filters
        tar.extractall(folder)  # filtered by the line above  # nosec B202


def _read_job(job: tuple[str, Path, str]) -> Piece | None:
    data_set = next(entry for entry in DATA_SETS if entry.name == job[0])
    try:
        piece = data_set.read(job[1], f"{job[0]}/{job[2]}", data_set.style)
    except (OSError, ValueError, EOFError, IndexError, KeyError) as error:
        log.warning("left out %s: %s", job[2], error)
        return None
    return piece if len(piece.notes) >= _MIN_NOTES else None


_NOTE_COLUMNS = (("tick", "i4"), ("part", "u1"), ("pitch", "u1"), ("length", "i4"), ("velocity", "u1"), ("bass", "u1"))
_OF_A_PIECE = ("style", "velocity_is_real")
_BEAT_COLUMNS = (("beat_in_bar", "i2"), ("metre", "i2"), ("chord", "i2"), ("bpm", "f4"))


def _write(path: Path, pieces: list[Piece], splits: list[str]) -> None:
    notes = np.concatenate([piece.notes for piece in pieces])
    arrays: dict[str, NDArray[np.generic]] = {name: notes[:, i].astype(kind) for i, (name, kind) in enumerate(_NOTE_COLUMNS)}
    for name, kind in _BEAT_COLUMNS:
        arrays[name] = np.concatenate([getattr(piece, name) for piece in pieces]).astype(kind)
    arrays["note_start"] = np.cumsum([0] + [len(piece.notes) for piece in pieces])
    arrays["beat_start"] = np.cumsum([0] + [len(piece.metre) for piece in pieces])
    arrays["style"] = np.array([STYLES.index(piece.style) for piece in pieces])
    arrays["velocity_is_real"] = np.array([piece.velocity_is_real for piece in pieces])
    arrays["split"] = np.array([SPLITS.index(split) for split in splits])
    partial = path.with_suffix(".partial")
    save_file(arrays, partial, {"names": json.dumps([piece.name for piece in pieces])})
    partial.replace(path)


class Corpus:
    """The corpus on disk, mapped: `piece(i)` reads one piece, `members` lists those of a split."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(f"no corpus at {path}; `antiphon train` makes it")
        opened: Any = safe_open(path, "numpy")
        self.names: list[str] = json.loads(opened.metadata()["names"])
        self._short = {name: opened.get_tensor(name) for name in ("note_start", "beat_start", "split", *_OF_A_PIECE)}
        self._long = {name: opened.get_slice(name) for name, _ in (*_NOTE_COLUMNS, *_BEAT_COLUMNS)}

    def __len__(self) -> int:
        return len(self.names)

    def members(self, split: str, data_set: str | None = None) -> list[int]:
        """The pieces of a split, of one data set or of all."""
        chosen = np.flatnonzero(self._short["split"] == SPLITS.index(split)).tolist()
        return [i for i in chosen if data_set is None or self.names[i].startswith(data_set + "/")]

    def note_count(self, index: int) -> int:
        """How many notes a piece has."""
        return int(self._short["note_start"][index + 1] - self._short["note_start"][index])

    def piece(self, index: int) -> Piece:
        """One piece."""
        rows, beats = (slice(*self._short[name][index : index + 2].tolist()) for name in ("note_start", "beat_start"))
        notes = np.column_stack([self._long[name][rows].astype(np.int32) for name, _ in _NOTE_COLUMNS])
        bar, metre, chord, bpm = (self._long[name][beats] for name, _ in _BEAT_COLUMNS)
        style, real = (self._short[name][index] for name in _OF_A_PIECE)
        return Piece(self.names[index], STYLES[style], notes, bar, metre, chord, bpm, bool(real))
