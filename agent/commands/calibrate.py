"""`antiphon calibrate`: how long an instrument takes from note to sound, learnt through a loop back, and made good."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.evening import NotHere, load_rig

if TYPE_CHECKING:
    from agent.config import Config
    from agent.ports.backend import Line

PITCH, VELOCITY = 72, 112


@dataclass(frozen=True)
class Calibrate:
    """Learn how late an instrument sounds: clicks go out to it, and come back by MIDI, or as sound by JACK. With a rig it is
    written down there, so that notes leave as much earlier, and sound when cues and lights say that they do."""

    inputs: Annotated[str, typer.Option("--in", help="the MIDI port that the clicks come back on")] = ""
    audio: Annotated[str, typer.Option(help="or the audio port of JACK that the instrument is heard on")] = ""
    output: Annotated[str, typer.Option("--out", help="the port of the instrument; as the rig has it if not given")] = ""
    part: Annotated[str, typer.Option(help="whose instrument: lead, comp, bass or drums")] = "comp"
    config: Annotated[Path | None, typer.Option(help="the rig to write it to; without one it is only said")] = None

    def run(self) -> None:
        """Click, listen, say, write."""
        from agent.calibration import NotLearnt, instants, learn
        from models.music import PARTS

        if self.part not in PARTS:
            raise NotHere(f"unknown part {self.part!r}; there are: {', '.join(PARTS)}")
        if bool(self.inputs) == bool(self.audio):
            raise NotHere("name what the clicks come back on: --in a MIDI port, or --audio a port of JACK's")
        rig = load_rig(self.config)
        began = perf_counter()

        def now() -> float:
            return perf_counter() - began

        with ExitStack() as closing:
            play, heard = self._plug_in(rig, now, closing)
            sent = play(instants(now()))
            try:
                delay = learn(sent, heard)
            except NotLearnt as error:
                raise NotHere(str(error)) from None
        offset_ms = round(-delay.ms, 1) + 0.0
        typer.echo(
            f"{self.part}: sounds {delay.ms:.1f} ms after its note (spread {delay.spread_ms:.1f} ms, {delay.answers} clicks)"
        )
        self._keep(rig, offset_ms)

    def _plug_in(
        self, rig: Config, now: Callable[[], float], closing: ExitStack
    ) -> tuple[Callable[[list[float]], list[float]], list[float]]:
        from agent.ports.systems import open_backend

        backend = open_backend("jack" if self.audio else rig.midi.api, f"{rig.agent.name} calibrate", now)
        closing.callback(backend.close)
        heard: list[float] = []
        if self.audio:
            from agent.ports.jack_onsets import JackOnsets

            ear = JackOnsets(f"{rig.agent.name} ear", now)
            closing.callback(ear.close)
            ear.open(self.audio)
            heard = ear.seconds
        else:

            def receive(data: bytes, seconds: float) -> None:
                if data[0] & 0xF0 == 0x90 and data[2]:
                    heard.append(seconds)

            closing.callback(backend.open_input(_one(self.inputs, backend.inputs(), "--in"), "In", receive).close)
        wanted = self.output or str(rig.midi.part_outputs.get(self.part, rig.midi.output))  # type: ignore[call-overload]
        line = backend.open_output(_one(wanted, backend.outputs(), "--out"), "Out")
        closing.callback(line.close)
        return (lambda seconds: _clicks(line, rig.midi.channels[self.part] - 1, seconds, now)), heard  # type: ignore[index]

    def _keep(self, rig: Config, offset_ms: float) -> None:
        from agent.learnt import keep_in_rig

        own = self.part in rig.midi.part_outputs
        key = f"midi.part_offsets_ms {self.part}" if own else "midi.offset_ms"
        if self.config is None:
            typer.echo(f"{key} = {offset_ms} makes up for it; name a rig with --config to have it written there")
            return
        offsets: dict[str, float] = {**{str(part): ms for part, ms in rig.midi.part_offsets_ms.items()}, self.part: offset_ms}
        try:
            keep_in_rig(self.config, "midi", *(("part_offsets_ms", offsets) if own else ("offset_ms", offset_ms)))
        except (OSError, ValueError) as error:
            raise NotHere(f"{self.config}: cannot be written ({error})") from None
        typer.echo(f"{self.config}: {key} = {offset_ms}")


def _one(pattern: str, names: list[str], option: str) -> str:
    from agent.ports.names import check_pattern, matching

    try:
        check_pattern(pattern)
    except ValueError as error:
        raise NotHere(str(error)) from None
    found = matching(pattern, names) if pattern else []
    if not found:
        raise NotHere(f"no port matches {option} {pattern!r}; there are: {', '.join(names) or 'none'}")
    return found[0]


def _clicks(line: Line, channel: int, seconds: list[float], now: Callable[[], float]) -> list[float]:
    """Play them; gives when each has left, or was to sound where the system holds it until then."""
    from agent.calibration import click
    from agent.ports.backend import TimedLine

    sent: list[float] = []

    def send(begins: bool, second: float) -> None:
        data = bytes((0x90 | channel, PITCH, VELOCITY)) if begins else bytes((0x80 | channel, PITCH, 0))
        if isinstance(line, TimedLine):
            line.send_at(data, second)
        else:
            second = now()
            line.send(data)
        if begins:
            sent.append(second)

    ahead_seconds = line.ahead_seconds if isinstance(line, TimedLine) else 0.0
    click(seconds, ahead_seconds, send, lambda until: sleep(max(until - now(), 0.0)))
    return sent
