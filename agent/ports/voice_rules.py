"""The `[voice]` section of a rig: a voice or an instrument at a microphone, for people without MIDI."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from pydantic import Field, model_validator

from agent.sections import Pitch, Section

NO_TRACKER = "a voice needs a package of its own: pip install 'antiphon[voice]'"


def check_tracker() -> None:
    """Raise ValueError with a sentence if nobody here can tell pitches."""
    if find_spec("swift_f0") is None:
        raise ValueError(NO_TRACKER)


class Voice(Section):
    """A microphone that becomes notes, one at a time."""

    enabled: bool = Field(default=False, description="listen to a voice or an instrument at a microphone; `jam --voice` does")
    device: str = Field(default="", description="name pattern of the audio input; empty is the system's own choice")
    channel: int = Field(default=1, ge=1, le=64, description="which of its channels")
    lowest: Pitch = Field(default=36, description="lowest pitch that counts; the tracker hears from 31 on")
    highest: Pitch = Field(default=96, description="highest pitch that counts; the tracker hears up to 96")
    gain_db: float = Field(default=0.0, ge=-40, le=40, description="makes a soft microphone louder")
    echo_guard: Literal["auto", "on", "off"] = Field(
        default="auto", description="leave out a pitch that sounds of ours: with our own synth, always or never"
    )

    @model_validator(mode="after")
    def _has_a_range(self) -> Voice:
        if self.lowest > self.highest:
            raise ValueError("voice.lowest lies above voice.highest")
        return self
