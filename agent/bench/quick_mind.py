"""A worker that answers at once: what the way to the model and back costs when thinking costs nothing.

`python -m agent.bench.quick_mind RUN_DIR`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.worker import serve
from models.music import Ask, Note, Sounded


class AtOnce:
    """A mind with one idea: a short note, right where it may begin."""

    def reset(self, seed: int) -> None:
        """There is nothing to forget."""

    def hear(self, events: Sequence[Sounded]) -> None:
        """It does not listen."""

    def play(self, ask: Ask) -> Iterator[Note]:
        """One note, at once."""
        yield Note(ask.start_beats, 0.1, 60, 80, ask.parts[0])


if __name__ == "__main__":
    sys.setswitchinterval(1e-4)
    serve(Path(sys.argv[1]), "at once", AtOnce())
