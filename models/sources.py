"""What the mind learns from: every training set, how it is read, how often it is heard, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.corpus import Piece, read_drums, read_keyboard, read_pop, read_song, read_voices


@dataclass(frozen=True, slots=True)
class DataSet:
    """A training set: where it lies in its archive, how it is read, how often it is heard, and whose it is."""

    name: str
    style: str
    pattern: str
    read: Callable[[Path, str, str], Piece]
    weight: float
    licence: str
    credit: str


_WNIFC = "The Fryderyk Chopin Institute (NIFC) and contributors"
DATA_SETS = (
    DataSet("pop909", "pop", "*/*.mid", read_pop, 0.44, "MIT", "POP909 dataset, Ziyu Wang, Ke Chen et al."),
    DataSet(
        "openscore_lieder", "song", "*.mid", read_song, 0.33, "CC0-1.0", "OpenScore Lieder Corpus, the OpenScore community"
    ),
    DataSet("open_hymnal", "hymn", "midi/*.mid", read_voices, 0.03, "public domain", "Open Hymnal Project"),
    DataSet("js_fakes", "chorale", "**/*.mid", read_voices, 0.03, "CC-BY-4.0", "JS Fake Chorales, Omar Peracha"),
    DataSet(
        "openscore_quartets",
        "quartet",
        "*.mid",
        read_voices,
        0.03,
        "CC0-1.0",
        "OpenScore String Quartets, the OpenScore community",
    ),
    DataSet(
        "openewld", "standard", "*.mid", read_voices, 0.02, "public domain", "OpenEWLD (pre-1931 scores), Federico Simonetta"
    ),
    DataSet("oneills1850", "tune", "midi/*.mid", read_voices, 0.02, "public domain", "O'Neill's Music of Ireland (1903)"),
    DataSet("ryans_mammoth", "tune", "midi/*.mid", read_voices, 0.01, "public domain", "Ryan's Mammoth Collection (1883)"),
    DataSet("polish_keyboard", "keyboard", "*.mid", read_keyboard, 0.04, "CC-BY-4.0", f"Polish keyboard music, {_WNIFC}"),
    DataSet("chopin_first_editions", "keyboard", "*.mid", read_keyboard, 0.02, "CC-BY-4.0", f"Chopin first editions, {_WNIFC}"),
    DataSet(
        "groove", "drums", "**/*.mid", read_drums, 0.03, "CC-BY-4.0", "Groove MIDI Dataset, Google LLC, Jon Gillick et al."
    ),
)
