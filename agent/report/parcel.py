"""The last hour in one file, for whoever is asked for help: what was recorded and kept, logs, the rig, and how all are.

Nothing that opens a door goes in: no PIN, no key, no address of a webhook.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path
from tempfile import gettempdir
from zipfile import ZIP_DEFLATED, ZipFile

from agent import __version__
from agent.config import Config, change
from agent.config_text import as_toml

RECORDED = ("*.jsonl", "kept/*.mid", "antiphon.log*")
TOLD = ("*.log", "health.json", "restarts.json", "pids.json", "ready.json")
"""Of a run directory. All the rest of it stays where it is."""
ROOMS = ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR")
SYSTEM_ROOMS = ("/run/antiphon", "/run", "/dev/shm")  # looked into, never written to  # nosec B108


def run_dir_now(rooms: tuple[Path, ...] | None = None) -> Path | None:
    """Where the evening that was begun last has its run directory; None where there is none."""
    if rooms is None:
        rooms = (
            *(Path(os.environ[name]) for name in ROOMS if name in os.environ),
            *map(Path, SYSTEM_ROOMS),
            Path(gettempdir()),
        )
    begun = list[tuple[float, Path]]()
    for pids in (path for room in rooms for path in room.glob("antiphon-*/pids.json")):
        with suppress(OSError):
            begun.append((pids.stat().st_mtime, pids.parent))
    return max(begun)[1] if begun else None


def pack(target: Path, config: Config, recordings: Path, run_dir: Path | None, since: float) -> list[str]:
    """Zip what has been written since an instant of the wall clock; gives the names within. Raises OSError."""
    files = [(f"recordings/{path.relative_to(recordings)}", path) for path in _written(recordings, RECORDED, since)]
    if run_dir is not None:
        files += [(f"run/{path.name}", path) for path in _written(run_dir, TOLD, float("-inf"))]
    harmless = change(config, panel={"pin": ""}, gallery={"webhook": ""})
    with ZipFile(target, "w", ZIP_DEFLATED) as parcel:
        parcel.writestr("rig.toml", as_toml(harmless))
        parcel.writestr("about.json", json.dumps(_about(), indent=1))
        for name, path in files:
            with suppress(FileNotFoundError):  # thinned out meanwhile
                parcel.write(path, name)
        return parcel.namelist()


def _written(folder: Path, patterns: tuple[str, ...], since: float) -> Iterator[Path]:
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        with suppress(OSError):
            if path.is_file() and path.stat().st_mtime >= since:
                yield path


def _about() -> dict[str, object]:
    packages = {found.name: found.version for found in distributions()}
    return {"antiphon": __version__, "python": platform.python_version(), "system": platform.platform(), "packages": packages}
