"""`antiphon ports`, `monitor` and `config`: what is plugged in, what comes in, and the file that says what is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.evening import NotHere, load_rig

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.items import Item
    from agent.ports.patchbay import Plug

LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Ports:
    """List every MIDI port, by the names that --in and --out take, and every microphone that `[voice]` can hear."""

    def run(self) -> None:
        """List them."""
        from agent.ports.survey import survey

        found = survey("Antiphon ports", perf_counter)
        for system in (one for one in found if one.kind == "midi" and one.usable):
            typer.echo(f"{system.system}:")
            for way, names in (("in ", system.inputs), ("out", system.outputs)):
                for name in names:
                    typer.echo(f"  {way}  {name}")
            if not system.inputs and not system.outputs:
                typer.echo("  nothing is plugged in; antiphon jam opens ports of its own to play into")
        for name in (name for one in found if one.kind == "sound" for name in one.inputs):
            typer.echo(f"microphone:  {name}")
        problems = [one.problem for one in found if one.kind == "midi" and not one.usable]
        if len(problems) == sum(one.kind == "midi" for one in found):
            raise NotHere(f"no MIDI here: {'; '.join(problems)}")


@dataclass(frozen=True)
class Monitor:
    """Print what comes in by MIDI and OSC, with the time since the message before. Ctrl-C ends it."""

    inputs: Annotated[list[str] | None, typer.Option("--in", help="ports to listen to by name; all if not given")] = None
    osc: Annotated[int, typer.Option(min=0, max=65535, help="UDP port for cues; 0 is off")] = 9010
    lan: Annotated[bool, typer.Option("--lan", help="hear cues from the whole network")] = False
    prefix: Annotated[str, typer.Option(help="what cue addresses begin with")] = "/antiphon"
    seconds: Annotated[float | None, typer.Option(min=0.1, help="stop after so long")] = None
    api: Annotated[str, typer.Option(help="auto, alsa, jack, coremidi or winmm")] = "auto"

    def run(self) -> None:
        """Listen until told to stop."""
        from agent.ports.backend import NoMidiSystem
        from agent.ports.osc_in import OscIn
        from agent.ports.patchbay import Patchbay
        from agent.ports.systems import open_backend
        from agent.signals import stop_on_signals

        began = perf_counter()

        def now() -> float:
            return perf_counter() - began

        stopped = stop_on_signals()
        post = _printer()
        patchbay = ear = None
        try:
            backend = open_backend(self.api, "Antiphon monitor", now)
            patchbay = Patchbay(backend, _plugs(self.inputs or ["*"], backend.inputs()), [], now, post)
            patchbay.open()
        except NoMidiSystem as reason:
            if not self.osc:
                raise
            typer.echo(f"{reason}; listening to OSC alone")
        try:
            if self.osc:
                ear = OscIn(self.osc, self.prefix, now, post, self.lan)
                ear.open()
            while not stopped and (self.seconds is None or now() < self.seconds):
                sleep(LOOK_SECONDS)
        finally:
            for opened in (patchbay, ear):
                if opened is not None:
                    opened.close()


def _plugs(patterns: list[str], present: list[str]) -> list[Plug]:
    """Each instrument that is there under its own name; a pattern that fits none of them waits for one to come."""
    from agent.ports.names import check_pattern, matching, plain_name
    from agent.ports.patchbay import Plug

    plugs: dict[str, Plug] = {}
    for pattern in patterns:
        try:
            check_pattern(pattern)
        except ValueError as error:
            raise NotHere(str(error)) from None
        names = matching(pattern, present)
        for name in names:
            plugs[name] = Plug(name, f"/^{re.escape(plain_name(name))}$/")
        if not names:
            plugs[pattern] = Plug(pattern, pattern)
    return list(plugs.values())


def _printer() -> Callable[[Item], None]:
    from agent.items import Cue, Heard, PortNews, Trouble

    last = [0.0]

    def post(item: Item) -> None:
        since_ms = max(item.seconds - last[0], 0.0) * 1000.0
        last[0] = item.seconds
        match item:
            case Heard(_, port, event):
                told = f"{port}  {event}"
            case Cue(_, address, args, source):
                told = f"osc {source}  {address} {' '.join(map(str, args))}"
            case PortNews(_, port, _, present):
                told = f"{port}  {'plugged in' if present else 'not there'}"
            case Trouble(_, sentence):
                told = f"! {sentence}"
            case _:
                return
        typer.echo(f"{item.seconds:10.4f} s  +{since_ms:9.2f} ms  {told}")

    return post


@dataclass(frozen=True)
class ConfigInit:
    """Write a commented rig with every key at its default."""

    path: Annotated[Path, typer.Argument(help="where to")] = Path("rig.toml")
    force: Annotated[bool, typer.Option("--force", help="replace a file that is there")] = False

    def run(self) -> None:
        """Write it."""
        from agent.config_text import as_toml

        try:
            with self.path.open("w" if self.force else "x", encoding="utf-8") as file:
                file.write(as_toml())
        except FileExistsError:
            raise NotHere(f"{self.path} is there already; --force replaces it") from None
        except OSError as error:
            raise NotHere(f"{self.path}: cannot be written ({error.strerror})") from None
        typer.echo(f"wrote {self.path}; play with it: antiphon jam --config {self.path}")


@dataclass(frozen=True)
class ConfigCheck:
    """Say whether a rig can be played, and if not, in which line and what is allowed."""

    path: Annotated[Path, typer.Argument(help="the rig")] = Path("rig.toml")

    def run(self) -> None:
        """Check it."""
        rig = load_rig(self.path)
        typer.echo(f"{self.path}: fine; {rig.agent.name} plays {', '.join(rig.agent.parts)} in mode {rig.agent.mode}")


@dataclass(frozen=True)
class ConfigSurface:
    """Write a control surface for Open Stage Control: every knob, button and meter of the cue table."""

    path: Annotated[Path, typer.Argument(help="where to")] = Path("antiphon-surface.json")
    config: Annotated[Path | None, typer.Option(help="the rig, for its prefix and ports")] = None

    def run(self) -> None:
        """Write it."""
        from agent.show.surface import open_stage_control

        osc = load_rig(self.config).osc
        try:
            self.path.write_text(open_stage_control(osc.prefix), encoding="utf-8")
        except OSError as error:
            raise NotHere(f"{self.path}: cannot be written ({error.strerror})") from None
        typer.echo(f"wrote {self.path}; open-stage-control --load {self.path} --send 127.0.0.1:{osc.listen} --osc-port 9001")
