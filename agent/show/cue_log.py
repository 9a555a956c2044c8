"""Every cue with its time, one JSON object a line, so that a show can be looked at and run again without musicians."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from agent.show.cues import Message

FLUSH_SECONDS = 0.5


def cue_line(now: float, prefix: str, message: Message) -> str:
    """One cue as a line: `{"t": seconds, "address": …, "args": […]}`."""
    address, args = message
    return json.dumps({"t": round(now, 4), "address": prefix + address, "args": list(args)}, ensure_ascii=False) + "\n"


class CueLog:
    """Writes cues to a file from a thread of its own; what a full disk refuses is counted in `lost_lines`, the show goes on."""

    def __init__(self, path: Path, prefix: str = "/antiphon", complain: Callable[[str], None] = lambda sentence: None) -> None:
        self.lost_lines = 0
        self._path, self._prefix, self._complain = path, prefix, complain
        self._queue: SimpleQueue[tuple[float, list[Message]] | None] = SimpleQueue()
        self._thread = Thread(target=self._write_all, name="cue-log", daemon=True)

    def open(self) -> None:
        """Begin the file. Raises OSError when it cannot be written to."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.open("a").close()
        self._thread.start()

    def carry(self, now: float, messages: list[Message]) -> None:
        """Note down what was just said. Runs on the loop; returns at once."""
        if messages:
            self._queue.put((now, messages))

    def close(self) -> None:
        """Write what is left."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def _write_all(self) -> None:
        going = True
        while going:
            lines, going = self._collect()
            if lines and not self._append(lines):
                if not self.lost_lines:
                    self._complain(f"cues are not written down any more: {self._path} takes no more")
                self.lost_lines += len(lines)

    def _collect(self) -> tuple[list[str], bool]:
        lines: list[str] = []
        with suppress(Empty):
            entry = self._queue.get(timeout=FLUSH_SECONDS)
            while True:
                if entry is None:
                    return lines, False
                now, messages = entry
                lines += [cue_line(now, self._prefix, message) for message in messages]
                entry = self._queue.get_nowait()
        return lines, True

    def _append(self, lines: Iterable[str]) -> bool:
        try:
            # Opened anew each time, so that a line is either whole on the disk or not there at all.
            with self._path.open("a", encoding="utf-8") as file:
                file.write("".join(lines))
            return True
        except OSError:
            return False
