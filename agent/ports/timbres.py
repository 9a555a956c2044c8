"""What our small synth sounds like: a table of timbres, and drums made of noise and sines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Timbre:
    """A sine bent by two others (frequency modulation), and how loudness and brightness pass.

    `body` and `edge` are (ratio to the note's frequency, depth, decay in seconds) of the two.
    """

    body: tuple[float, float, float]
    edge: tuple[float, float, float]
    attack_seconds: float
    decay_seconds: float
    sustain: float  # 0 .. 1: what remains of loudness while the key is held
    release_seconds: float
    vibrato: float  # depth; it sets in slowly
    gain: float
    pan: float  # -1 left .. 1 right


TIMBRES: Mapping[str, Timbre] = MappingProxyType(
    {
        "human": Timbre((1.0, 1.1, 0.9), (14.0, 0.30, 0.07), 0.002, 1.8, 0.0, 0.12, 0.0, 0.34, -0.25),
        "lead": Timbre((2.0, 0.8, 1.5), (1.0, 0.55, 0.30), 0.012, 2.5, 0.55, 0.14, 0.05, 0.24, 0.30),
        "comp": Timbre((1.0, 0.7, 2.0), (3.006, 0.18, 0.50), 0.008, 2.2, 0.30, 0.22, 0.0, 0.20, 0.15),
        "bass": Timbre((1.0, 1.5, 0.25), (0.5, 0.35, 0.60), 0.004, 1.4, 0.20, 0.07, 0.0, 0.42, 0.0),
    }
)
"""The human an electric piano, the lead a reedy whistle, the comp a soft one with bells in it, the bass round and short."""

CHANNEL_TIMBRES: Mapping[int, str] = MappingProxyType({0: "lead", 1: "comp", 2: "bass"})
"""Who is on which MIDI channel (0..15); `DRUM_CHANNEL` has drums, every other one is the human's."""

DRUM_CHANNEL = 9

_KICKS, _SNARES, _TOMS = (35, 36), (37, 38, 39, 40), (41, 43, 45, 47, 48, 50)
CLOSED_HATS, OPEN_HATS = (42, 44), (46,)
"""A closed hat ends an open one."""

_RIDES = (51, 53, 59)


def drum_samples(sample_rate: int) -> dict[int, Samples]:
    """Every drum of the General MIDI kit that we have, by pitch; mono, at most 1."""
    noise = np.random.default_rng(9).uniform(-1.0, 1.0, 2 * sample_rate)
    drums = {pitch: _thump(sample_rate, 48.0, 130.0, 0.16) for pitch in _KICKS}
    drums |= {pitch: _thump(sample_rate, 55.0 + 5.0 * (pitch - 41), 60.0, 0.22) for pitch in _TOMS}
    drums |= {pitch: _snare(sample_rate, noise) for pitch in _SNARES}
    drums |= {pitch: _hiss(sample_rate, noise, 0.028) for pitch in CLOSED_HATS}
    drums |= {pitch: _hiss(sample_rate, noise, 0.18) for pitch in OPEN_HATS}
    drums |= {pitch: 0.6 * _hiss(sample_rate, noise, 0.25) for pitch in _RIDES}
    drums |= {pitch: _hiss(sample_rate, noise, 0.45) for pitch in (49, 52, 55, 57)}
    return {pitch: _finished(sample_rate, sound) for pitch, sound in drums.items()}


def _thump(sample_rate: int, low_hz: float, drop_hz: float, decay_seconds: float) -> npt.NDArray[np.float64]:
    seconds = np.arange(int(6 * decay_seconds * sample_rate)) / sample_rate
    cycles = low_hz * seconds + drop_hz * 0.03 * (1.0 - np.exp(-seconds / 0.03))
    return np.asarray(np.sin(2 * np.pi * cycles) * np.exp(-seconds / decay_seconds))


def _snare(sample_rate: int, noise: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    seconds = np.arange(int(0.6 * sample_rate)) / sample_rate
    skin = np.sin(2 * np.pi * 185.0 * seconds) * np.exp(-seconds / 0.06)
    wires = np.diff(noise, prepend=0.0)[: len(seconds)] * np.exp(-seconds / 0.09)
    return np.asarray(0.5 * skin + 0.45 * wires)


def _hiss(sample_rate: int, noise: npt.NDArray[np.float64], decay_seconds: float) -> npt.NDArray[np.float64]:
    seconds = np.arange(min(int(6 * decay_seconds * sample_rate), len(noise))) / sample_rate
    return np.asarray(0.35 * np.diff(noise, 2, prepend=(0.0, 0.0))[: len(seconds)] * 0.5 * np.exp(-seconds / decay_seconds))


def _finished(sample_rate: int, sound: npt.NDArray[np.float64]) -> Samples:
    edge = max(int(0.001 * sample_rate), 1)  # neither end clicks
    sound[:edge] *= np.linspace(0.0, 1.0, edge)
    sound[-edge:] *= np.linspace(1.0, 0.0, edge)
    return sound.astype(np.float32)
