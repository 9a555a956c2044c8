"""Measures listening against labelled data: `python -m tests.bench.listening --data DIR --eval DIR [--short]`.

Only POP909 songs whose number ends in 0 are judged: no table and no weight was learnt from them. ASAP was never learnt
from. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from tests.bench import feelings, tones
from tests.bench.beats import figures, follow
from tests.bench.labelled import Archives, Form, Harmony, Played, Struck, concert_pieces, forms, harmonies, moods, pop_songs

T = TypeVar("T")


def main() -> None:
    """Measure and print."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--data", type=Path, default=Path("../shared/data"))
    wanted.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    wanted.add_argument("--short", action="store_true", help="a few pieces of each kind, within a minute")
    options = wanted.parse_args()
    os.nice(5)
    table: dict[str, dict[str, float]] = {}
    with Archives(options.data) as archives:
        songs = list(islice(pop_songs(archives.unpacked("pop909")), 10 if options.short else None))
        table |= _beats("pop909 all", songs, lambda song: song.notes())
        table |= _beats("pop909 melody", songs, lambda song: song.notes("MELODY"))
        chorded = list(islice(harmonies(archives.unpacked("pop909_cl")), 10 if options.short else None))
        sung = list(islice(forms(archives.unpacked("pop909_structure")), 20 if options.short else None))
    table |= _tones(chorded, sung)
    if (options.eval / "asap").exists():
        with Archives(options.eval) as archives:
            pieces = list(islice(concert_pieces(archives.unpacked("asap")), 8 if options.short else 60))
            table |= _beats("asap", pieces, lambda piece: piece.notes())
    if (options.eval / "vgmidi_labelled").exists():
        with Archives(options.eval) as archives:
            table |= feelings.figures(list(moods(archives.unpacked("vgmidi_labelled"))))
    for name, row in table.items():
        sys.stdout.write(f"{name:28} " + "  ".join(f"{key} {value}" for key, value in row.items()) + "\n")
    sys.stdout.write(json.dumps(table) + "\n")


def _beats(name: str, pieces: list[Played], notes: Callable[[Played], list[Struck]]) -> dict[str, dict[str, float]]:
    played = [(piece, heard) for piece in pieces if len(heard := notes(piece)) > 30]
    return {
        f"beat, {name}{', first tempo kept' if baseline else ''}": figures([follow(*one, baseline) for one in played])
        for baseline in (False, True)
    }


def _tones(chorded: list[Harmony], sung: list[Form]) -> dict[str, dict[str, float]]:
    keyed = [piece for piece in chorded if piece.keys]
    sung = [form for form in sung if min(map(len, form.phrase_ends)) > 0]
    return {
        "key after 8 bars": _mean(keyed, tones.key_after_eight_bars),
        "key, Krumhansl, whole piece": _mean(keyed, tones.key_by_krumhansl),
        "chord by root": _mean(chorded, tones.chords_by_root),
        "chord, template of the beat": _mean(chorded, tones.chords_by_template),
        "phrase ends": _mean(sung, tones.phrase_ends),
        "phrases of four bars": _mean(sung, tones.phrases_of_four_bars),
        "phrases by rests": _mean(sung, tones.phrases_by_rest),
        "two people": _mean(sung, tones.people_agree),
    }


def _mean(pieces: Iterable[T], measure: Callable[[T], float]) -> dict[str, float]:
    values = [measure(piece) for piece in pieces]
    return {"pieces": len(values), "right": round(fmean(values), 3)}


if __name__ == "__main__":
    main()
