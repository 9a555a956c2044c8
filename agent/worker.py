"""The worker: the model in a process of its own. It hears what sounded, answers asks note by note, knows no port or clock.

A newer ask makes it drop the one it is at. One thread, in real time behind all that sounds or else niced; started by the
supervisor as `python -m agent.worker`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol, runtime_checkable

from agent.items import Insight, Phrase
from agent.link import Wire, connect
from agent.parent import is_orphan
from agent.realtime import take_thinking_priority
from agent.wire import WireError
from models.music import Ask, Model, Note

FLUSH_SECONDS = 0.004
"""Notes drawn within this time travel together; the first of an answer travels alone."""
NICENESS = 5
BEAT_SECONDS = 1.0
"""How often it shows the supervisor that it lives."""
CALL_AGAIN_SECONDS = 0.05


@runtime_checkable
class Pensive(Protocol):
    """A model that thinks for long between two notes, and meanwhile looks whether it has been overtaken by a newer ask."""

    overtaken: Callable[[], bool]


class Doubts(Protocol):
    """How sure a model is of itself, in shares."""

    surprise: float
    confidence: float
    entropy: float


class Where(Protocol):
    """Where the melody lies."""

    @property
    def novelty(self) -> float:
        """How far from every phrase so far."""

    @property
    def coordinates(self) -> tuple[float, ...]:
        """Shares."""


class Muse(Protocol):
    """Hears what the model hears, and knows where the melody lies among all phrases."""

    def reset(self) -> None:
        """Nothing was there before."""

    def hear(self, events: Any) -> None:
        """This has sounded."""

    def place(self) -> Where | None:
        """Where the last two bars lie; None when nobody has played in them."""


class Worker:
    """Talks to one performer until it hangs up."""

    def __init__(self, model: Model, wire: Wire, beat: Callable[[], None], muse: Muse | None = None) -> None:
        self._model, self._wire, self._beat, self._muse = model, wire, beat, muse
        self._unread: deque[tuple[str, Any]] = deque()  # read, not yet answered
        if isinstance(model, Pensive):
            model.overtaken = self._outdated

    def serve(self) -> None:
        """Take messages in order until the line is cut."""
        while True:
            self._beat()
            message = self._unread.popleft() if self._unread else self._wire.receive(BEAT_SECONDS)
            if message is None:
                continue
            kind, body = message
            if kind == "hear":
                self._model.hear(body)
                if self._muse is not None:
                    self._muse.hear(body)
            elif kind == "reset":
                self._model.reset(int(body))
                if self._muse is not None:
                    self._muse.reset()
            elif kind == "ask" and isinstance(body, Ask) and not self._outdated():
                self._answer(body)

    def _answer(self, ask: Ask) -> None:
        notes: list[Note] = []
        flushed = 0.0
        for note in self._model.play(ask):
            notes.append(note)
            if monotonic() - flushed >= FLUSH_SECONDS:
                self._say(ask, notes)
                notes, flushed = [], monotonic()
            if self._outdated():
                return
        self._say(ask, notes, last=True)
        if self._muse is not None and not self._outdated():
            self._reflect(self._muse)

    def _reflect(self, muse: Muse) -> None:
        """Once all is answered and nobody waits, say what the model makes of it."""
        doubt: Doubts | None = getattr(self._model, "doubt", None)
        surprise, confidence, entropy = (0.0, 0.0, 0.0) if doubt is None else (doubt.surprise, doubt.confidence, doubt.entropy)
        place = muse.place()
        novelty = 0.0 if place is None else place.novelty
        latent: tuple[float, ...] = () if place is None else place.coordinates
        said = Insight(0.0, round(surprise, 3), round(confidence, 3), round(entropy, 3), novelty, latent)
        self._wire.send("insight", said)

    def _say(self, ask: Ask, notes: list[Note], last: bool = False) -> None:
        if not self._wire.send("phrase", Phrase(0.0, ask.id, ask.tag, tuple(notes), last), wait=True):
            raise EOFError

    def _outdated(self) -> bool:
        """Read what has come in the meantime; true when it holds a newer ask or a new beginning."""
        while (message := self._wire.receive(0.0)) is not None:
            self._unread.append(message)
        return any(kind in ("ask", "reset") for kind, _ in self._unread)


def main() -> None:
    """`python -m agent.worker RUN_DIR MODEL [DEVICE]`."""
    run_dir, name, device = Path(sys.argv[1]), sys.argv[2], (sys.argv[3:] or ["auto"])[0]
    sys.setswitchinterval(1e-4)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    from models.load import load_model

    serve(run_dir, name, load_model(name, device))


def serve(run_dir: Path, name: str, model: Model) -> None:
    """Call the performer, again and again, and answer it for as long as the parent lives."""
    gc.collect()
    gc.freeze()
    realtime = _plays_in_real_time(run_dir) and take_thinking_priority()
    muse = _muse()

    def beat() -> None:
        (run_dir / "worker.beat").touch()
        if realtime:
            take_thinking_priority()  # it may have had to step back from it

    while not is_orphan():
        try:
            wire = connect(run_dir / "worker.sock")
        except (OSError, ValueError):
            sleep(CALL_AGAIN_SECONDS)
            continue
        try:
            wire.send("ready", name, wait=True)
            Worker(model, wire, beat, muse).serve()
        except (EOFError, WireError):
            wire.close()


def _muse() -> Muse | None:
    from models.insight import Musing
    from models.latent import PhraseError, PhraseSpace

    with suppress(PhraseError):
        return Musing(PhraseSpace.load())
    return None


def _plays_in_real_time(run_dir: Path) -> bool:
    """Whether the evening is to have real-time priority, where the system grants it."""
    with suppress(OSError, ValueError, AttributeError):
        return bool(json.loads((run_dir / "stage.json").read_text()).get("realtime"))
    return False


if __name__ == "__main__":
    main()
