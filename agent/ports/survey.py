"""What there is to play on: every MIDI system with its ports, and every loudspeaker. For `ports`, `monitor` and `doctor`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from agent.ports.backend import Clock, MidiBackend, NoMidiSystem
from agent.ports.systems import NATIVE, open_backend


@dataclass(frozen=True, slots=True)
class Found:
    """One system of the computer; `problem` is a sentence where it cannot be used."""

    system: str
    kind: str  # "midi" or "sound"
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Can it be played on?"""
        return not self.problem


def survey(client_name: str, now: Clock) -> list[Found]:
    """Look at everything once. Takes up to a second; not while a patchbay is open in the same process."""
    native = NATIVE.get(sys.platform, "alsa")
    return [_midi(native, client_name, now), _midi("jack", client_name, now), _sound()]


def _midi(system: str, client_name: str, now: Clock) -> Found:
    try:
        backend = open_backend(system, client_name, now)
    except NoMidiSystem as reason:
        return Found(system, "midi", problem=str(reason))
    try:
        return _ports(system, backend)
    finally:
        backend.close()


def _ports(system: str, backend: MidiBackend) -> Found:
    return Found(system, "midi", tuple(backend.inputs()), tuple(backend.outputs()))


def _sound() -> Found:
    try:
        import sounddevice
    except (ImportError, OSError):
        problem = "PortAudio is not installed; on Debian and Ubuntu: sudo apt install libportaudio2"
        return Found("portaudio", "sound", problem=problem)
    devices = list(sounddevice.query_devices())
    inputs = tuple(str(device["name"]) for device in devices if device["max_input_channels"] > 0)
    outputs = tuple(str(device["name"]) for device in devices if device["max_output_channels"] > 1)
    return Found("portaudio", "sound", inputs, outputs, "" if outputs else "there is no loudspeaker")
