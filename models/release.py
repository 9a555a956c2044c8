"""From a training run to weights that ship: the checkpoint with its story, judged, and a card that says all of it."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file

from models.checkpoint import Checkpoint, CheckpointError, Provenance, path_of, save
from models.corpus import COMP
from models.data import CORPUS
from models.evaluate import EvaluateSettings, Table, as_markdown, evaluate
from models.post_train import PostSettings
from models.sources import DATA_SETS
from models.train import TrainSettings
from models.vocabulary import NEVER, fingerprint

_OF_THE_MACHINE = ("corpus", "run", "out", "threads", "save_minutes", "valid_minutes", "valid_windows")


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """Which run becomes which checkpoint; `remarks` is text for the card, such as what was measured live.

    `post` is what `models.post_train` made of the run. `reticence` is added to the comp's log odds of waiting, so that it
    plays as many notes as pianists do: learning from its own play had made it talk more than they.
    """

    run: Path
    name: str
    corpus: Path = CORPUS
    out: Path | None = None  # None puts it beside the shipped ones
    windows: int = 160
    remarks: str = ""
    machine: str = platform.processor() or platform.machine()
    post: Path | None = None
    reticence: float = 0.0


def release(settings: ReleaseSettings) -> Path:
    """Write the checkpoint and its card, with the table of the test split; returns the checkpoint's path. Worker only."""
    path = settings.out or path_of(settings.name)
    checkpoint = of_run(settings.run, settings.name, settings.post)
    checkpoint.weights["tick.bias"] = reticent(checkpoint.weights["tick.bias"], settings.reticence)
    save(path, checkpoint)
    table = evaluate(EvaluateSettings(path, settings.corpus, windows=settings.windows))
    path.with_suffix(".md").write_text(card(checkpoint, table, settings))
    return path


def of_run(run: Path, name: str, post: Path | None = None) -> Checkpoint:
    """The weights that a run, or learning from its own play after it, has come to, with where they come from."""
    weights_path = run / "weights.safetensors"
    if not weights_path.exists():
        raise CheckpointError(f"{run} holds no weights yet; train first")
    config = json.loads((run / "config.json").read_text())
    if config["vocabulary"] != fingerprint():
        raise CheckpointError(f"{run} was trained on vocabulary {config['vocabulary']}, this version speaks {fingerprint()}")
    with safe_open(weights_path, "numpy") as opened:
        progress = json.loads(opened.metadata()["progress"])
    settings, commands = config["settings"], [_command("train", config["settings"], TrainSettings())]
    if post is not None:
        weights_path = post / "weights.safetensors"
        commands.append(_command("post_train", json.loads((post / "config.json").read_text())["settings"], PostSettings()))
    provenance = Provenance(
        name=name,
        version=_version(),
        command=" && ".join(commands),
        seed=int(settings["seed"]),
        steps=progress["step"],
        hours=round(progress["active_seconds"] / 3600, 2),
        data=tuple(f"{entry.name} ({entry.licence}): {entry.credit}" for entry in DATA_SETS),
        licences=tuple(sorted({entry.licence for entry in DATA_SETS})),
    )
    return Checkpoint(config["shape"], dict(load_file(weights_path)), provenance)


def reticent(bias: NDArray[np.generic], log_odds: float) -> NDArray[np.generic]:
    """The biases of when each part plays next, with the comp's for not in this beat raised."""
    raised = bias.astype(np.float32)
    raised[COMP * (NEVER + 1) + NEVER] += log_odds
    return raised


def _command(module: str, settings: dict[str, str], usual: TrainSettings | PostSettings) -> str:
    """The command that such a run is made with: what differs from the usual settings, and no folders of ours."""
    usually = {entry.name: str(getattr(usual, entry.name)) for entry in fields(usual)}
    told = [
        f"--{name.replace('_', '-')}" + ("" if value == "True" else f" {value}")
        for name, value in settings.items()
        if value not in (usually.get(name), "False") and name not in _OF_THE_MACHINE
    ]
    return " ".join([f"python -m models.{module}", *told])


def card(checkpoint: Checkpoint, table: Table, settings: ReleaseSettings) -> str:
    """What a musician, a lawyer and an engineer want to know about weights."""
    story, shape = checkpoint.provenance, checkpoint.shape
    count = sum(value.size for value in checkpoint.weights.values())
    sources = "\n".join(f"- {line}" for line in story.data)
    return f"""# {story.name}

A streaming model of two musicians: it hears a melody and plays the accompaniment, the bass, or the melody itself.
{count / 1e6:.1f} million weights: {shape["layers"]} layers, {shape["width"]} wide, {shape["heads"]} heads.
It listens {shape["window"]} steps back, about {shape["window"] // 7} beats.

- made with: `{story.command}`, seed {story.seed}, Antiphon {story.version}, vocabulary {fingerprint()}
- training: {story.steps} batches in {story.hours} hours on {settings.machine}{_waits(settings.reticence)}
- licences of the data: {", ".join(story.licences)}; the weights carry the licence of Antiphon, credits are in NOTICE

## Likelihood on withheld songs

Nats per note (tick: per step), half POP909, half Lieder, in one run. *Informed* tells each note at the last step before
it, *committed* a tenth of a beat ahead; lower is better.

{as_markdown(table)}

## Live

{settings.remarks or "Not measured."}

## What it has heard

{sources}

Songs and their near-duplicates were kept together when splitting into training, validation and test.

## What it is not for

It knows Western keys and metres, mostly from pop songs, art songs and hymns. Drums were heard alone, or laid under songs they
did not belong to, so they keep the bar but do not listen. It has no notion of lyrics. It may recall short figures of its
training music; it was not trained to reproduce songs.
"""


def _waits(reticence: float) -> str:
    return f"\n- its comp's log odds of waiting were raised by {reticence:g} afterwards" if reticence else ""


def _version() -> str:
    try:
        return version("antiphon")
    except PackageNotFoundError:
        return "0.1.0"
