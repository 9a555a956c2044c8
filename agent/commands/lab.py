"""`antiphon replay`, `bench`, `train` and `evaluate`: looking back, measuring, learning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.evening import NotHere, export_all, recorded, summary


@dataclass(frozen=True)
class Replay:
    """Play a recorded session again and say whether it came out the same, note for note."""

    log: Annotated[Path, typer.Argument(help="a session's log")]
    out: Annotated[Path | None, typer.Option(help="write its MIDI file, sound and report to this folder")] = None

    def run(self) -> None:
        """Replay it; exit status 1 when it differs."""
        from agent.replay import replay_log

        result = replay_log(self.log)
        if self.out is not None:
            evening = recorded(self.log)
            written = export_all(evening, self.out, self.log.stem)
            typer.echo(f"{summary(evening)}; wrote {', '.join(str(path) for path in written)}")
        told = f"{result.seconds:.1f} s, {result.passes} passes, {result.notes} notes sent"
        if result.first_difference is not None:
            typer.echo(f"{told}; it differs {result.first_difference}")
            raise typer.Exit(1)
        typer.echo(f"{told}: the same again, note for note")


@dataclass(frozen=True)
class Bench:
    """Measure how well it keeps time on this machine; the last line is JSON."""

    seconds: Annotated[float, typer.Option(min=1.0, help="how long each part of the measurement takes")] = 20.0
    model: Annotated[str, typer.Option(help="a shipped model, a .safetensors file, or markov")] = "duo"

    def run(self) -> None:
        """Measure."""
        import json

        from agent.bench import run

        typer.echo(json.dumps(run(self.seconds, self.model, typer.echo)))


@dataclass(frozen=True)
class Train:
    """Teach a model from the data folder; a second call with the same --out goes on where the first stopped."""

    data: Annotated[Path, typer.Option(help="the archives, for a corpus that is not prepared yet")] = Path("../shared/data")
    corpus: Annotated[Path, typer.Option(help="the prepared corpus; made if it is not there")] = Path("build/corpus/corpus.npz")
    out: Annotated[Path, typer.Option(help="the run's folder")] = Path("build/run")
    minutes: Annotated[float, typer.Option(min=0.0, help="minutes of training in all calls together")] = 95.0
    threads: Annotated[int, typer.Option(min=1, help="how many cores")] = 2
    seed: Annotated[int, typer.Option(min=0, help="same seed, same beginning")] = 1

    def run(self) -> None:
        """Train."""
        import logging

        from models.data import PrepareSettings, prepare
        from models.train import TrainSettings, train

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
        if not self.corpus.exists():
            if not self.data.is_dir():
                raise NotHere(f"--data {self.data}: no such folder, and there is no prepared corpus at {self.corpus}")
            prepare(PrepareSettings(self.data, self.corpus.parent, self.threads))
        settings = TrainSettings(corpus=self.corpus, out=self.out, minutes=self.minutes, threads=self.threads, seed=self.seed)
        typer.echo(f"trained: {train(settings)}")
