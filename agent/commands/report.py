"""`antiphon report`: a recorded session on one page; without a session the last hour in one file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.evening import NotHere, load_rig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config import Config
    from agent.recorder import Pass
    from models.tempo import TempoMap


@dataclass(frozen=True)
class Report:
    """Show a recorded session on one page: what was played and planned, chords, tempo, turns, and how you played.

    Without one it zips the last hour for whoever is asked for help: recordings, takes, logs, rig and state, but no PIN or key.
    """

    log: Annotated[Path | None, typer.Argument(help="a session's log; without one the last hour is zipped")] = None
    html: Annotated[Path | None, typer.Option(help="the page; beside the log if not given")] = None
    config: Annotated[Path | None, typer.Option(help="the rig of the evening that is zipped")] = None
    run_dir: Annotated[Path | None, typer.Option(help="its run directory; the one that was begun last if not given")] = None
    hours: Annotated[float, typer.Option(min=0.0, help="how far back the zip reaches")] = 1.0
    out: Annotated[Path | None, typer.Option(help="the zip; named after the time, in this folder, if not given")] = None

    def run(self) -> None:
        """Write it."""
        if self.log is None:
            self._zip_the_last_hour()
        else:
            self._write_the_page(self.log)

    def _zip_the_last_hour(self) -> None:
        from platformdirs import user_data_path

        from agent.report.parcel import pack, run_dir_now

        config, now = load_rig(self.config), time.time()
        folder = Path(config.recording.folder) if config.recording.folder else user_data_path("antiphon") / "sessions"
        target = self.out or Path(time.strftime("antiphon-%Y-%m-%d_%H%M%S.zip"))
        try:
            names = pack(target, config, folder, self.run_dir or run_dir_now(), now - self.hours * 3600.0)
        except OSError as error:
            raise NotHere(f"{target}: cannot be written ({error.strerror})") from None
        recorded = sum(name.startswith("recordings/") for name in names)
        typer.echo(f"wrote {target}: {len(names)} files, {recorded} of them recorded in {folder}")

    def _write_the_page(self, log: Path) -> None:
        from pydantic import ValidationError

        from agent.config import Config
        from agent.recorder import LogError, read_header, read_passes

        header = read_header(log)
        try:
            config = Config.model_validate(header.get("config", {}))
        except ValidationError as error:
            raise LogError(f"{log}: its rig is not valid any more ({error.error_count()} keys)") from None
        path = self.html or log.with_suffix(".html")
        write_page(path, config, list(read_passes(log)), None)
        typer.echo(f"wrote {path}")


def write_page(path: Path, config: Config, passes: Sequence[Pass], tempo: TempoMap | None) -> None:
    """The page of an evening. `tempo` is the map of a rehearsal that followed its file."""
    from agent.report.page import page
    from agent.report.story import tell

    text = page(tell(config, passes, tempo), f"{config.agent.name} · {path.stem}")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotHere(f"{path}: cannot be written ({error.strerror})") from None
