"""The command `antiphon`: its verbs, and one clear sentence when something cannot be done."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agent import __version__
from agent.commands import calibrate, compose, demo, doctor, gallery, install_service, jam, lab, learn, rehearse, report, rig
from agent.commands.verb import add

CANNOT = 2
"""Exit status when what was asked for is not possible."""


class Company(TyperGroup):
    """Turns what players can get wrong into a sentence; what only we can get wrong keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not _is_for_players(error):
                raise
            typer.echo(f"antiphon: {error}", err=True)
            raise typer.Exit(CANNOT) from None


def _is_for_players(error: Exception) -> bool:
    # Loaded only now: most evenings nothing goes wrong.
    from agent.bench.band import BenchFailed
    from agent.commands.evening import NotHere
    from agent.config import ConfigError
    from agent.ports.backend import NoMidiSystem
    from agent.recorder import LogError
    from agent.supervisor import GaveUp
    from agent.tunes import UnknownTune
    from models.checkpoint import CheckpointError
    from models.engine import NoSuchDevice
    from models.latent import PhraseError
    from models.load import UnknownModel
    from models.midi_file import MidiFileError
    from models.takes import TooLittle

    known = (
        NotHere,
        BenchFailed,
        ConfigError,
        NoMidiSystem,
        LogError,
        GaveUp,
        UnknownTune,
        CheckpointError,
        NoSuchDevice,
        PhraseError,
        UnknownModel,
        MidiFileError,
        TooLittle,
    )
    return isinstance(error, known)


app = typer.Typer(
    name="antiphon",
    cls=Company,
    help="An AI musician that plays live with people: MIDI in, MIDI out, cues for visuals and light.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(help="Write or check a rig, the file that says what is plugged where.", no_args_is_help=True)

add(app, "demo", demo.Demo)
add(app, "jam", jam.Jam)
add(app, "gallery", gallery.Gallery)
add(app, "install-service", install_service.InstallService)
add(app, "rehearse", rehearse.Rehearse)
add(app, "compose", compose.Compose)
add(app, "ports", rig.Ports)
add(app, "doctor", doctor.Doctor)
add(app, "monitor", rig.Monitor)
add(app, "calibrate", calibrate.Calibrate)
add(app, "bench", lab.Bench)
add(app, "replay", lab.Replay)
add(app, "export", lab.Export)
add(app, "report", report.Report)
add(app, "train", lab.Train)
add(app, "learn", learn.Learn)
add(app, "evaluate", lab.Evaluate)
app.add_typer(config_app, name="config")
add(config_app, "init", rig.ConfigInit)
add(config_app, "check", rig.ConfigCheck)
add(config_app, "surface", rig.ConfigSurface)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"antiphon {__version__}")
        raise typer.Exit


@app.callback()
def _antiphon(
    version: Annotated[
        bool, typer.Option("--version", help="say which version this is", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Options that stand before the verb."""


def main() -> None:
    """Enter here."""
    app()


if __name__ == "__main__":
    main()
