"""Music from elsewhere, which no mind of ours has learnt from: to see what it knows beyond its own corpus.

The sets are for measuring only; their licences allow no more. The jazz solos among them have no beats and cannot be read.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from models.batch import Batch, stack
from models.corpus import COMP, LEAD, Piece, finish, label_chords, on_beats, played, read_keyboard, skyline
from models.data import unpack
from models.music import TICKS_PER_BEAT
from models.score import read_score
from models.window import Recipe, assemble

_SIXTEENTH = TICKS_PER_BEAT // 4
_FEWEST_NOTES = 60
_AT_ONCE = 8


def chorales(folder: Path) -> Iterator[Piece]:
    """The soprano to lead, the other voices to comp. A pitch that is sung again at once is read as held,
    and all bars as bars of four, since the set says neither."""
    (path,) = folder.glob("*.json")
    for number, song in enumerate(json.loads(path.read_text())["test"]):
        voices = np.array(song, float).T
        parts = [(LEAD if voice == 0 else COMP, _sung(line)) for voice, line in enumerate(voices)]
        piece = finish(f"jsb/{number}", "chorale", parts, len(song) * _SIXTEENTH // TICKS_PER_BEAT + 1)
        piece.beat_in_bar[:] = np.arange(len(piece.metre)) % 4
        label_chords(piece)
        yield piece


def _sung(line: NDArray[np.float64]) -> NDArray[np.int32]:
    starts = np.flatnonzero(np.append(True, np.diff(line) != 0))
    ends = np.append(starts[1:], len(line))
    rows = np.column_stack([starts * _SIXTEENTH, ends * _SIXTEENTH, line[starts], np.full(len(starts), 80)])
    return rows[line[starts] > 0].astype(np.int32)


def performances(folder: Path) -> Iterator[Piece]:
    """Pianists by their annotated beats: the top line to lead, everything else to comp."""
    for path in _shuffled(folder, "**/*_annotations.txt"):
        score_path = path.with_name(path.name.replace("_annotations.txt", ".mid"))
        if score_path.stem == "midi_score" or not score_path.exists():
            continue
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        times = np.array([float(row[0]) for row in rows])
        if len(times) < 16 or (np.diff(times) <= 0).any():
            continue
        score = read_score(score_path)
        keys = np.concatenate([notes for _, notes in score.tracks])
        top, inner = skyline(on_beats(score, keys, times))
        downbeat = np.array([row[2].startswith("db") for row in rows])
        piece = played(f"asap/{path.parent.name}", "keyboard", [(LEAD, top), (COMP, inner)], times, downbeat)
        label_chords(piece)
        yield piece


def games(folder: Path) -> Iterator[Piece]:
    """Game music as it is written for the piano."""
    for path in _shuffled(folder, "**/*.mid"):
        try:
            yield read_keyboard(path, f"vgmidi/{path.stem}", "keyboard")
        except (ValueError, IndexError):
            continue


def _shuffled(folder: Path, pattern: str) -> list[Path]:
    paths = sorted(folder.glob(pattern))
    random.Random(0).shuffle(paths)
    return paths


FOREIGN_SETS: dict[str, Callable[[Path], Iterator[Piece]]] = {
    "jsb_chorales_16th": chorales,
    "asap": performances,
    "vgmidi_labelled": games,
}


def archives(folder: Path) -> dict[str, Path]:
    """Which of the sets lie in a folder, and where."""
    wanted = {name: folder / name / f"{name}.tar.xz" for name in FOREIGN_SETS}
    return {name: path for name, path in wanted.items() if path.exists()}


def foreign_batches(folder: Path, windows: int, length: int, recipe: Recipe) -> Iterator[tuple[str, list[Batch]]]:
    """For each set that lies in the folder, that many windows of it, each of another piece where there are enough."""
    for name, archive in archives(folder).items():
        rng = np.random.default_rng(crc32(name.encode()))
        with tempfile.TemporaryDirectory() as unpacked:
            unpack(archive, Path(unpacked))
            long_enough = (piece for piece in FOREIGN_SETS[name](Path(unpacked)) if len(piece.notes) >= _FEWEST_NOTES)
            pieces = list(islice(long_enough, windows))
        drawn = []
        for n in range(windows):
            piece = pieces[n % len(pieces)]
            start = int(rng.integers(0, max(len(piece.metre) - 24, 1)))
            drawn.append(assemble(piece, start, length, recipe, rng))
        yield name, [stack(drawn[i : i + _AT_ONCE]) for i in range(0, len(drawn), _AT_ONCE)]
