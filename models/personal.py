"""A player's own style: small matrices that lean a mind towards how one person plays, and never replace its weights."""

# R rank: how many directions a matrix may lean

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from models.checkpoint import Checkpoint, CheckpointError, load, path_of
from models.vocabulary import fingerprint

FORMAT = "antiphon-style-1"
ADAPTED = ("q", "kv", "out", "up", "down")
"""The matrices of a block that may lean."""
Halves = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class StyleStory:
    """Where a style comes from, and what it was worth: nats a note on music that was kept aside, before and after."""

    version: str
    base: str
    base_sha256: str
    music: tuple[str, ...]
    notes: int
    minutes: float
    seed: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class PersonalStyle:
    """For each leaning weight a pair of matrices (R, in) and (out, R), whose product is added to it."""

    story: StyleStory
    leanings: dict[str, tuple[Halves, Halves]] = field(repr=False)


def save_style(path: Path, style: PersonalStyle) -> None:
    """Write a style; it never holds the mind's own weights."""
    about = {"format": FORMAT, "vocabulary": fingerprint(), "story": json.dumps(asdict(style.story))}
    halves = {}
    for name, (inner, outer) in style.leanings.items():
        halves[f"{name}.inner"], halves[f"{name}.outer"] = (np.ascontiguousarray(m, np.float16) for m in (inner, outer))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(halves, partial, about)
    partial.replace(path)


def load_style(path: Path) -> PersonalStyle:
    """Read a style back. Raises CheckpointError with a sentence."""
    if not path.is_file():
        raise CheckpointError(f"there is no style at {path}; `antiphon learn` makes one from your own playing")
    try:
        with safe_open(path, "numpy") as opened:
            about = opened.metadata() or {}
            if about.get("format") != FORMAT:
                raise CheckpointError(f"{path.name} holds no style; its format is {about.get('format', 'unnamed')!r}")
            if about.get("vocabulary") != fingerprint():
                raise CheckpointError(f"{path.name} was learnt with another vocabulary than {fingerprint()}; learn it anew")
            weights = {name: opened.get_tensor(name) for name in opened.keys()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is damaged or is no safetensors file: {error}") from error
    try:
        told = json.loads(about["story"])
        told["music"] = tuple(told["music"])
        story = StyleStory(**{entry.name: told[entry.name] for entry in fields(StyleStory)})
        names = [name.removesuffix(".inner") for name in weights if name.endswith(".inner")]
        return PersonalStyle(story, {name: (weights[f"{name}.inner"], weights[f"{name}.outer"]) for name in names})
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path.name} does not say what it holds: {error}") from error


def is_style(path: Path) -> bool:
    """Whether a file says that it is a style."""
    try:
        with safe_open(path, "numpy") as opened:
            return (opened.metadata() or {}).get("format") == FORMAT
    except (SafetensorError, OSError):
        return False


def sha256_of(path: Path) -> str:
    """The fingerprint of a checkpoint file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def styled(path: Path) -> Checkpoint:
    """The mind that a style belongs to, leaning towards it. Raises CheckpointError with a sentence."""
    style = load_style(path)
    base = path_of(style.story.base)
    if not base.is_file():
        base = path.with_name(f"{style.story.base}.safetensors")
    if not base.is_file() or sha256_of(base) != style.story.base_sha256:
        raise CheckpointError(
            f"{path.name} was learnt for exactly the weights {style.story.base!r} of then, which are not here; learn it anew"
        )
    mind = load(base)
    return Checkpoint(mind.shape, merged(path.name, mind.weights, style.leanings), mind.provenance)


def merged(
    name: str, weights: Mapping[str, NDArray[np.generic]], leanings: Mapping[str, tuple[Halves, Halves]]
) -> dict[str, NDArray[np.generic]]:
    """The weights with the leanings added. Raises CheckpointError where they do not fit."""
    found = dict(weights)
    for target, (inner, outer) in leanings.items():
        if target not in found or found[target].shape != (len(outer), inner.shape[-1]) or outer.shape[1] != len(inner):
            raise CheckpointError(f"{name} does not fit its mind: there is no {target} of that size")
        leaning = outer.astype(np.float32) @ inner.astype(np.float32)
        if not np.isfinite(leaning).all():
            raise CheckpointError(f"{name} is damaged: {target} holds values that are no numbers")
        found[target] = found[target].astype(np.float32) + leaning
    return found
