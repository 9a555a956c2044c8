"""`antiphon demo`: the whole thing with nothing plugged in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from agent.commands.evening import NotHere, export_all, perform, recorded, summary


@dataclass(frozen=True)
class Demo:
    """Hear it play with nothing plugged in: a guest plays a tune, the agent accompanies, then they trade phrases."""

    seconds: Annotated[float, typer.Option(min=5.0, help="how long")] = 60.0
    headless: Annotated[bool, typer.Option("--headless", help="plain lines instead of the live picture")] = False
    out: Annotated[
        Path | None, typer.Option(help="keep demo.mid, demo.wav, cues.jsonl, report.json and the log in this folder")
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="same seed, same draws")] = 1
    mode: Annotated[str | None, typer.Option(help="stay in one mode, such as accompany, shadow or auto")] = None
    tune: Annotated[str, typer.Option(help="ode_to_joy or all_through_the_night")] = "ode_to_joy"
    model: Annotated[str | None, typer.Option(help="a shipped model, a .safetensors file, or markov")] = None
    osc: Annotated[list[str] | None, typer.Option(help="send cues to HOST:PORT as well; may be repeated")] = None

    panel: Annotated[bool, typer.Option("--panel/--no-panel", help="the web page")] = True

    def run(self) -> None:
        """Play the demo."""
        with TemporaryDirectory(prefix="antiphon-") as folder:
            run_dir = Path(folder)
            kept = self._folder(run_dir)
            first = FirstNote()
            plan, title = self._plan(kept)
            perform(plan, run_dir, title, self.headless, first.look)
            log = kept / "session.jsonl"
            if not log.exists():  # somebody changed their mind before the first note
                return
            evening = recorded(log)
            typer.echo(summary(evening))
            if first.after_seconds is not None:
                typer.echo(f"first note of Antiphon's {first.after_seconds:.1f} s after the command was given")
            if self.out is not None:
                written = export_all(evening, kept, "demo", first_agent_note_after_start_s=first.after_seconds)
                typer.echo(f"kept in {kept}: {', '.join(path.name for path in [*written, kept / 'cues.jsonl', log])}")

    def _folder(self, run_dir: Path) -> Path:
        if self.out is None:
            return run_dir
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            for name in ("session.jsonl", "cues.jsonl"):  # both are appended to
                (self.out / name).unlink(missing_ok=True)
        except OSError as error:
            raise NotHere(f"--out {self.out}: cannot be written to ({error.strerror})") from None
        return self.out.resolve()

    def _plan(self, kept: Path) -> tuple[Any, str]:
        from agent.config import Config, change
        from agent.rig import KEYBOARD, SPEAKER, StagePlan
        from agent.tunes import load_tune

        tune = load_tune(self.tune)
        config = change(
            Config(),
            agent={"mode": self.mode or "accompany", "seed": self.seed, "model": self.model},
            midi={"api": "memory", "inputs": (KEYBOARD,), "output": SPEAKER, "thru": True},
            clock={"bpm": tune.bpm, "beats_per_bar": tune.beats_per_bar},
            osc={"listen": 0, "targets": tuple(self.osc or ())},
            panel={"port": None if self.panel else 0},
        )
        plan = StagePlan(
            config=config,
            tune=tune.name,
            tune_mode=self.mode,
            seconds=self.seconds,
            log=str(kept / "session.jsonl"),
            cue_log=str(kept / "cues.jsonl") if self.out is not None else None,
        )
        return plan, f"Antiphon · {tune.title}"


class FirstNote:
    """Watches for the agent's first note and how long after the command it came."""

    def __init__(self) -> None:
        self.after_seconds: float | None = None

    def look(self, snapshot: dict[str, Any]) -> None:
        """See whether it sounds."""
        if self.after_seconds is None and any(snapshot["held"]["agent"].values()):
            import psutil

            self.after_seconds = round(time.time() - psutil.Process().create_time(), 2)
