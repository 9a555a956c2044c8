"""A piece to a sound file, with our own synth."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path

from agent.ports.synth import Synth
from models.music import Event

_TAIL_SECONDS = 6.0  # a key nobody lets go must not make the file endless
_ROOM_SECONDS = 0.5


def render_wav(timeline: Iterable[tuple[float, Event]], path: Path, sample_rate: int = 44100) -> float:
    """Write events at their seconds as a 16-bit stereo file; returns its length in seconds."""
    synth = Synth(sample_rate)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        at = 0
        for seconds, event in sorted(timeline, key=lambda timed: timed[0]):
            frames = round(seconds * sample_rate) - at
            if frames > 0:
                _write(file, synth, frames)
                at += frames
            synth.event(event)
        end = at + int(_TAIL_SECONDS * sample_rate)
        while not synth.silent and at < end:
            _write(file, synth, sample_rate // 10)
            at += sample_rate // 10
        _write(file, synth, int(_ROOM_SECONDS * sample_rate))
    return at / sample_rate + _ROOM_SECONDS


def _write(file: wave.Wave_write, synth: Synth, frames: int) -> None:
    file.writeframesraw((synth.render(frames) * 32767.0).astype("<i2").tobytes())
