"""The panel's end of the string to the performer: calls it again and again, and hands what it says to the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Event, Thread
from typing import Any

from agent.link import Wire, connect
from agent.wire import WireError

CALL_AGAIN_SECONDS = 0.1
MOST_UNHEARD = 4
"""Messages that may lie between the string and the event loop. Who has stood still for a while, as on a busy computer, finds
hundreds on the string: read all at once they would take up megabytes that are never given back."""


class Line:
    """Says `here`, `away`, `cues` and `picture` to `hear`, on the event loop; `send` asks the performer for something."""

    def __init__(self, path: Path, hear: Callable[[str, Any], None]) -> None:
        self._path, self._hear = path, hear
        self._wire: Wire | None = None
        self._closed = Event()
        self._places = BoundedSemaphore(MOST_UNHEARD)

    def open(self) -> None:
        """Begin to call the performer, in a thread. Call on the event loop."""
        loop = asyncio.get_running_loop()
        Thread(target=self._keep_calling, args=(loop,), name="panel-line", daemon=True).start()

    def send(self, kind: str, body: object) -> bool:
        """Pass a request on; False while the performer is away."""
        wire = self._wire
        return wire is not None and wire.send(kind, body)

    def close(self) -> None:
        """Hang up for good."""
        self._closed.set()
        if self._wire is not None:
            self._wire.close()

    def _keep_calling(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the event loop is closed: so are we
            while not self._closed.is_set():
                try:
                    self._wire = connect(self._path)
                except (OSError, ValueError):
                    self._closed.wait(CALL_AGAIN_SECONDS)
                    continue
                self._hand_on(loop, "here", None)
                with suppress(EOFError, WireError):
                    self._listen(loop, self._wire)
                self._wire.close()
                self._wire = None
                self._hand_on(loop, "away", None)

    def _listen(self, loop: asyncio.AbstractEventLoop, wire: Wire) -> None:
        while (message := wire.receive()) is not None:
            self._hand_on(loop, *message)

    def _hand_on(self, loop: asyncio.AbstractEventLoop, kind: str, body: Any) -> None:
        """Wait for a place, then pass it to the event loop."""
        while not self._places.acquire(timeout=CALL_AGAIN_SECONDS):
            if self._closed.is_set():
                return
        loop.call_soon_threadsafe(self._take, kind, body)

    def _take(self, kind: str, body: Any) -> None:
        self._places.release()
        self._hear(kind, body)
