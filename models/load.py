"""Name → model. A new model is a file with three methods and a row here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.music import Model


def _markov() -> Model:
    from models.markov import MarkovMind

    return MarkovMind()


def _dice() -> Model:
    from models.dice import DiceMind

    return DiceMind()


def _weights(path: Path, device: str) -> Model:
    from models.player import Player

    return Player.load(path, device)


MODELS: dict[str, Callable[[], Model]] = {"markov": _markov, "dice": _dice}
"""Models without weights; beside these stand the shipped checkpoints, by file name."""

CHECKPOINTS = Path(__file__).parent / "checkpoints"


def model_names() -> list[str]:
    """Everything that `--model` may name, besides a file."""
    return [*MODELS, *sorted(path.stem for path in CHECKPOINTS.glob("*.safetensors"))]


class UnknownModel(ValueError):
    """There is no such model; the sentence names those there are."""


def weights_of(name: str) -> Path | None:
    """The file that a model's weights lie in; None for a model without weights. Raises UnknownModel."""
    if name in MODELS:
        return None
    path = Path(name) if name.endswith(".safetensors") else CHECKPOINTS / f"{name}.safetensors"
    if not path.is_file():
        raise UnknownModel(f"unknown model {name!r}; there are: {', '.join(model_names())}, or a .safetensors file")
    return path


def check_style(name: str, style_file: str) -> None:
    """See that a personal style belongs to a model. Raises UnknownModel or CheckpointError."""
    from models.personal import load_style

    path, base = weights_of(name), load_style(Path(style_file)).story.base
    if path is None or path.stem != base:
        raise UnknownModel(f"the style {style_file} belongs to the model {base!r}, not to {name!r}")


def load_model(name: str, device: str = "auto") -> Model:
    """A model by name or by its .safetensors file, on a device. Raises UnknownModel, CheckpointError or NoSuchDevice.

    Worker only.
    """
    path = weights_of(name)
    return MODELS[name]() if path is None else _weights(path, device)
