"""What is twenty minutes of one player's MIDI worth to `antiphon learn`?

    python -m tests.bench.personal --asap ../shared/eval/asap/asap.tar.xz --players 3

The concert pianists of ASAP of whom there is most; of each, performances in the order of their names until twenty minutes
are full. Learnt as a player would, by the command. The last line is JSON: by player, minutes of music, by which share the loss
on the music kept aside fell, and the minutes it took.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import pretty_midi
import typer

_NAME = re.compile(r"([A-Za-z]+?)\d+M?$")


def performances(archive: Path, folder: Path) -> dict[str, list[tuple[Path, float]]]:
    """Unpack; the performances of each player with their minutes."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    found: dict[str, list[tuple[Path, float]]] = defaultdict(list)
    for path in sorted(folder.rglob("*.mid")):
        if name := _NAME.match(path.stem):
            found[name[1]].append((path, pretty_midi.PrettyMIDI(str(path)).get_end_time() / 60))
    return found


def main(
    asap: Annotated[Path, typer.Option(help="the archive")] = Path("../shared/eval/asap/asap.tar.xz"),
    players: int = 3,
    music_minutes: float = 20.0,
    learn_minutes: float = 8.0,
    model: str = "duo",
) -> None:
    """Learn from each."""
    table = {}
    with TemporaryDirectory() as place:
        known = performances(asap, Path(place) / "asap")
        most = sorted(known, key=lambda name: -sum(minutes for _, minutes in known[name]))[:players]
        for name in most:
            folder, full = Path(place) / name, 0.0
            folder.mkdir()
            for number, (path, minutes) in enumerate(known[name]):
                if full + minutes <= music_minutes:
                    full += minutes
                    path.rename(folder / f"{number:03}.mid")
            antiphon = str(Path(sys.executable).with_name("antiphon"))
            command = [antiphon, "learn", str(folder), "--minutes", str(learn_minutes), "--model", model]
            told = subprocess.run(
                [*command, "--out", str(folder / "style.safetensors")], capture_output=True, text=True, check=True
            )
            learnt = json.loads(told.stdout.splitlines()[-1])
            table[name] = {"music_minutes": round(float(full), 1), "lowered": learnt["lowered"], "minutes": learnt["minutes"]}
            typer.echo(f"{name}: {table[name]}")
    typer.echo(json.dumps(table))


if __name__ == "__main__":
    typer.run(main)
