"""`antiphon jam`: the live performer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.evening import NotHere, load_rig, perform

if TYPE_CHECKING:
    from agent.config import Config


@dataclass(frozen=True)
class Jam:
    """Play with it: listens to your keyboard, answers on another port, sends cues to your visuals. Ctrl-C ends it."""

    config: Annotated[Path | None, typer.Option(help="a rig (antiphon config init writes one)")] = None
    inputs: Annotated[list[str] | None, typer.Option("--in", help="listen to ports whose name matches; may be repeated")] = None
    output: Annotated[str | None, typer.Option("--out", help="play to the port whose name matches")] = None
    mode: Annotated[str | None, typer.Option(help="how it plays, such as accompany, shadow or auto")] = None
    model: Annotated[str | None, typer.Option(help="a shipped model, a .safetensors file, or markov")] = None
    style: Annotated[Path | None, typer.Option(help="your own style, as antiphon learn has written it")] = None
    chart: Annotated[
        str | None, typer.Option(help="chords, such as '| Dm7 | G7 | C^7 | % |', a section between semicolons")
    ] = None
    osc: Annotated[list[str] | None, typer.Option(help="send cues to HOST:PORT; may be repeated")] = None
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", help="speak to a program: resolume, qlab@10.0.0.5:53000, my.toml; repeatable"),
    ] = None
    run_dir: Annotated[
        Path | None, typer.Option(help="where pids and logs of the processes lie; a temporary folder if not given")
    ] = None
    headless: Annotated[bool, typer.Option("--headless", help="plain lines instead of the live picture")] = False

    voice: Annotated[bool, typer.Option("--voice", help="listen to a voice or an instrument at the microphone, too")] = False
    panel: Annotated[bool, typer.Option("--panel/--no-panel", help="the web page, as the rig's [panel] has it")] = True

    def run(self) -> None:
        """Play until told to stop."""
        from agent.learnt import Keeper
        from agent.rig import StagePlan

        config = self._rig()
        log = self._log(config)
        plan = StagePlan(config=config, log=str(log) if log is not None else None)
        keeper = Keeper(self.config, config.midi.controls)
        with TemporaryDirectory(prefix="antiphon-") as folder:
            perform(plan, self.run_dir or Path(folder), f"{config.agent.name} · jam", self.headless, keeper.look)
        if keeper.trouble:
            typer.echo(keeper.trouble, err=True)
        if log is not None and log.exists():
            typer.echo(f"recorded in {log}")

    def _rig(self) -> Config:
        from agent.config import ConfigError, change
        from agent.ports.names import check_pattern
        from agent.ports.sound_rules import check_soundfont
        from agent.ports.voice_rules import check_tracker
        from agent.scenes import read_scenes
        from agent.show.mapping import load_map

        rig = change(
            load_rig(self.config),
            agent={"mode": self.mode, "model": self.model, "style_file": str(self.style) if self.style else None},
            song={"chart": self.chart},
            midi={"inputs": tuple(self.inputs) if self.inputs else None, "output": self.output},
            osc={"targets": tuple(self.osc) if self.osc else None, "maps": tuple(self.maps) if self.maps else None},
            voice={"enabled": True if self.voice else None},
            panel={"port": None if self.panel else 0},
        )
        read_scenes(rig)  # a slip in one is said now and not in mid evening
        try:
            for pattern in (*rig.midi.inputs, rig.midi.output, *rig.midi.part_outputs.values(), rig.voice.device):
                check_pattern(pattern)
            check_soundfont(rig.sound.soundfont)
            if rig.voice.enabled:
                check_tracker()
            for name in rig.osc.maps:
                load_map(name)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        return rig

    def _log(self, config: Config) -> Path | None:
        if not config.recording.enabled:
            return None
        from platformdirs import user_data_path

        folder = Path(config.recording.folder) if config.recording.folder else user_data_path("antiphon") / "sessions"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotHere(f"recording.folder {folder}: cannot be written to ({error.strerror})") from None
        return folder / time.strftime("%Y-%m-%d_%H%M%S.jsonl")
