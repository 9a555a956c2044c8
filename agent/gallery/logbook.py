"""What happened while nobody looked: one JSON object a line, in files that take turns and never grow beyond their cap."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from logging import Logger, LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

LARGEST_BYTES, MOST_FILES = 2_000_000, 5
NAME = "antiphon.log"


class Logbook:
    """Writes to `antiphon.log` in a folder. Where that cannot be written to, nothing is kept and nothing fails."""

    def __init__(self, folder: Path | None) -> None:
        self._logger = Logger("antiphon.gallery")
        if folder is not None:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                handler = _Quiet(folder / NAME, maxBytes=LARGEST_BYTES, backupCount=MOST_FILES - 1, encoding="utf-8")
                self._logger.addHandler(handler)

    def write(self, what: str, **more: Any) -> None:
        """One line: when, what, and what belongs to it."""
        line = {"at": datetime.now().astimezone().isoformat(timespec="milliseconds"), "what": what, **more}
        self._logger.info("%s", json.dumps(line, ensure_ascii=False))

    def close(self) -> None:
        """Let go of the file."""
        for handler in tuple(self._logger.handlers):
            self._logger.removeHandler(handler)
            handler.close()


class _Quiet(RotatingFileHandler):
    """A full disk costs lines of the log, never the music."""

    def handleError(self, record: LogRecord) -> None:
        """Nobody could be told."""
