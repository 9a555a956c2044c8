"""Singers made of numbers: harmonic tones with vibrato, glides and breath, in rooms that hiss and hum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.listen.sung import Sung
from agent.ports.pitch_ear import PitchEar
from models.music import NoteOn

Sound = npt.NDArray[np.float32]

RATE = 48000
BLOCK = 128
A4_HZ, A4 = 440.0, 69


@dataclass(frozen=True)
class Tone:
    """A tone of so many semitones, as MIDI counts them; with `to_pitch` it glides there, between two of its seconds."""

    onset_seconds: float
    length_seconds: float
    pitch: float
    to_pitch: float | None = None
    glides: tuple[float, float] | None = None
    vibrato_semitones: float = 0.0
    vibrato_hz: float = 5.5
    level: float = 0.2
    attack_seconds: float = 0.02
    breath: float = 0.02


@dataclass(frozen=True)
class Found:
    """A note as the ear found it, and when it was known."""

    onset_seconds: float
    end_seconds: float
    pitch: int
    velocity: int
    known_seconds: float


def sing(tones: list[Tone], seconds: float, seed: int = 0, rate: int = RATE) -> Sound:
    """Tones on top of one another, in a still room."""
    draw = np.random.default_rng(seed)
    sound = 3e-4 * draw.standard_normal(int(seconds * rate))
    for tone in tones:
        t = np.arange(int(tone.length_seconds * rate)) / rate
        until = tone.to_pitch if tone.to_pitch is not None else tone.pitch
        leaves, arrives = tone.glides or (0.0, tone.length_seconds)
        pitch = tone.pitch + (until - tone.pitch) * np.clip((t - leaves) / (arrives - leaves), 0.0, 1.0)
        pitch = pitch + tone.vibrato_semitones * np.sin(2.0 * np.pi * tone.vibrato_hz * t)
        turns = np.cumsum(A4_HZ * 2.0 ** ((pitch - A4) / 12.0)) / rate
        voice = sum(np.sin(2.0 * np.pi * k * turns) / k**1.3 for k in range(1, 11))
        shape = np.clip(t / tone.attack_seconds, 0.0, 1.0) * np.clip((tone.length_seconds - t) / 0.03, 0.0, 1.0)
        begin = int(tone.onset_seconds * rate)
        breath = tone.breath * draw.standard_normal(len(t))
        sound[begin : begin + len(t)] += tone.level * shape * (voice / 2.0 + breath)
    return sound.astype(np.float32)


def listen(sound: Sound, rate: int = RATE, ear: PitchEar | None = None, block: int = BLOCK) -> list[Found]:
    """The whole of it through an ear, as a sound card would bring it."""
    ear = ear or PitchEar(rate)
    found: list[Found] = []
    begun: tuple[Sung, float] | None = None
    for at in range(0, len(sound) - block + 1, block):
        now = (at + block) / rate
        for sung in ear.hear(sound[at : at + block], now):
            if isinstance(sung.event, NoteOn):
                assert begun is None, "a note began before the one before it had ended"
                begun = sung, now
                continue
            assert begun is not None and begun[0].event.pitch == sung.event.pitch, "an end without a beginning"
            found.append(_note(begun, sung.seconds))
            begun = None
    assert begun is None, f"a note hangs: {begun}"
    return found


def _note(begun: tuple[Sung, float], end_seconds: float) -> Found:
    sung, known_seconds = begun
    assert isinstance(sung.event, NoteOn)
    return Found(sung.seconds, end_seconds, sung.event.pitch, sung.event.velocity, known_seconds)
