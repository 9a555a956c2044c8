"""`antiphon rehearse`: a MIDI file is the human, and the evening passes as fast as the machine allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from agent.commands.evening import NotHere, check_mind, load_rig, summary

if TYPE_CHECKING:
    from agent.config import Config
    from agent.export import Evening
    from agent.rehearsal import Options, Rehearsal
    from models.music import Metre

SYNCS = ("file", "estimate", "internal")


@dataclass(frozen=True)
class Rehearse:
    """Let a MIDI file play the human's part, and hear what the agent would have played."""

    midi: Annotated[Path, typer.Argument(help="the human's notes: the track named human, else every note that is no drum")]
    mode: Annotated[str | None, typer.Option(help="how it plays, such as accompany, shadow or auto")] = None
    parts: Annotated[str | None, typer.Option(help="what the agent plays: lead, comp, bass, drums, joined by commas")] = None
    sync: Annotated[str, typer.Option(help="whose beat: file, estimate or internal")] = "file"
    latency: Annotated[str, typer.Option(help="how long the model thinks: zero, measured or milliseconds")] = "zero"
    seed: Annotated[int | None, typer.Option(min=0, help="same seed and zero latency, same bytes")] = None
    model: Annotated[str | None, typer.Option(help="a shipped model, a .safetensors file, or markov")] = None
    style: Annotated[Path | None, typer.Option(help="your own style, as antiphon learn has written it")] = None
    chart: Annotated[
        str | None, typer.Option(help="chords, such as '| Dm7 | G7 | C^7 | % |', a section between semicolons")
    ] = None
    config: Annotated[Path | None, typer.Option(help="a rig")] = None
    out: Annotated[Path | None, typer.Option(help="write both players to this MIDI file")] = None
    cues: Annotated[Path | None, typer.Option(help="write every cue with its time to this file")] = None
    report: Annotated[Path | None, typer.Option(help="write the figures to this file")] = None
    html: Annotated[Path | None, typer.Option(help="write a page with everything that was played and planned")] = None

    def run(self) -> None:
        """Rehearse."""
        from agent.export import look_back
        from agent.rehearsal import load_human, rehearse
        from models.load import load_model

        human, tempo, metre = load_human(self.midi)
        options = self._options(metre)
        if not human:
            raise NotHere(f"{self.midi}: holds no notes to play")
        agent = options.config.agent
        check_mind(agent)
        rehearsal = rehearse(human, tempo, load_model(agent.mind, agent.model_device), options)
        evening = look_back(options.config, rehearsal.passes, rehearsal.tempo if options.sync == "file" else None)
        self._write(rehearsal, evening)
        if self.html is not None:
            from agent.commands.report import write_page

            write_page(self.html, options.config, rehearsal.passes, rehearsal.tempo if options.sync == "file" else None)
        typer.echo(summary(evening))

    def _options(self, metre: Metre) -> Options:
        from agent.config import change
        from agent.rehearsal import Options

        if self.sync not in SYNCS:
            raise NotHere(f"unknown --sync {self.sync!r}; there are: {', '.join(SYNCS)}")
        config = change(
            load_rig(self.config),
            agent={
                "mode": self.mode,
                "seed": self.seed,
                "model": self.model,
                "style_file": str(self.style) if self.style else None,
                "parts": tuple(part.strip() for part in self.parts.split(",")) if self.parts else None,
            },
            song={"chart": self.chart},
            clock={
                "sync": "estimate" if self.sync == "estimate" else "internal",
                "beats_per_bar": min(metre.beats_per_bar, 12) if self.sync == "file" else None,
            },
        )
        return Options(config, cast('Literal["file", "estimate", "internal"]', self.sync), _milliseconds(self.latency))

    def _write(self, rehearsal: Rehearsal, evening: Evening) -> None:
        from agent.export import write_report, write_score

        try:
            if self.out is not None:
                write_score(evening, self.out)
            if self.cues is not None:
                self.cues.write_text("".join(_cue_lines(rehearsal, evening.config)), encoding="utf-8")
            if self.report is not None:
                write_report(evening, self.report, **_answers(rehearsal))
        except OSError as error:
            raise NotHere(f"{error.filename}: cannot be written ({error.strerror})") from None


def _milliseconds(latency: str) -> float | None:
    if latency == "measured":
        return None
    try:
        milliseconds = 0.0 if latency == "zero" else float(latency)
    except ValueError:
        milliseconds = -1.0
    if not 0.0 <= milliseconds <= 60_000.0:
        raise NotHere(f"--latency {latency!r} is none of: zero, measured, or milliseconds up to 60000")
    return milliseconds


def _cue_lines(rehearsal: Rehearsal, config: Config) -> list[str]:
    from agent.show.cue_log import cue_line

    return [cue_line(now, config.osc.prefix, message) for now, message in rehearsal.cues]


def _answers(rehearsal: Rehearsal) -> dict[str, Any]:
    from agent.show.meters import percentiles

    return {"model_answer_ms": percentiles([seconds * 1000.0 for seconds in rehearsal.answer_seconds])}
