"""`antiphon gallery`: months on a wall with nobody to look after it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.evening import NotHere, check_mind, load_rig

if TYPE_CHECKING:
    from agent.config import Config


@dataclass(frozen=True)
class Gallery:
    """Play to whoever comes, for months: alone it plays solo, a visitor it answers, and at closing time it falls silent."""

    config: Annotated[Path | None, typer.Option(help="a rig; when the file changes, it is taken up")] = None
    run_dir: Annotated[
        Path | None, typer.Option(help="where pids and logs of the processes lie; a temporary folder if not given")
    ] = None

    def run(self) -> None:
        """Play until told to stop."""
        config = load_rig(self.config)
        check_mind(config.agent)
        with TemporaryDirectory(prefix="antiphon-", dir=_room_for_run()) as folder:
            run_dir = self.run_dir or Path(folder)
            run_dir.mkdir(parents=True, exist_ok=True)
            self._play(config, run_dir)

    def _play(self, config: Config, run_dir: Path) -> None:
        from agent.gallery.keeper import Keeper
        from agent.gallery.logbook import Logbook
        from agent.rig import StagePlan
        from agent.signals import stop_on_signals
        from agent.supervisor import Supervisor
        from agent.view import StatusLines

        folder = _recordings(config)
        log = folder / time.strftime("%Y-%m-%d_%H%M%S.jsonl") if folder and config.recording.enabled else None
        stopped = stop_on_signals()
        lines = StatusLines(typer.echo, every_seconds=60.0)
        keeper = Keeper(self.config, run_dir, Logbook(folder), config)

        def on_snapshot(snapshot: dict[str, Any]) -> None:
            keeper.see(snapshot)
            lines.show(snapshot)

        def ask_for_reload(number: int, frame: object) -> None:
            keeper.reload_asked = True

        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, ask_for_reload)
        plan = StagePlan(config=config, log=str(log) if log else None, gallery=True)
        keeper.watch(Supervisor(plan, run_dir, on_snapshot), stopped)


def _recordings(config: Config) -> Path | None:
    """Where recordings and the log go; None, and a sentence, where nothing can be written."""
    from platformdirs import user_data_path

    folder = Path(config.recording.folder) if config.recording.folder else user_data_path("antiphon") / "sessions"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        typer.echo(f"nothing is recorded: {folder} cannot be written to ({error.strerror})", err=True)
        return None
    return folder


def _room_for_run() -> str:
    """A folder for what lives only while we run: of memory if there is one, since the disk may be read-only."""
    wanted = (os.environ.get("RUNTIME_DIRECTORY"), os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", None)  # nosec B108
    for place in wanted:
        with suppress(OSError), TemporaryDirectory(prefix="antiphon-", dir=place) as probe:
            return str(Path(probe).parent)
    raise NotHere("nothing can be written anywhere, not even in memory: mount a tmpfs and name it in RUNTIME_DIRECTORY")
