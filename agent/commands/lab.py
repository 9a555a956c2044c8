"""`antiphon replay`, `export`, `bench`, `train` and `evaluate`: looking back, measuring, learning."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.commands.evening import NotHere, check_model, export_all, recorded, summary


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
class Export:
    """Write a recorded session down: MIDI files of all and of each part, in bars and with marks; sound, cues and report."""

    log: Annotated[Path, typer.Argument(help="a session's log")]
    out: Annotated[Path | None, typer.Option(help="the folder; next to the log if not given")] = None

    def run(self) -> None:
        """Export it."""
        from agent.commands.evening import export_parts

        evening = recorded(self.log)
        folder = self.out if self.out is not None else self.log.with_suffix("")
        try:
            written = [*export_all(evening, folder, self.log.stem), *export_parts(evening, self.log, folder)]
        except OSError as error:
            raise NotHere(f"--out {folder}: cannot be written to ({error.strerror})") from None
        typer.echo(f"{summary(evening)}; wrote {', '.join(str(path) for path in written)}")


@dataclass(frozen=True)
class Bench:
    """Measure how well it keeps time on this machine, each figure beside the least that the machine can do; ends with JSON."""

    seconds: Annotated[float, typer.Option(min=1.0, help="how long each part of the measurement takes")] = 10.0
    model: Annotated[str, typer.Option(help="a shipped model, a .safetensors file, or markov")] = "duo"
    only: Annotated[list[str] | None, typer.Option(help="measure this part only; may be repeated")] = None

    def run(self) -> None:
        """Measure."""
        import json

        from agent.bench import run

        check_model(self.model)
        result = run(self.seconds, self.model, self.only or (), typer.echo)
        for row in result["rows"]:
            typer.echo(_told(row))
        for part, reason in result["missing"].items():
            typer.echo(f"{part}: not measured, {reason}")
        typer.echo(json.dumps(result))


def _told(row: dict[str, Any]) -> str:
    def figures(one: dict[str, float]) -> str:
        return f"p50 {one['p50']:.3f}  p95 {one['p95']:.3f}  p99 {one['p99']:.3f}  max {one['max']:.3f}"

    verdict = {None: "", True: f"   ok: {row['bar']}", False: f"   MISSED: {row['bar']}"}[row["ok"]]
    lines = [f"{row['part']}: {row['name']}", f"    {figures(row['figures'])} {row['unit']}{verdict}"]
    if row["floor"]:
        lines.append(f"    {figures(row['floor'])} {row['unit']}   floor: {row['floor_is']}")
    return "\n".join(lines)


@dataclass(frozen=True)
class Train:
    """Teach a model from the data folder; a second call with the same --out goes on where the first stopped."""

    data: Annotated[Path, typer.Option(help="the archives, for a corpus that is not prepared yet")] = Path("../shared/data")
    corpus: Annotated[Path, typer.Option(help="the prepared corpus; made if it is not there")] = Path(
        "build/corpus/corpus.safetensors"
    )
    out: Annotated[Path, typer.Option(help="the run's folder")] = Path("build/run")
    minutes: Annotated[float, typer.Option(min=0.0, help="minutes of training in all calls together")] = 95.0
    threads: Annotated[int, typer.Option(min=1, help="how many cores")] = 2
    seed: Annotated[int, typer.Option(min=0, help="same seed, same beginning")] = 1

    def run(self) -> None:
        """Train."""
        need_torch()
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


@dataclass(frozen=True)
class Evaluate:
    """Say what a model has learnt, on songs that it never heard, beside models that know little; the last line is JSON."""

    model: Annotated[str, typer.Option(help="a shipped model or a .safetensors file")] = "duo"
    corpus: Annotated[Path, typer.Option(help="the prepared corpus (antiphon train makes it)")] = Path(
        "build/corpus/corpus.safetensors"
    )
    split: Annotated[str, typer.Option(help="test or valid")] = "test"
    windows: Annotated[int, typer.Option(min=8, help="how many excerpts")] = 160
    elsewhere: Annotated[
        Path | None, typer.Option(help="a folder of sets that it never learnt from: jsb_chorales_16th, asap, vgmidi_labelled")
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="same seed, same excerpts")] = 0

    def run(self) -> None:
        """Evaluate."""
        from models.checkpoint import load
        from models.load import weights_of

        path = weights_of(self.model)
        if path is None:
            raise NotHere(f"--model {self.model} has no weights to evaluate")
        load(path)
        if self.split not in ("test", "valid"):
            raise NotHere(f"unknown --split {self.split!r}; there are: test, valid")
        if not self.corpus.exists():
            raise NotHere(f"--corpus {self.corpus}: no such file; `antiphon train` prepares it from the data folder")
        need_torch()
        from models.evaluate import EvaluateSettings, as_json, as_markdown, evaluate, evaluate_elsewhere
        from models.foreign import FOREIGN_SETS, archives

        if self.elsewhere is not None and not archives(self.elsewhere):
            raise NotHere(f"--elsewhere {self.elsewhere}: holds none of {', '.join(FOREIGN_SETS)}")
        settings = EvaluateSettings(path, self.corpus, self.split, self.windows, seed=self.seed)
        table = evaluate(settings)
        typer.echo(as_markdown(table))
        if self.elsewhere is not None:
            foreign = evaluate_elsewhere(settings, self.elsewhere)
            typer.echo(as_markdown(foreign))
            table |= foreign
        typer.echo(as_json(table))


def need_torch() -> None:
    """Learning needs PyTorch; playing does not."""
    if find_spec("torch") is None:
        raise NotHere("this needs PyTorch: pip install torch")
