"""What `demo` and `jam` share: the rig from options, the screen, the supervisor, and how an evening ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from agent.config import Agent, Config
    from agent.export import Evening
    from agent.rig import StagePlan
    from agent.view import Screen


class NotHere(ValueError):
    """What was asked for cannot be done, said in one sentence."""


def load_rig(path: Path | None) -> Config:
    """The rig of a file, or the defaults. Raises ConfigError."""
    from agent.config import Config, load

    return load(path) if path is not None else Config()


def check_mind(agent: Agent) -> None:
    """See that a rig's model can be played, on its device and in its style. Raises as check_model does."""
    from models.load import check_style

    if agent.style_file:
        check_style(agent.model, agent.style_file)
    check_model(agent.mind, agent.model_device)


def check_model(name: str, device: str = "auto") -> None:
    """See that a model can be played before anybody takes the stage. Raises UnknownModel, CheckpointError or NoSuchDevice."""
    from models.checkpoint import load
    from models.engine import check_device
    from models.load import weights_of

    check_device(device)
    path = weights_of(name)
    if path is not None:
        load(path)


def screen(title: str, headless: bool) -> Screen:
    """The live picture where there is a terminal to draw on, else a plain line now and then."""
    from agent.view import StatusLines, TerminalView

    if headless or not sys.stdout.isatty():
        return StatusLines(typer.echo)
    return TerminalView(title)


def perform(plan: StagePlan, run_dir: Path, title: str, headless: bool, look: Callable[[dict[str, Any]], None]) -> None:
    """Play until the plan is over or somebody presses Ctrl-C. Raises GaveUp."""
    from agent.commands.door import Door, has_screen
    from agent.gallery.keeper import Keeper
    from agent.gallery.logbook import Logbook
    from agent.neighbours import beside_others
    from agent.signals import stop_on_signals
    from agent.supervisor import Supervisor

    check_mind(plan.config.agent)
    config, where = beside_others(plan.config)
    plan = replace(plan, config=config)
    if where:
        typer.echo(where)
    run_dir.mkdir(parents=True, exist_ok=True)
    stopped = stop_on_signals()
    keeper = Keeper(None, run_dir, Logbook(None), plan.config)
    with screen(title, headless) as shown:
        door = Door(run_dir, shown.say, browse=has_screen() and not headless)

        def on_snapshot(snapshot: dict[str, Any]) -> None:
            look(snapshot)
            door.look()
            shown.show(snapshot)
            keeper.see(snapshot)

        keeper.watch(Supervisor(plan, run_dir, on_snapshot), stopped)


def recorded(log: Path) -> Evening:
    """An evening from its log. Raises LogError."""
    from pydantic import ValidationError

    from agent.config import Config
    from agent.export import look_back
    from agent.recorder import LogError, read_header, read_passes

    header = read_header(log)
    try:
        return look_back(Config.model_validate(header.get("config", {})), read_passes(log))
    except ValidationError as error:
        raise LogError(f"{log}: its rig is not valid any more ({error.error_count()} keys)") from None


def export_all(evening: Evening, folder: Path, stem: str, **more: Any) -> list[Path]:
    """Write the score, the sound and the report of an evening; returns what was written."""
    from agent.export import write_report, write_score, write_sound

    folder.mkdir(parents=True, exist_ok=True)
    score, sound, report = folder / f"{stem}.mid", folder / f"{stem}.wav", folder / "report.json"
    write_score(evening, score)
    write_sound(evening, sound)
    write_report(evening, report, **more)
    return [score, sound, report]


def export_parts(evening: Evening, log: Path, folder: Path) -> list[Path]:
    """Write a MIDI file for each voice that played, and every cue with its time; returns what was written."""
    from agent.export import write_score
    from agent.recorder import read_passes
    from agent.replay import cues_again
    from agent.show.cue_log import cue_line

    written: list[Path] = []
    for name, notes in evening.tracks().items():
        if notes:
            written.append(folder / f"{log.stem}-{name.replace(':', '-')}.mid")
            write_score(evening, written[-1], (name,))
    written.append(folder / f"{log.stem}.cues.jsonl")
    with written[-1].open("w", encoding="utf-8") as file:
        for now, messages in cues_again(evening.config, read_passes(log)):
            file.writelines(cue_line(now, evening.config.osc.prefix, message) for message in messages)
    return written


def summary(evening: Evening) -> str:
    """An evening in one line."""
    report = evening.report()
    notes, late = report["notes"], report["late_ms"]
    return (
        f"{report['seconds']:.1f} s: {notes['human']} notes of yours, {notes['agent']} of Antiphon's; "
        f"late p50 {late['p50']:.2f} ms, p99 {late['p99']:.2f} ms, worst {late['max']:.2f} ms"
    )
