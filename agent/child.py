"""One process that may die alone, as the supervisor holds it."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from contextlib import suppress
from pathlib import Path
from time import monotonic

from agent.parent import PARENT

MOST_RESTARTS, RESTART_WINDOW_SECONDS = 5, 60.0
GOODBYE_SECONDS = 4.0
LARGEST_LOG_BYTES = 1_000_000
"""What a child says beyond this pushes out what it said before."""


Process = subprocess.Popen[bytes]


class Child:
    """Starts one command again and again; its parting words go to a file."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._command, self._environment, self._log = command, environment, log
        self._starts: deque[float] = deque(maxlen=MOST_RESTARTS + 1)
        self.process: Process | None = None
        self.started_at = 0.0
        self._touched, self._touched_at = 0, 0.0

    def start(self) -> None:
        """Start it; its parting words go to a file in the run directory."""
        self.trim_log()
        self.process = self._spawn()
        self.started_at = monotonic()
        self._starts.append(self.started_at)

    def _spawn(self, stdin: int = subprocess.DEVNULL) -> Process:
        environment = {**self._environment, PARENT: str(os.getpid())}
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, env=environment, stdin=stdin, stdout=log, stderr=log)

    def dead(self) -> bool:
        """Whether it has ended, however."""
        return self.process is not None and self.process.poll() is not None

    def spent(self) -> bool:
        """Whether it has been started too often of late to be started again."""
        return len(self._starts) > MOST_RESTARTS and monotonic() - self._starts[0] < RESTART_WINDOW_SECONDS

    def stuck(self, beat: Path, after_seconds: float, begins_seconds: float = 0.0) -> bool:
        """Whether it has not touched its heartbeat for so long, once it has had time to begin."""
        # Only whether it has been touched is looked at, never when: the wall clock may jump.
        touched = _last_touched(beat)
        if touched != self._touched:
            self._touched, self._touched_at = touched, monotonic()
        return monotonic() - max(self._touched_at, self.started_at + begins_seconds) > after_seconds

    def forgive(self) -> None:
        """Count its restarts anew."""
        self._starts.clear()

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None and not self.dead():
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self.process is None or self.dead():
            return
        self.process.terminate()
        try:
            self.process.wait(GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def last_words(self) -> str:
        """The last line it wrote."""
        with suppress(OSError):
            lines = self._log.read_text(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def trim_log(self) -> None:
        """Keep its log below the cap. It writes at the end, wherever that is, so that nothing of the file is in its way."""
        with suppress(OSError):
            size = self._log.stat().st_size
            if size > LARGEST_LOG_BYTES:
                with self._log.open("r+b") as log:
                    log.seek(-LARGEST_LOG_BYTES // 2, os.SEEK_END)
                    kept = log.read()
                    log.seek(0)
                    log.write(kept)
                    log.truncate()


class Understudied(Child):
    """A child that waits for a line before it begins, with another one in the wings that has got so far already."""

    waiting: Process | None = None

    def start(self) -> None:
        """Send on whoever waits; without anybody, somebody new."""
        self.trim_log()
        ready, self.waiting = self.waiting, None
        self.process = ready if ready is not None and ready.poll() is None else self._spawn(subprocess.PIPE)
        assert self.process.stdin is not None
        with suppress(OSError):  # it may die this very moment, which is seen soon enough
            self.process.stdin.write(b"go\n")
            self.process.stdin.close()
        self.started_at = monotonic()
        self._starts.append(self.started_at)

    def call_understudy(self) -> bool:
        """See that somebody waits; True when they have just been called."""
        if self.waiting is not None and self.waiting.poll() is None:
            return False
        self.waiting = self._spawn(subprocess.PIPE)
        return True

    def dismiss(self) -> None:
        """Nobody is needed any more."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None and waiting.stdin is not None:
            with suppress(OSError):
                waiting.stdin.close()
            try:
                waiting.wait(GOODBYE_SECONDS)
            except subprocess.TimeoutExpired:
                waiting.kill()
                waiting.wait()


def _last_touched(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
