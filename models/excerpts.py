"""Withheld songs as MIDI files to rehearse with and to judge by: the melody alone, and with its true accompaniment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.corpus import COMP, LEAD, Piece
from models.data import CORPUS, Corpus
from models.midi_file import write_midi
from models.music import TICKS_PER_BEAT, Metre, Note
from models.tempo import TempoMap

_UNKNOWN_TEMPO_BPM = 100.0
_LEAD_IN_BEATS = 8
_ENOUGH = {LEAD: 40, COMP: 80}


@dataclass(frozen=True, slots=True)
class ExcerptSettings:
    """Which songs, and how much of each; 0 beats is the whole song."""

    folder: Path
    corpus: Path = CORPUS
    split: str = "test"
    pop909: int = 20
    lieder: int = 10
    beats: int = 0
    seed: int = 5


def export_test(settings: ExcerptSettings) -> list[str]:
    """Write IN/<name>.mid (track `human`) and TRUTH/<name>.mid (with `agent:comp`); returns the names."""
    corpus = Corpus(settings.corpus)
    names = []
    for data_set, count in (("pop909", settings.pop909), ("openscore_lieder", settings.lieder)):
        for index in choose(corpus, settings, data_set, count):
            piece = corpus.piece(index)
            name = piece.name.removesuffix(".mid").replace("/", "_")
            write_excerpt(piece, settings.folder, name, settings.beats)
            names.append(name)
    return names


def choose(corpus: Corpus, settings: ExcerptSettings, data_set: str, count: int) -> list[int]:
    """Pieces of a set with enough melody and accompaniment, drawn once."""
    drawn = np.random.default_rng(settings.seed).permutation(corpus.members(settings.split, data_set)).tolist()
    return [i for i in drawn if all((corpus.piece(i).notes[:, 1] == part).sum() > few for part, few in _ENOUGH.items())][:count]


def write_excerpt(piece: Piece, folder: Path, name: str, beats: int) -> None:
    """Both files of one song, from the bar that begins about two bars before the melody."""
    lead_tick = int(piece.notes[piece.notes[:, 1] == LEAD][0, 0])
    first = max(lead_tick // TICKS_PER_BEAT - _LEAD_IN_BEATS, 0)
    while first and piece.beat_in_bar[first]:
        first -= 1
    first += int(-piece.beat_in_bar[first] % max(piece.metre[first], 1))
    last = min(first + beats, len(piece.metre)) if beats else len(piece.metre)
    tempo = _tempo(piece, first, last)
    metre = Metre(int(piece.metre[first]), 0.0)
    human, truth = _notes(piece, LEAD, first, last), _notes(piece, COMP, first, last)
    for part in ("IN", "TRUTH"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    write_midi(folder / "IN" / f"{name}.mid", {"human": human}, tempo, metre)
    write_midi(folder / "TRUTH" / f"{name}.mid", {"human": human, "agent:comp": truth}, tempo, metre)


def _notes(piece: Piece, part: int, first: int, last: int) -> list[Note]:
    mine = piece.notes[piece.notes[:, 1] == part]
    mine = mine[(mine[:, 0] >= first * TICKS_PER_BEAT) & (mine[:, 0] < last * TICKS_PER_BEAT)]
    name = "lead" if part == LEAD else "comp"
    return [
        Note(tick / TICKS_PER_BEAT - first, length / TICKS_PER_BEAT, pitch, max(velocity, 1), name)
        for tick, _, pitch, length, velocity, _ in mine.tolist()
    ]


def _tempo(piece: Piece, first: int, last: int) -> TempoMap:
    bpms = [float(bpm) if 10 <= bpm <= 400 else _UNKNOWN_TEMPO_BPM for bpm in piece.bpm[first:last]]
    tempo = TempoMap(bpms[0])
    for beat, bpm in enumerate(bpms):
        if bpm != tempo.bpm:
            tempo.change(bpm, tempo.seconds_at(float(beat)))
    return tempo
