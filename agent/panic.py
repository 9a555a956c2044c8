"""The last resort: somebody else's hand ends the notes that a dead performer has left sounding."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep

from agent.config import Config
from agent.ports.backend import LineDown
from models.music import Control, NoteOff

ALL_NOTES_OFF, ALL_SOUND_OFF, SUSTAIN = 123, 120, 64
DELIVERY_SECONDS = 0.05
"""How long the ports stay open after the last message, so that the driver has taken it."""


def silence(config: Config, run_dir: Path, left: list[tuple[str, int, int]], everything: bool = True) -> None:
    """End these (port, channel, pitch) through ports of our own, then, with `everything`, what else sounds on their channels.

    Reaches every output that was found by name; who listens to a virtual port of ours has lost it with the performer.
    """
    from agent.ports.backend import NoMidiSystem
    from agent.ports.patchbay import Patchbay
    from agent.ports.systems import open_backend
    from agent.rig import SPEAKER, plugs

    if not left:
        return
    if config.midi.output == SPEAKER:
        _hush_speaker(run_dir)
    named = [plug for plug in plugs(config)[1] if plug.pattern != "virtual"]
    if not named:
        return
    began = perf_counter()
    with suppress(NoMidiSystem, OSError):
        backend = open_backend(config.midi.api, f"{config.agent.name} panic", lambda: perf_counter() - began)
        patchbay = Patchbay(backend, [], named, lambda: perf_counter() - began, lambda item: None)
        patchbay.open()
        for port, channel, pitch in left:
            patchbay.send(port, NoteOff(pitch, channel))
        for port, channel in sorted({(port, channel) for port, channel, _ in left}):
            for number in (SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF) if everything else (SUSTAIN,):
                patchbay.send(port, Control(number, 0, channel))
        sleep(DELIVERY_SECONDS)
        patchbay.close()


def _hush_speaker(run_dir: Path) -> None:
    from agent.ports.codec import write_midi
    from agent.ports.speaker_line import SpeakerLine, speaker_address

    line = SpeakerLine(speaker_address(run_dir))
    for channel in range(16):
        with suppress(LineDown):
            line.send(write_midi(Control(ALL_SOUND_OFF, 0, channel)))
