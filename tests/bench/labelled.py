"""Music whose beats, keys, chords and phrases people have written down, read from the archives of the data folders."""

from __future__ import annotations

import csv
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np

from models.score import Notes, Score, read_score

Chosen = Callable[[str], bool]

REPORT_EVERY = 10
"""Of this many POP909 songs one was never looked at while listening was being tuned; only these are reported."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A note as a keyboard sends it: it begins, with a pitch and a velocity, and ends."""

    begin: float
    pitch: int
    velocity: int
    end: float


@dataclass(slots=True)
class Played:
    """A performance in seconds, with its beats as a listener tapped them and the downbeats among these."""

    name: str
    tracks: dict[str, list[Struck]]
    beats: list[float]
    downbeats: list[float]

    def notes(self, *names: str) -> list[Struck]:
        """The notes of these tracks, or of all, as they come in."""
        chosen = names or tuple(self.tracks)
        return sorted((n for name in chosen for n in self.tracks.get(name, [])), key=lambda n: (n.begin, n.pitch))


@dataclass(slots=True)
class Harmony:
    """A song in beats with its keys, and the pitches of the chord that holds from a beat on."""

    name: str
    notes: list[Struck]
    keys: list[tuple[float, tuple[int, int]]]
    chords: list[tuple[float, tuple[int, ...]]]
    beats_per_bar: int


@dataclass(slots=True)
class Form:
    """A melody in beats, and the beats on which a phrase ends by each of the two people who marked it."""

    name: str
    melody: list[Struck]
    chords: list[tuple[float, tuple[int, ...]]]
    phrase_ends: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Felt:
    """A piece in seconds, and how people felt it: whether bright rather than dark, whether wild rather than still."""

    notes: list[Struck]
    bright: bool
    wild: bool


class Archives:
    """The sets of a data folder, unpacked for as long as this is open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = TemporaryDirectory(prefix="antiphon-labelled-")

    def __enter__(self) -> Archives:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.cleanup()

    def unpacked(self, name: str) -> Path:
        """Where a set lies, all of it."""
        place = Path(self._open.name) / name
        if not place.exists():
            with tarfile.open(self._folder / name / f"{name}.tar.xz") as archive:
                archive.extractall(place, filter="data")
        inner = place / name
        return inner if inner.exists() else place


def is_reported(song: str) -> bool:
    """Whether a POP909 song is one of those kept for the report."""
    return song.isdigit() and int(song) % REPORT_EVERY == 0


def is_learnt(song: str) -> bool:
    """Whether it is one of the others."""
    return song.isdigit() and not is_reported(song)


def pop_songs(root: Path, wanted: Chosen = is_reported) -> Iterator[Played]:
    """POP909 as its players played it: the tracks MELODY, BRIDGE and PIANO."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and wanted(folder.name):
            score = read_score(folder / f"{folder.name}.mid")
            table = np.loadtxt(folder / "beat_midi.txt", ndmin=2)
            beats, down = table[:, 0].tolist(), table[table[:, 2] > 0, 0].tolist()
            yield Played(folder.name, {name: _in_seconds(score, notes) for name, notes in score.tracks}, beats, down)


