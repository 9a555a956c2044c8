"""`antiphon report`: a recorded session on one page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.evening import NotHere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config import Config
    from agent.recorder import Pass
    from models.tempo import TempoMap


@dataclass(frozen=True)
class Report:
    """Show a recorded session on one page: what was played and planned, chords, tempo, turns, and how you played."""

    log: Annotated[Path, typer.Argument(help="a session's log")]
    html: Annotated[Path | None, typer.Option(help="the page; beside the log if not given")] = None

    def run(self) -> None:
        """Write it."""
        from pydantic import ValidationError

        from agent.config import Config
        from agent.recorder import LogError, read_header, read_passes

        header = read_header(self.log)
        try:
            config = Config.model_validate(header.get("config", {}))
        except ValidationError as error:
            raise LogError(f"{self.log}: its rig is not valid any more ({error.error_count()} keys)") from None
        path = self.html or self.log.with_suffix(".html")
        write_page(path, config, list(read_passes(self.log)), None)
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
