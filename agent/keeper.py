"""Writes down what was asked to be kept, on a thread of its own, so that no note waits for a disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from agent.play.keeping import Kept
from models.music import Metre
from models.tempo import TempoMap


class Keeper:
    """Keeps bars in a folder, one MIDI file each, named after the time of day."""

    def __init__(self, folder: Path, complain: Callable[[str], None]) -> None:
        self._folder, self._complain = folder, complain
        self._count = 0

    def keep(self, tracks: Kept, bpm: float, metre: Metre) -> str:
        """Have it written, and say where. Runs on the loop; returns at once."""
        self._count += 1
        path = self._folder / f"{time.strftime('%Y-%m-%d_%H%M%S')}_{self._count:02d}.mid"
        Thread(target=self._write, args=(path, tracks, bpm, metre), name="keeper", daemon=True).start()
        return str(path)

    def _write(self, path: Path, tracks: Kept, bpm: float, metre: Metre) -> None:
        from models.midi_file import write_midi

        part = path.with_suffix(".part")  # whoever finds the file finds all of it
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_midi(part, tracks, TempoMap(bpm), Metre(metre.beats_per_bar))
            part.replace(path)
        except OSError as error:
            self._complain(f"{path} cannot be written ({error.strerror})")
