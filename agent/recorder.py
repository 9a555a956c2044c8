"""Everything that happens, written down line by line as JSON, so that a session can be looked at, exported and replayed.

A line is complete or worthless: a power cut costs at most the last second. The loop only puts passes on a queue; a thread of
its own writes them. When the disk is full, passes wait in memory up to a limit, and what must be given up is counted.
An evening that grows too long for one file goes on in the next, and the oldest files go when there are too many.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from agent.items import Item
from agent.play.hands import Sent
from agent.wire import WireError, alive, plain

LOG_VERSION = 1
MOST_WAITING_LINES = 20_000
SYNC_SECONDS = 1.0
LARGEST_FILE_BYTES = 64 * 1024 * 1024


class LogError(ValueError):
    """A log that cannot be read, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One turn of the loop: when, what happened, what was sent (port, event, voice)."""

    now: float
    item: Item | None
    sent: tuple[Sent, ...]


def line_of(now: float, item: Item | None, sent: Iterable[Sent]) -> bytes:
    """One pass as a line."""
    out = [[s.port, plain(s.event), s.voice, *([s.wait_seconds] if s.wait_seconds else [])] for s in sent]
    body = {"t": now, "in": plain(item), "out": out}
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


class LogRecorder:
    """Writes passes to a file from a thread of its own."""

    def __init__(
        self, path: Path, header: dict[str, Any], complain: Callable[[str], None], keep_bytes: float = float("inf")
    ) -> None:
        """`keep_bytes`: how much the recordings beside this one may take up with it; the oldest are deleted."""
        self.path = path
        self.largest_file_bytes = LARGEST_FILE_BYTES
        self.lost_lines = 0
        self._header = {"log": LOG_VERSION, **header}
        self._complain = complain
        self._queue: SimpleQueue[tuple[float, Item | None, tuple[Sent, ...]] | None] = SimpleQueue()
        self._waiting: deque[bytes] = deque()
        self._thread = Thread(target=self._write_all, name="recorder", daemon=True)
        self._file = -1
        self._torn = False
        self._failing = False
        self._keep_bytes = keep_bytes
        self._files = 1

    def open(self) -> None:
        """Begin the file. Raises OSError when the folder cannot be written to."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._begin_file(self.path, self._header)
        self._thread.start()

    def note(self, now: float, item: Item | None, sent: Iterable[Sent]) -> None:
        """Runs on the loop; returns at once."""
        self._queue.put((now, item, tuple(sent)))

    def close(self) -> None:
        """Write what is left and close."""
        self._queue.put(None)
        self._thread.join(timeout=5.0)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write_all(self) -> None:
        synced = monotonic()
        going = True
        while going:
            going = self._collect()
            self._turn_page()
            self._flush()
            if monotonic() - synced >= SYNC_SECONDS or not going:
                synced = monotonic()
                self._sync()

    def _collect(self) -> bool:
        try:
            entry = self._queue.get(timeout=SYNC_SECONDS)
            while True:
                if entry is None:
                    return False
                self._waiting.append(line_of(*entry))
                if len(self._waiting) > MOST_WAITING_LINES:
                    self._waiting.popleft()
                    self.lost_lines += 1
                entry = self._queue.get_nowait()
        except Empty:
            return True

    def _flush(self) -> None:
        while self._waiting:
            line = b"\n" + self._waiting[0] if self._torn else self._waiting[0]
            try:
                written = os.write(self._file, line)
            except OSError as error:
                if not self._failing:
                    self._failing = True
                    self._complain(
                        f"the recording cannot be written ({error.strerror}); it waits in memory: make room on the disk"
                    )
                return
            # A line that was cut short is left as it is and said again whole on the next line.
            self._torn = written != len(line)
            if not self._torn:
                self._waiting.popleft()
                self._failing = False

    def _begin_file(self, path: Path, header: dict[str, Any]) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._torn = file, False
        self._waiting.appendleft(json.dumps(header).encode() + b"\n")
        thin_out(path, self._keep_bytes)

    def _turn_page(self) -> None:
        """Go on in another file when this one is full; where none can be had, go on in this one."""
        with suppress(OSError):  # the disk may be full, which is what `_flush` tells
            if os.fstat(self._file).st_size >= self.largest_file_bytes:
                self._files += 1
                path = self.path.with_name(f"{self.path.stem}.{self._files}{self.path.suffix}")
                self._begin_file(path, {**self._header, "continues": self.path.name})

    def _sync(self) -> None:
        try:
            os.fsync(self._file)
        except OSError:
            self._failing = True


def thin_out(newest: Path, keep_bytes: float) -> None:
    """Delete the oldest recordings beside the newest one until all of them fit; that one always stays."""
    with suppress(OSError):
        sizes = {path: path.stat() for path in newest.parent.glob(f"*{newest.suffix}") if path != newest}
        excess = sum(stat.st_size for stat in sizes.values()) + LARGEST_FILE_BYTES - keep_bytes
        for path in sorted(sizes, key=lambda path: sizes[path].st_mtime):
            if excess <= 0:
                return
            excess -= sizes[path].st_size
            path.unlink(missing_ok=True)


class Tape:
    """A recorder that keeps the passes in memory, for rehearsals and tests."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []

    def note(self, now: float, item: Item | None, sent: Iterable[Sent]) -> None:
        """Keep one pass."""
        self.passes.append(Pass(now, item, tuple(sent)))


def read_header(path: Path) -> dict[str, Any]:
    """What session this was. Raises LogError when the file is not a log of ours."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline(1_000_000))
    except (OSError, ValueError) as error:
        raise LogError(f"{path}: not an Antiphon log ({error})") from None
    if not isinstance(header, dict) or header.get("log") != LOG_VERSION:
        raise LogError(f"{path}: not an Antiphon log of version {LOG_VERSION}")
    return header


def read_passes(path: Path) -> Iterator[Pass]:
    """The passes of a log in order. A line torn by a power cut is passed over."""
    with path.open("rb") as file:
        file.readline(1_000_000)
        for line in file:
            try:
                body = json.loads(line)
                sent = tuple(Sent(port, alive(event), *rest) for port, event, *rest in body["out"])
                yield Pass(float(body["t"]), alive(body["in"]), sent)
            except (ValueError, KeyError, TypeError, WireError):
                continue
