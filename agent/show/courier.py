"""Does what can wait on a thread of its own: packing cues, sending pictures. Notes never stand behind it in a queue."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

Errand = Callable[[], object]


class Courier:
    """Runs errands one after another, in the order in which they were given."""

    def __init__(self) -> None:
        self._errands: SimpleQueue[Errand | None] = SimpleQueue()
        self._thread = Thread(target=self._run_all, name="courier", daemon=True)

    def open(self) -> None:
        """Be ready."""
        self._thread.start()

    def send(self, errand: Errand) -> None:
        """Take an errand; it must neither raise nor look at the session. Runs on the loop; returns at once."""
        self._errands.put(errand)

    def close(self) -> None:
        """Finish what was given."""
        self._errands.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def _run_all(self) -> None:
        while (errand := self._errands.get()) is not None:
            errand()