def concert_pieces(root: Path) -> Iterator[Played]:
    """One performance of each piece of ASAP, chosen by the name's checksum."""
    pieces: dict[str, list[dict[str, str]]] = {}
    with (root / "metadata.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            pieces.setdefault(row["folder"], []).append(row)
    for folder, rows in sorted(pieces.items(), key=lambda item: crc32(item[0].encode())):
        row = rows[crc32(folder.encode()) % len(rows)]
        path = root / row["midi_performance"]
        if path.exists():
            marks = [line.split("\t") for line in (root / row["performance_annotations"]).read_text().splitlines()]
            score = read_score(path)
            beats = [float(mark[0]) for mark in marks]
            down = [float(mark[0]) for mark in marks if mark[2].startswith("db")]
            yield Played(folder, {name or "piano": _in_seconds(score, notes) for name, notes in score.tracks}, beats, down)


def harmonies(root: Path, wanted: Chosen = is_reported) -> Iterator[Harmony]:
    """POP909-CL: what all played, with the experts' keys and chords."""
    for path in sorted(root.glob("*.mid")):
        if wanted(path.stem):
            score = read_score(path)
            # The track of chords goes by several names, or is missing in the two songs known to be faulty.
            (first, piano), *others = score.tracks
            if first != "piano" or len(others) != 1:
                continue
            struck = sorted((_in_beats(score, row) for row in piano.tolist()), key=lambda note: (note.begin, note.pitch))
            yield Harmony(path.stem, struck, _keys(path), _chords(score, others[0][1]), _bar(score))


def forms(root: Path, wanted: Chosen = is_reported) -> Iterator[Form]:
    """The structure set: melody and chords on sixteenths, with two people's phrases."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and wanted(folder.name):
            form = Form(folder.name, _melody(folder / "melody.txt"), _named_chords(folder / "finalized_chord.txt"))
            form.phrase_ends = [_phrase_ends(folder / f"human_label{person}.txt") for person in (1, 2)]
            yield form


def moods(root: Path) -> Iterator[Felt]:
    """VGMIDI: the first minute and a half of each piece that people have labelled."""
    with (root / "vgmidi_labelled.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        score = read_score(root / "midi" / (re.sub(r"_\d+$", "", Path(row["midi"]).stem) + ".mid"))
        notes = sorted((n for _, track in score.tracks for n in _in_seconds(score, track)), key=lambda n: (n.begin, n.pitch))
        notes = [note for note in notes if note.begin < notes[0].begin + 90.0]
        yield Felt(notes, int(row["valence"]) > 0, int(row["arousal"]) > 0)


def _in_seconds(score: Score, notes: Notes) -> list[Struck]:
    begins, ends = score.seconds(notes[:, 0]).tolist(), score.seconds(notes[:, 1]).tolist()
    return [Struck(b, int(row[2]), int(row[3]), e) for b, e, row in zip(begins, ends, notes.tolist(), strict=True)]


def _in_beats(score: Score, row: list[int]) -> Struck:
    return Struck(row[0] / score.ticks_per_beat, row[2], row[3], row[1] / score.ticks_per_beat)


_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def _keys(path: Path) -> list[tuple[float, tuple[int, int]]]:
    import mido

    midi, keys = mido.MidiFile(path), []
    for track in midi.tracks:
        ticks = 0
        for message in track:
            ticks += message.time
            if message.type == "key_signature":
                keys.append((ticks / midi.ticks_per_beat, _key(message.key)))
    return sorted(keys)


def _key(name: str) -> tuple[int, int]:
    tonic = _LETTERS[name[0]] + name.count("#") - name[1:].count("b")
    return tonic % 12, int(name.endswith("m"))


def _chords(score: Score, track: Notes) -> list[tuple[float, tuple[int, ...]]]:
    at: dict[int, list[int]] = {}
    for begin, _, pitch, _ in track.tolist():
        at.setdefault(begin, []).append(pitch)
    return [(begin / score.ticks_per_beat, tuple(sorted(pitches))) for begin, pitches in sorted(at.items())]


def _bar(score: Score) -> int:
    return round(sorted(score.metres)[0][1]) if score.metres else 4


def _melody(path: Path) -> list[Struck]:
    now, notes = 0.0, []
    for line in path.read_text().splitlines():
        pitch, sixteenths = map(int, line.split())
        if pitch:
            notes.append(Struck(now, pitch, 90, now + sixteenths / 4.0))
        now += sixteenths / 4.0
    return notes


def _named_chords(path: Path) -> list[tuple[float, tuple[int, ...]]]:
    now, chords = 0.0, []
    for line in path.read_text().splitlines():
        found = re.search(r"\[(.*)\]\s+(-?\d+)\s+(\d+)", line)
        if found:
            chords.append((now, tuple(int(tone) for tone in found[1].split(",") if tone.strip())))
            now += int(found[3])
    return chords


def _phrase_ends(path: Path) -> list[float]:
    """`i4A4B8` is an introduction of four bars, then a phrase of four, then one of eight."""
    ends, bars = [], 0
    for letter, length in re.findall(r"([A-Za-z])(\d+)", path.read_text()):
        bars += int(length)
        if letter.isupper():  # a small letter marks bars without the voice
            ends.append(bars * 4.0)
    return ends
