"""Weights that ship: one safetensors file that says where it comes from, and is refused when it does not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from models.vocabulary import fingerprint

_FORMAT = "antiphon-mind-1"
_SHIPPED = Path(__file__).parent / "checkpoints"
MAX_BYTES = 20_000_000
Weights = dict[str, NDArray[np.generic]]


class CheckpointError(ValueError):
    """Weights that cannot be played, with a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where weights come from, for the people who play, ship or question them."""

    name: str
    version: str
    command: str
    seed: int
    steps: int
    hours: float
    data: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that a stage needs: the shape, the weights, and where they come from."""

    shape: dict[str, int]
    weights: Weights = field(repr=False)
    provenance: Provenance


_SHAPE_KEYS = ("width", "layers", "heads", "kv_heads", "hidden", "window")


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write weights in half precision with all that is known about them; at most 20 MB."""
    about = {
        "format": _FORMAT,
        "vocabulary": fingerprint(),
        "shape": json.dumps(checkpoint.shape),
        "provenance": json.dumps(asdict(checkpoint.provenance)),
    }
    halves = {name: np.ascontiguousarray(value, np.float16) for name, value in checkpoint.weights.items()}
    size = sum(value.nbytes for value in halves.values())
    if size > MAX_BYTES:
        raise CheckpointError(f"weights of {size / 1e6:.0f} MB are too large to ship; the limit is {MAX_BYTES / 1e6:.0f} MB")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(halves, partial, about)
    partial.chmod(0o644)
    partial.replace(path)


def load(path: Path) -> Checkpoint:
    """Read weights back, or say in one sentence why they cannot be used. A personal style comes with the mind it belongs to."""
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint at {path}; there are: {', '.join(shipped()) or 'none'}")
    from models.personal import is_style, styled

    if is_style(path):
        return styled(path)
    try:
        with safe_open(path, "numpy") as opened:
            about = opened.metadata() or {}
            _check(path, about)
            weights = {name: opened.get_tensor(name) for name in opened.keys()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is damaged or is no safetensors file: {error}") from error
    shape, provenance = _about(path, about)
    _check_weights(path, shape, weights)
    return Checkpoint(shape, weights, provenance)


def shipped() -> tuple[str, ...]:
    """The names of the checkpoints that came with the package."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.safetensors")))


def path_of(name: str) -> Path:
    """Where a shipped checkpoint lies; a name with a suffix is taken as a path."""
    return Path(name) if name.endswith(".safetensors") else _SHIPPED / f"{name}.safetensors"


def _check(path: Path, about: Mapping[str, str]) -> None:
    if about.get("format") != _FORMAT:
        raise CheckpointError(f"{path.name} holds no mind of Antiphon; its format is {about.get('format', 'unnamed')!r}")
    if about.get("vocabulary") != fingerprint():
        theirs = about.get("vocabulary")
        raise CheckpointError(
            f"{path.name} speaks vocabulary {theirs}, this version speaks {fingerprint()}; train or fetch it anew"
        )


def _about(path: Path, about: Mapping[str, str]) -> tuple[dict[str, int], Provenance]:
    try:
        told_shape = json.loads(about["shape"])
        shape = {key: int(told_shape[key]) for key in _SHAPE_KEYS}
        told = json.loads(about["provenance"])
        told["data"], told["licences"] = tuple(told["data"]), tuple(told["licences"])
        provenance = Provenance(**{entry.name: told[entry.name] for entry in fields(Provenance)})
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path.name} does not say what it holds: {error}") from error
    return shape, provenance


def _check_weights(path: Path, shape: dict[str, int], weights: Weights) -> None:
    from models.vocabulary import FIELDS

    width, hidden = shape["width"], shape["hidden"]
    wanted = {f"embed.{name}.weight": (size, width) for name, size, _ in FIELDS}
    for layer in range(shape["layers"]):
        wanted[f"blocks.{layer}.down.weight"] = (width, hidden)
        wanted[f"blocks.{layer}.q.weight"] = (width, width)
        wanted[f"blocks.{layer}.kv.weight"] = (2 * shape["kv_heads"] * (width // shape["heads"]), width)
    for name, size in wanted.items():
        if name not in weights or weights[name].shape != size:
            raise CheckpointError(f"{path.name} is incomplete: {name} should have the shape {size}")
    for name, value in weights.items():
        if not np.isfinite(value.astype(np.float32)).all():
            raise CheckpointError(f"{path.name} is damaged: {name} holds values that are no numbers")
