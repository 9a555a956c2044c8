"""What the corpus holds, as a page: for each data set how many pieces, notes and hours, its parts, and its splits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.data import CORPUS, SPLITS, Corpus
from models.music import PARTS
from models.options import from_command_line
from models.sources import DATA_SETS
from models.vocabulary import NO_CHORD

_USUAL_BPM = 100.0


@dataclass(frozen=True, slots=True)
class StatisticsSettings:
    """Which corpus, and where its page goes."""

    corpus: Path = CORPUS
    out: Path = Path("docs/pages/corpus.md")


def page(corpus: Corpus) -> str:
    """The page as markdown."""
    head = ["data set", "licence", "share of training", "pieces", *SPLITS, "notes", "hours", *PARTS, "chords named", "metres"]
    whole = sum(data_set.weight for data_set in DATA_SETS)
    rows = []
    for data_set in DATA_SETS:
        members = {split: corpus.members(split, data_set.name) for split in SPLITS}
        if any(members.values()):
            counts = [str(len(members[split])) for split in SPLITS]
            about = [data_set.name, data_set.licence, f"{data_set.weight / whole:.0%}", str(sum(map(int, counts))), *counts]
            rows.append([*about, *_told(corpus, [index for split in SPLITS for index in members[split]])])
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return (
        "# The corpus\n\n"
        "Made by `python -m models.statistics` from the prepared corpus. Songs that are near duplicates of each other lie in\n"
        "one split. Hours are at the tempo written, or at 100 beats a minute where none is; parts are shares of the notes; a\n"
        "chord is named where one fits, in share of the beats.\n\n" + "\n".join(lines) + "\n"
    )


def _told(corpus: Corpus, members: list[int]) -> list[str]:
    notes, parts, metres = 0, np.zeros(len(PARTS), int), Counter[int]()
    minutes, named, beats = 0.0, 0, 0
    for index in members:
        piece = corpus.piece(index)
        notes += len(piece.notes)
        parts += np.bincount(piece.notes[:, 1], minlength=len(PARTS))
        bpm = np.where(piece.bpm > 0, piece.bpm, _USUAL_BPM)
        minutes += float((1.0 / bpm).sum())
        named += int((piece.chord < NO_CHORD).sum())
        beats += len(piece.chord)
        metres.update(piece.metre.tolist())
    shares = [f"{share:.0%}" for share in parts / max(notes, 1)]
    often = ", ".join(f"{metre} ({count / beats:.0%})" for metre, count in metres.most_common(3))
    return [str(notes), f"{minutes / 60:.1f}", *shares, f"{named / max(beats, 1):.0%}", often]


if __name__ == "__main__":
    wanted = from_command_line(StatisticsSettings, "Write the corpus's page.")
    wanted.out.write_text(page(Corpus(wanted.corpus)))
