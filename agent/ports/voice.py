"""The ear for people without MIDI: a process that listens to a microphone and tells the performer which notes it hears.

`python -m agent.ports.voice RUN_DIR SETTINGS` calls the performer of a run directory; SETTINGS is the rig's `[voice]` as JSON.
It ends when its microphone has gone, and its parent starts it again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Full, Queue
from time import monotonic, perf_counter, sleep
from typing import Any, NoReturn

import numpy as np

from agent.link import Wire, connect
from agent.parent import is_orphan
from agent.ports.names import matching
from agent.ports.pitch_ear import NoTracker, PitchEar, Samples
from agent.ports.voice_line import voice_path
from agent.ports.voice_rules import Voice
from agent.realtime import take_thinking_priority
from models.music import NoteOn

BEAT_SECONDS = 0.5
GRACE_SECONDS = 2.0  # a microphone that brings nothing this long is dead
MOST_WAITING = 64
"""Blocks. When the computer is too slow for more of them, sound is left out rather than heard late."""
_CALL_AGAIN_SECONDS = 0.2


class NoMicrophone(Exception):
    """Nothing here hears; the message tells what to do."""


class Microphone:
    """Sound on its way from the sound card's thread to ours, with the instant of each block's last sample."""

    def __init__(self, sample_rate: int, channel: int) -> None:
        self._sample_rate, self._channel = sample_rate, channel
        self.blocks: Queue[tuple[Samples, float]] = Queue(MOST_WAITING)
        self.left_out = 0

    def bring(self, sound: Samples, frames: int, card_time: Any, status: Any) -> None:
        """Take sound from the card, as sounddevice brings it."""
        now = perf_counter()
        in_card_seconds = card_time.currentTime - card_time.inputBufferAdcTime
        # Some drivers tell no time: then the block has just been filled.
        began_ago = in_card_seconds if 0.0 < in_card_seconds < 1.0 else frames / self._sample_rate
        channel = sound[:, min(self._channel, sound.shape[1] - 1)].copy()
        try:
            self.blocks.put_nowait((channel, now - began_ago + frames / self._sample_rate))
        except Full:
            self.left_out += 1


class Caller:
    """The ear's end of the string: calls the performer, and its successor when it has died."""

    def __init__(self, run_dir: Path) -> None:
        self.device = ""  # empty until it listens
        self._path, self._beat = voice_path(run_dir), run_dir / "voice.beat"
        self._wire = self._call()
        self._said_seconds = float("-inf")

    def tell(self, kind: str, body: object) -> None:
        """Say something; who has just gone does not miss it."""
        self._wire.send(kind, body, wait=True)

    def keep_in_touch(self) -> None:
        """Say again and again that we listen; a performer who stops hearing it ends what we held. Returns at once."""
        try:
            self._wire.receive(0.0)
        except EOFError:
            self.close()
            self._wire = self._call()
            self._said_seconds = float("-inf")
        if monotonic() - self._said_seconds >= BEAT_SECONDS:
            self._said_seconds = monotonic()
            self._beat.touch()
            self.tell("listening", self.device)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def _call(self) -> Wire:
        while not is_orphan():
            with suppress(OSError, ValueError):
                return connect(self._path)
            sleep(_CALL_AGAIN_SECONDS)
        os._exit(0)


def voice_main(run_dir: Path, voice: Voice) -> None:
    """Listen until the microphone or the parent has gone. Raises NoMicrophone or NoTracker with a sentence."""
    caller = Caller(run_dir)
    try:
        _listen(caller, voice)
    except (NoMicrophone, NoTracker) as sentence:
        caller.tell("trouble", str(sentence))
        raise


def find_device(pattern: str, devices: Sequence[Mapping[str, Any]]) -> int | None:
    """The number of the input that a pattern means, None for the system's own choice. Raises NoMicrophone."""
    hearing = [(str(device["name"]), number) for number, device in enumerate(devices) if device["max_input_channels"]]
    inputs = dict(reversed(hearing))  # of two with one name the first
    if not pattern and inputs:
        return None
    names = matching(pattern, list(inputs)) if pattern else []
    if not names:
        there = f"there are: {', '.join(sorted(inputs))}" if inputs else "there is none at all"
        raise NoMicrophone(f"no microphone {pattern!r} to hear a voice; {there}")
    return inputs[names[0]]


def _listen(caller: Caller, voice: Voice) -> None:
    try:
        import sounddevice
    except (ImportError, OSError):
        raise NoMicrophone("a microphone needs PortAudio; on Debian and Ubuntu: sudo apt install libportaudio2") from None
    try:
        device = find_device(voice.device, list(sounddevice.query_devices()))
        about = sounddevice.query_devices(device, kind="input")
        sample_rate, channels = int(about["default_samplerate"]), min(voice.channel, int(about["max_input_channels"]))
        ear = PitchEar(sample_rate, voice.lowest, voice.highest, voice.gain_db)
        ear.hear(np.zeros(sample_rate // 10, dtype=np.float32), perf_counter())  # the first time takes longest
        microphone = Microphone(sample_rate, voice.channel - 1)
        stream = sounddevice.InputStream(
            sample_rate, device=device, channels=channels, dtype="float32", latency="low", callback=microphone.bring
        )
        stream.start()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise NoMicrophone(f"there is no microphone to hear a voice ({error}); plug one in, or set voice.device") from None
    caller.device = str(about["name"])
    _listen_on(microphone, ear, caller)


def _listen_on(microphone: Microphone, ear: PitchEar, caller: Caller) -> NoReturn:
    heard_at_seconds = monotonic()
    while not is_orphan() and monotonic() - heard_at_seconds < GRACE_SECONDS:
        caller.keep_in_touch()
        take_thinking_priority()
        with suppress(Empty):
            sound, end_seconds = microphone.blocks.get(timeout=BEAT_SECONDS)
            heard_at_seconds = monotonic()
            for sung in ear.hear(sound, end_seconds):
                velocity = sung.event.velocity if isinstance(sung.event, NoteOn) else 0
                caller.tell("sung", (sung.event.pitch, velocity, max(perf_counter() - sung.seconds, 0.0)))
    caller.tell("trouble", "the microphone has gone; it is looked for again")
    # PortAudio waits for ever for a dead JACK server, here and at the interpreter's end: neither is asked.
    os._exit(1)


if __name__ == "__main__":
    try:
        voice_main(Path(sys.argv[1]), Voice.model_validate_json(sys.argv[2]))
    except (NoMicrophone, NoTracker) as sentence:
        sys.exit(str(sentence))
