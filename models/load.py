"""Name → model. A new model is a file with three methods and a row here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.music import Model


def _markov() -> Model:
    from models.markov import MarkovMind

    return MarkovMind()


def _weights(path: Path) -> Model:
    from models.player import Player

    return Player.load(path)


MODELS: dict[str, Callable[[], Model]] = {"markov": _markov}
"""Models without weights; beside these stand the shipped checkpoints, by file name."""

CHECKPOINTS = Path(__file__).parent / "checkpoints"


def model_names() -> list[str]:
    """Everything that `--model` may name, besides a file."""
    return [*MODELS, *sorted(path.stem for path in CHECKPOINTS.glob("*.safetensors"))]


def load_model(name: str) -> Model:
    """A model by name or by its .safetensors file. Raises ValueError naming what there is. Worker only."""
    if name in MODELS:
        return MODELS[name]()
    path = Path(name) if name.endswith(".safetensors") else CHECKPOINTS / f"{name}.safetensors"
    if not path.is_file():
        raise ValueError(f"unknown model {name!r}; there are: {', '.join(model_names())}, or a .safetensors file")
    return _weights(path)
