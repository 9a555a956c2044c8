"""Our own synth on the computer's loudspeaker: a process that takes MIDI datagrams and knows nothing else.

`python -m agent.ports.speaker PATH PLAN` listens on the UNIX socket PATH until an empty datagram comes or its parent is gone;
PLAN is a `SpeakerPlan` as JSON.
"""

from __future__ import annotations

import os
import socket
import sys
from collections import deque
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

import numpy as np

from agent.parent import is_orphan
from agent.ports.codec import MidiReader
from agent.ports.fluid import FluidSynth, own_synth
from agent.ports.sound_rules import SpeakerPlan
from agent.ports.speaker_line import GOODBYE, Address, address_of
from agent.ports.synth import Synth
from agent.ports.timbres import Samples
from agent.realtime import take_sounding_priority
from models.music import Event

_LOOK_UP_SECONDS = 0.5
_GRACE_SECONDS = 2.0  # a sound card that asks for nothing this long is dead
_LARGEST_MESSAGE_BYTES = 64
_MOST_WAITING = 1024


class NoSpeaker(Exception):
    """Nothing here makes sound; the message tells what to do."""


class Speaker:
    """The synth between two threads: `play` runs on the one that listens, `fill` on the sound card's."""

    def __init__(self, synth: Synth | FluidSynth, level: float = 1.0) -> None:
        self._synth, self._level = synth, np.float32(level)
        self._waiting: deque[Event] = deque(maxlen=_MOST_WAITING)
        self._reader = MidiReader()
        self.blocks = 0  # how often the sound card has asked for sound

    def play(self, data: bytes) -> None:
        """Take in one MIDI message; rubbish is left out."""
        event = self._reader.read(data)
        if event is not None:
            self._waiting.append(event)

    def fill(self, sound: Samples, frames: int, card_time: Any, status: Any) -> None:
        """Sound for the card, as sounddevice asks for it."""
        while self._waiting:
            self._synth.event(self._waiting.popleft())
        np.multiply(self._synth.render(frames), self._level, out=sound)
        self.blocks += 1


def speaker_main(where: str, plan: SpeakerPlan) -> None:
    """Play what comes in on `where` until told to stop. Raises NoSpeaker with a sentence if nothing here makes sound."""
    try:
        import sounddevice
    except (ImportError, OSError):
        raise NoSpeaker("our own synth needs PortAudio; on Debian and Ubuntu: sudo apt install libportaudio2") from None
    try:
        sample_rate = int(sounddevice.query_devices(kind="output")["default_samplerate"])
        synth, sentence = own_synth(plan, sample_rate)
        sys.stderr.write(f"{sentence}\n")
        speaker = Speaker(synth, plan.level)
        take_sounding_priority()
        stream = sounddevice.OutputStream(sample_rate, channels=2, dtype="float32", latency="low", callback=speaker.fill)
        with _listener(where) as listener:
            stream.start()
            _play_on(speaker, listener)
        stream.close()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise NoSpeaker(
            f"there is no loudspeaker to play on ({error}); plug one in, or play to a synth by midi.output"
        ) from None
    finally:
        _tidy(address_of(where)[1])


def _listener(where: str) -> socket.socket:
    family, address = address_of(where)
    _tidy(address)
    listener = socket.socket(family, socket.SOCK_DGRAM)
    listener.bind(address)
    listener.settimeout(_LOOK_UP_SECONDS)
    return listener


def _play_on(speaker: Speaker, listener: socket.socket) -> None:
    blocks, look_up_at_seconds = -1, monotonic() + _GRACE_SECONDS
    while not is_orphan():
        if monotonic() >= look_up_at_seconds:
            if speaker.blocks == blocks:
                _go_at_once("the loudspeaker has gone", listener)
            blocks, look_up_at_seconds = speaker.blocks, monotonic() + _GRACE_SECONDS
        try:
            data = listener.recv(_LARGEST_MESSAGE_BYTES)
        except TimeoutError:
            continue
        if data == GOODBYE:
            return
        speaker.play(data)


def _go_at_once(sentence: str, listener: socket.socket) -> NoReturn:
    # PortAudio waits for ever for a dead JACK server, here and at the interpreter's end: neither is asked.
    _tidy(listener.getsockname())
    sys.stderr.write(f"{sentence}\n")
    os._exit(1)


def _tidy(address: Address) -> None:
    if isinstance(address, str):
        Path(address).unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        speaker_main(sys.argv[1], SpeakerPlan.from_json(sys.argv[2]))
    except NoSpeaker as sentence:
        sys.exit(str(sentence))
