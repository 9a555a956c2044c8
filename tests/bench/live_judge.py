"""How well it accompanies, live: withheld songs rehearsed by the real performer and held against the true accompaniment.

    python -m tests.bench.live_judge --corpus build/corpus/corpus.safetensors --judge ../shared/eval/judge.py --out build/live

Every song is played to `antiphon rehearse --sync file --latency measured`, once for each model; the judge compares what
came out with what the song's own pianist played. The last line is JSON: model → mean figures, with the share of the truth's
note-in-chord (`nic_ratio`) that the model reached.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from models.excerpts import ExcerptSettings, export_test


def main(
    corpus: Annotated[Path, typer.Option(help="the prepared corpus")] = Path("build/corpus/corpus.safetensors"),
    judge: Annotated[Path, typer.Option(help="the judge's script")] = Path("../shared/eval/judge.py"),
    out: Annotated[Path, typer.Option(help="where the songs and what was played go")] = Path("build/live"),
    models: Annotated[str, typer.Option(help="joined by commas")] = "duo,markov,dice",
    pop909: int = 20,
    lieder: int = 10,
    beats: Annotated[int, typer.Option(help="of each song; 0 is all of it")] = 0,
    jobs: Annotated[int, typer.Option(help="rehearsals at once; more than the free cores spoil the latency")] = 1,
) -> None:
    """Rehearse and judge."""
    names = export_test(ExcerptSettings(out, corpus, pop909=pop909, lieder=lieder, beats=beats))
    table = {}
    for model in models.split(","):
        folder = out / Path(model).stem
        folder.mkdir(parents=True, exist_ok=True)
        songs = [(out / "IN" / f"{name}.mid", folder / f"{name}.mid", model) for name in names]
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(_rehearse, songs))
        pairs = [str(path) for name in names for path in (folder / f"{name}.mid", out / "TRUTH" / f"{name}.mid")]
        told = subprocess.run([sys.executable, str(judge), *pairs], check=True, capture_output=True, text=True).stdout
        (folder / "judged.txt").write_text(told)
        table[Path(model).stem] = json.loads(told.strip().splitlines()[-1])
        typer.echo(f"{model}: {table[Path(model).stem]}")
    typer.echo(json.dumps(table))


def _rehearse(job: tuple[Path, Path, str]) -> None:
    song, played, model = job
    antiphon = Path(sys.executable).with_name("antiphon")
    options = ["--sync", "file", "--latency", "measured", "--seed", "1", "--model", model]
    subprocess.run([str(antiphon), "rehearse", str(song), *options, "--out", str(played)], check=True, capture_output=True)


if __name__ == "__main__":
    typer.run(main)
