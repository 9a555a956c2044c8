"""What is played on: the plan that the supervisor gives the performer, and how a config becomes ports and places."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from agent.config import Config, Osc
from agent.play.hands import Routing
from agent.ports.patchbay import CLOCK, Plug
from agent.ports.sound_rules import PROGRAMS, SpeakerPlan

IN, OUT = "In", "Out"
SPEAKER = "speaker"
"""The output that is no port: our own synth on the computer's loudspeaker."""
KEYBOARD, SYNTH = "Keyboard", "Synth"
"""What is plugged into the MIDI system in memory."""


@dataclass(frozen=True)
class StagePlan:
    """What the supervisor asks of this process."""

    config: Config
    tune: str | None = None
    tune_mode: str | None = None
    seconds: float | None = None
    log: str | None = None
    cue_log: str | None = None
    view_port: int | None = None
    speaker_port: int | None = None
    realtime: bool = True  # whether to ask the system for real-time priority
    gallery: bool = False  # whether a host looks after the room

    def to_json(self) -> str:
        """For stage.json."""
        return json.dumps({**self.__dict__, "config": self.config.model_dump(mode="json")})

    @classmethod
    def from_json(cls, text: str) -> StagePlan:
        """The reverse."""
        data = json.loads(text)
        return cls(**{**data, "config": Config.model_validate(data["config"])})


def has_herald(osc: Osc) -> bool:
    """Whether anybody wants to be told otherwise than by plain UDP."""
    return bool(osc.tcp or osc.query or osc.maps)


def plugs(config: Config) -> tuple[list[Plug], list[Plug], Routing]:
    """The rig's wishes for ports, and where each part goes."""
    midi = config.midi
    inputs = [
        Plug(IN if len(config.midi.inputs) < 2 else f"{IN} {n}", pattern) for n, pattern in enumerate(config.midi.inputs, 1)
    ]
    outputs = [] if config.midi.output == SPEAKER else [Plug(OUT, config.midi.output or "virtual")]
    outputs += [Plug(f"{OUT} {part}", pattern) for part, pattern in config.midi.part_outputs.items()]
    outputs += [Plug(CLOCK, config.clock.output or "virtual")] if config.clock.send else []
    places = {
        str(part): (f"{OUT} {part}" if part in config.midi.part_outputs else OUT, channel - 1)
        for part, channel in config.midi.channels.items()
    }
    thru = (OUT, None if midi.mpe else midi.thru_channel - 1) if midi.thru else None
    offsets_seconds = {
        port: midi.part_offsets_ms.get(part, midi.offset_ms) / 1000.0  # type: ignore[call-overload]
        for part, (port, _) in places.items()
    }
    return (
        inputs or [Plug(IN, "virtual")],
        outputs,
        Routing(places, thru, offsets_seconds=offsets_seconds, notes_per_second=midi.notes_per_second),
    )


def speaker_plan(config: Config) -> SpeakerPlan:
    """What our own synth is to sound like: an instrument a part, where the rig names none a usual one."""
    midi = config.midi
    programs = {
        channel - 1: (midi.banks.get(part, 0), midi.programs.get(part, PROGRAMS.get(part, 1)) - 1)
        for part, channel in midi.channels.items()
    }
    return SpeakerPlan(config.sound.soundfont, config.sound.level, config.sound.reverb, programs)


def with_early(routing: Routing, ahead_seconds: float) -> Routing:
    """Hands strike as early as the MIDI system wants what is for an exact instant, and as the earliest port is to have it."""
    return replace(routing, early_seconds=ahead_seconds - min(0.0, *routing.offsets_seconds.values()))
