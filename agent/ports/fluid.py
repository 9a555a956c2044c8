"""FluidSynth as our own sound: real instruments out of a SoundFont, rendered into our own buffer.

Needs the optional package pyfluidsynth and FluidSynth's library, which is under the LGPL. It opens no sound card: that, and
what happens when one is lost, is the speaker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agent.ports.sound_rules import BUILT_IN, HOW_TO_GET_ONE, SpeakerPlan, soundfonts
from agent.ports.synth import Synth
from agent.ports.timbres import DRUM_CHANNEL, Samples
from models.music import Bend, Control, Event, NoteOff, NoteOn, Program

GAIN = 0.5
POLYPHONY = 128
_FULL_SCALE = 32768.0
_REVERB_SEND = 91
_DRUM_BANK = 128


class NoFluidSynth(Exception):
    """FluidSynth cannot play here; the message tells how it could."""


class FluidSynth:
    """Events in, stereo out, as `Synth` does it. Belongs to one thread."""

    def __init__(self, sample_rate: int, font: Path, reverb: float, programs: Mapping[int, tuple[int, int]]) -> None:
        try:
            import fluidsynth
        except (ImportError, OSError):  # the package, or the library behind it
            raise NoFluidSynth(HOW_TO_GET_ONE) from None
        quiet = {"synth.reverb.active": int(reverb > 0.0), "synth.chorus.active": 0, "synth.polyphony": POLYPHONY}
        self._synth: Any = fluidsynth.Synth(GAIN, float(sample_rate), channels=16, **quiet)
        self.font = font
        self._font = self._synth.sfload(str(font))
        if self._font < 0:
            self._synth.delete()
            raise NoFluidSynth(f"{font} is not a SoundFont that FluidSynth can read")
        for channel in range(16):
            bank, program = programs.get(channel, (0, 0))
            self._choose(channel, bank, program)
            self._synth.cc(channel, _REVERB_SEND, round(127 * reverb))

    def event(self, event: Event) -> None:
        """Take in a key, a pedal, another sound or a panic; heard from the next `render` on."""
        match event:
            case NoteOn(pitch, velocity, channel):
                self._synth.noteon(channel, pitch, velocity)
            case NoteOff(pitch, channel):
                self._synth.noteoff(channel, pitch)
            case Control(number, value, channel):
                self._synth.cc(channel, number, value)
            case Bend(value, channel):
                self._synth.pitch_bend(channel, value)
            case Program(number, channel):
                self._synth.program_change(channel, number)

    def render(self, frames: int) -> Samples:
        """The next so many frames: (frames, 2), within -1 .. 1."""
        if frames <= 0:
            return np.zeros((0, 2), dtype=np.float32)
        sound = np.asarray(self._synth.get_samples(frames), dtype=np.float32)
        return sound.reshape(frames, 2) / np.float32(_FULL_SCALE)

    def _choose(self, channel: int, bank: int, program: int) -> None:
        if channel == DRUM_CHANNEL:
            bank = _DRUM_BANK
        if self._synth.program_select(channel, self._font, bank, program) != 0:
            self._synth.program_select(channel, self._font, _DRUM_BANK if channel == DRUM_CHANNEL else 0, 0)


def own_synth(plan: SpeakerPlan, sample_rate: int) -> tuple[Synth | FluidSynth, str]:
    """The best of our own sounds that this computer has, and a sentence about it."""
    if plan.soundfont == BUILT_IN:
        return Synth(sample_rate, plan.reverb), "the built-in synth, as the rig asks"
    fonts = [Path(plan.soundfont).expanduser()] if plan.soundfont else soundfonts()
    reason = f"no SoundFont; {HOW_TO_GET_ONE}"
    for font in fonts:
        try:
            return FluidSynth(sample_rate, font, plan.reverb, plan.programs), f"FluidSynth with {font.name}"
        except NoFluidSynth as error:
            reason = str(error)
    return Synth(sample_rate, plan.reverb), f"the built-in synth: {reason}"
