"""`antiphon learn`: your own style, from your own playing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from agent import __version__
from agent.commands.evening import NotHere, check_model, recorded
from agent.commands.lab import need_torch

MIDI_SUFFIXES, LOG_SUFFIX = (".mid", ".midi"), ".jsonl"


@dataclass(frozen=True)
class Learn:
    """Lean the model towards your own playing; a fifth of the music is kept aside to tell what it was worth. Ends with JSON."""

    music: Annotated[list[Path], typer.Argument(help="MIDI files, recorded evenings (.jsonl), or folders of them")]
    minutes: Annotated[float, typer.Option(min=0.1, help="how long to learn at most")] = 8.0
    model: Annotated[str, typer.Option(help="the shipped model, or a .safetensors file, that is to lean")] = "duo"
    out: Annotated[Path | None, typer.Option(help="the style's file; named after the music if not given")] = None
    seed: Annotated[int, typer.Option(min=0, help="same seed, same draws")] = 0

    def run(self) -> None:
        """Learn."""
        import json

        from models.load import weights_of
        from models.personal import is_style

        base = weights_of(self.model)
        if base is None or is_style(base):
            raise NotHere(f"--model {self.model} has no weights of its own that could lean")
        check_model(self.model)
        out = self.out or Path(f"{self.music[0].resolve().stem}.safetensors")
        if out.exists():
            raise NotHere(f"{out} exists already; name another file with --out")
        takes = list(self._takes())
        if not takes:
            raise NotHere(f"no MIDI file and no recorded evening in {', '.join(str(path) for path in self.music)}")
        need_torch()
        from models.learn import LearnSettings, learn

        settings = LearnSettings(base, out, version=__version__, minutes=self.minutes, seed=self.seed)
        learnt = learn(takes, settings, typer.echo)
        typer.echo(_told(learnt, self.model))
        figures = {"before": learnt.before, "after": learnt.after, "lowered": learnt.lowered}
        typer.echo(json.dumps(figures | {"steps": learnt.steps, "minutes": learnt.minutes}))

    def _takes(self) -> Iterator[Any]:
        for path in self.music:
            if not path.exists():
                raise NotHere(f"{path}: no such file or folder")
            for file in _files(path):
                take = _take(file)
                if take is not None:
                    yield take


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in (*MIDI_SUFFIXES, LOG_SUFFIX))


def _take(file: Path) -> Any:
    """What you play in a file; None, and a line that says why, where nothing can be learnt from it."""
    from agent.recorder import LogError
    from models.midi_file import MidiFileError, read_midi
    from models.music import Metre
    from models.takes import Take, take_of

    try:
        if file.suffix.lower() != LOG_SUFFIX:
            take = take_of(file.stem, read_midi(file))
        else:
            evening = recorded(file)
            metre = Metre(evening.config.clock.beats_per_bar)
            take = Take(file.stem, (tuple(evening.tracks()["human"]),), evening.tempo, metre)
    except (MidiFileError, LogError) as error:
        typer.echo(f"left out: {error}")
        return None
    return take if take.notes else None


def _told(learnt: Any, model: str) -> str:
    lines = ["nats a note on the music kept aside, before → after:"]
    lines += [f"  {name:<9} {learnt.before[name]:7.3f} → {learnt.after[name]:7.3f}" for name in learnt.before]
    if learnt.path is None:
        return "\n".join([*lines, "It did not become likelier, so nothing was written: play more, or something more alike."])
    told = f"{learnt.lowered:.1%} lower after {learnt.minutes:.1f} minutes and {learnt.steps} steps"
    option = "" if model == "duo" else f" --model {model}"
    return "\n".join([*lines, f"{told}: {learnt.path}", f"Play with it: antiphon jam{option} --style {learnt.path}"])
