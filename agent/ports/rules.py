"""The `[midi]` section of a rig: which ports, and what goes where."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from agent.sections import Channel, Offset, Part, Pitch, Section
from agent.show.cues import IN

Sound = Annotated[int, Field(ge=1, le=128)]
Bank = Annotated[int, Field(ge=0, le=16383)]
CONTROLLER = re.compile(r"(?:(?P<channel>[1-9]|1[0-6]):)?(?P<number>\d|[1-9]\d|10\d|11\d)")
"""How a knob is written: `74`, or `1:74` for the one of channel 1."""


class Midi(Section):
    """Which ports, and what goes where."""

    api: Literal["auto", "alsa", "jack", "coremidi", "winmm", "memory"] = Field(default="auto", description="MIDI system")
    inputs: tuple[str, ...] = Field(default=(), description="name patterns to listen to; none opens a virtual port")
    output: str = Field(default="", description="name pattern to play to; speaker is our own synth; empty opens a virtual port")
    part_outputs: dict[Part, str] = Field(default={}, description="a port of its own for a part, by name pattern, or virtual")
    channels: dict[Part, Channel] = Field(default={"lead": 1, "comp": 2, "bass": 3, "drums": 10}, description="part to channel")
    programs: dict[Part, Sound] = Field(default={}, description="the sound that a part chooses, 1 to 128")
    banks: dict[Part, Bank] = Field(default={}, description="the bank of that sound")
    note_maps: dict[Part, dict[Pitch, Pitch]] = Field(
        default={}, description="other pitches for a part, such as `{drums = {36 = 48}}` for another kit"
    )
    velocity_curve: float = Field(
        default=1.0, ge=0.25, le=4, description="1 is straight, below it soft notes come out louder, above it softer"
    )
    notes_per_second: int = Field(default=0, ge=0, le=1000, description="begin no more notes than this; 0 is no limit")
    offset_ms: Offset = Field(default=0.0, description="planned notes leave this much after the beat; below 0 before it")
    part_offsets_ms: dict[Part, Offset] = Field(default={}, description="the same for a part with a port of its own")
    thru: bool = Field(default=False, description="send what you play on to the output, before anything else")
    thru_channel: Channel = Field(default=16, description="the channel of what is sent on")
    mpe: bool = Field(default=False, description="your keyboard has a channel for each note (MPE); thru keeps them")
    left_hand_below: int = Field(default=0, ge=0, le=127, description="chords you hold below this pitch are law; 0 is off")
    turn_pedal: int = Field(default=0, ge=0, le=119, description="controller that hands the turn over, such as 66; 0 is none")
    controls: dict[str, str] = Field(default={}, description='your knobs, such as `{"1:74" = "/ctl/density"}`; /ctl/learn adds')
    takeover: bool = Field(default=True, description="a knob takes hold only when it meets the value as it stands")

    @field_validator("channels")
    @classmethod
    def _every_part(cls, channels: dict[Part, int]) -> dict[Part, int]:
        return {"lead": 1, "comp": 2, "bass": 3, "drums": 10, **channels}

    @field_validator("controls")
    @classmethod
    def _turnable(cls, controls: dict[str, str]) -> dict[str, str]:
        for knob, address in controls.items():
            if CONTROLLER.fullmatch(knob) is None:
                raise ValueError(f"{knob!r} is no controller; write its number, 0 to 119, or CHANNEL:NUMBER")
            if address not in TURNABLE:
                raise ValueError(f"a knob cannot turn {address!r}; it can turn {', '.join(sorted(TURNABLE))}")
        return controls


TURNABLE = frozenset(address for address, row in IN.items() if row.types in ("f", "i") and row.high is not None)
"""What a knob or a button can turn: whatever takes one number within a range."""
