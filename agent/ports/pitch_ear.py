"""Sound becomes notes: cleaned, brought to the tracker's sample rate, looked at every hundredth of a second by swift-f0.

Needs the optional package swift-f0, which brings its weights: a small network over a spectrogram, run here by onnxruntime on a
window that ends now. Its authors' own stream waits 160 ms for frames to come; read one frame before the end of the window a
pitch is right 40 to 64 ms after it begins (`tests/bench/voice.py`), and `agent.listen.sung` makes up for the last doubt.
"""

from __future__ import annotations

from math import gcd
from time import perf_counter

import numpy as np
import numpy.typing as npt

from agent.listen.gate import SILENCE_DB
from agent.listen.sung import Look, NoteFinder, Sung
from agent.ports.voice_rules import NO_TRACKER

TRACKER_HZ, FRAME_SAMPLES = 16000, 256
WINDOW_SAMPLES = 14 * FRAME_SAMPLES
LEVEL_SAMPLES, LOOK_SAMPLES = 80, 160
LOUDNESS_SAMPLES = 320
"""Two hundredths of a second: one period of the lowest tone, so that its level does not tremble."""
EVEN_RMS, MOST_GAIN = 0.1, 30.0
"""How loud what is sung now is made for the tracker."""
BEFORE_THE_END = 2
"""The frame that is read: the last one still lacks half its sound."""
SETTLING_SECONDS = 0.042
"""A pitch is found so long after it begins, without the looks for which it must hold."""
LOWEST_HZ, HIGHEST_HZ = 46.875, 2093.75
"""What the tracker can hear."""
A4_HZ, A4 = 440.0, 69

Samples = npt.NDArray[np.float32]


class NoTracker(Exception):
    """Nobody here can tell pitches; the message tells what to do."""


class PitchEar:
    """One microphone's sound in, notes out. Belongs to one thread."""

    def __init__(self, sample_rate: int, lowest: int = 36, highest: int = 96, gain_db: float = 0.0) -> None:
        try:
            from swift_f0 import SwiftF0
        except ImportError:
            raise NoTracker(NO_TRACKER) from None
        self.finder = NoteFinder(lowest, highest)
        self._tracker = SwiftF0(threads=1, spin=False)
        self._range_hz = max(_hz(lowest - 1), LOWEST_HZ), min(_hz(highest + 1), HIGHEST_HZ)
        self._gain = 10.0 ** (gain_db / 20.0)
        self._slow = Resampler(sample_rate, TRACKER_HZ)
        self._sample_rate = sample_rate
        self._heard: Samples = np.zeros(WINDOW_SAMPLES, dtype=np.float32)
        self._unheard: Samples = np.zeros(0, dtype=np.float32)
        self._heard_samples = 0

    def hear(self, sound: Samples, end_seconds: float) -> list[Sung]:
        """A block of sound, whose last sample was taken at an instant; what was sung in it and is known by now."""
        clean = np.nan_to_num(np.asarray(sound, dtype=np.float32).ravel(), nan=0.0, posinf=0.0, neginf=0.0)
        fresh = self._slow.pass_on(np.clip(self._gain * np.clip(clean, -1.0, 1.0), -1.0, 1.0))
        self._unheard = np.concatenate((self._unheard, fresh))
        behind = len(self._unheard) / TRACKER_HZ + self._slow.delay_samples / self._sample_rate
        sung: list[Sung] = []
        for at in range(LEVEL_SAMPLES, len(self._unheard) + 1, LEVEL_SAMPLES):
            piece = self._unheard[at - LEVEL_SAMPLES : at]
            sung += self._piece(piece, end_seconds - behind + at / TRACKER_HZ)
        self._unheard = self._unheard[len(self._unheard) // LEVEL_SAMPLES * LEVEL_SAMPLES :]
        return sung

    def _piece(self, piece: Samples, seconds: float) -> list[Sung]:
        self._heard = np.concatenate((self._heard[len(piece) :], piece))
        self._heard_samples += len(piece)
        self.finder.level(seconds, _level_db(self._heard[-LOUDNESS_SAMPLES:]))
        return self.finder.look(self._look(seconds)) if self._heard_samples % LOOK_SAMPLES == 0 else []

    def _look(self, seconds: float) -> Look:
        instant = seconds - SETTLING_SECONDS
        if not self.finder.gate.open and self.finder.sounding is None:
            return Look(instant, 0.0, 0.0)  # nobody sings: the computer may rest
        window = self._heard - self._heard.mean()
        # Who sings softly is not less sure of the pitch; to the tracker as it comes he would be.
        window *= min(EVEN_RMS / max(float(window[-LOUDNESS_SAMPLES:].std()), 1e-6), MOST_GAIN)
        found = self._tracker.detect(window, TRACKER_HZ, *self._range_hz)
        hz, confidence = float(found.pitch_hz[-BEFORE_THE_END]), float(found.confidence[-BEFORE_THE_END])
        return Look(instant, A4 + 12.0 * float(np.log2(max(hz, 1.0) / A4_HZ)), confidence)


def known_after_seconds(sample_rate: int = 48000, block_frames: int = 128) -> float:
    """How long after its beginning a sung A is known on this computer, found out by singing one. Raises NoTracker."""
    ear, began_seconds = PitchEar(sample_rate), 0.6
    seconds = np.arange(sample_rate) / sample_rate
    voice = sum(np.sin(2.0 * np.pi * harmonic * A4_HZ * seconds) / harmonic for harmonic in range(1, 6))
    sound = np.where(seconds < began_seconds, 0.0, 0.1 * voice).astype(np.float32)
    for end in range(block_frames, len(sound) + 1, block_frames):
        before = perf_counter()
        if ear.hear(sound[end - block_frames : end], end / sample_rate):
            return end / sample_rate - began_seconds + perf_counter() - before
    return float("inf")


class Resampler:
    """Brings sound to another rate, block by block, with a filter short enough to play through."""

    def __init__(self, from_hz: int, to_hz: int, zero_crossings: int = 12) -> None:
        shared = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // shared, from_hz // shared
        widest = max(1.0, from_hz / to_hz)
        half = int(np.ceil(zero_crossings * widest))
        self.delay_samples = half
        """At the rate of what comes in."""
        offsets = np.arange(-half, half)[None, :] - np.arange(self._up)[:, None] / self._up
        kernel = np.sinc(offsets / widest) * np.where(np.abs(offsets) <= half, 0.5 + 0.5 * np.cos(np.pi * offsets / half), 0.0)
        self._kernels = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)  # (phases, taps)
        self._kept: Samples = np.zeros(2 * half, dtype=np.float32)
        self._step = 0  # of the next sample, in parts of a sample that comes in, from the first one kept

    def pass_on(self, sound: Samples) -> Samples:
        """The next block at the other rate."""
        self._kept = np.concatenate((self._kept, sound))
        taps = self._kernels.shape[1]
        last = (len(self._kept) - taps) * self._up
        if last < self._step:
            return np.zeros(0, dtype=np.float32)
        steps = np.arange(self._step, last + 1, self._down)
        windows = np.lib.stride_tricks.sliding_window_view(self._kept, taps)[steps // self._up]
        passed = np.einsum("nt,nt->n", windows, self._kernels[steps % self._up])
        self._step = int(steps[-1]) + self._down
        done = min(self._step // self._up, len(self._kept))
        self._kept, self._step = self._kept[done:], self._step - done * self._up
        return np.asarray(passed, dtype=np.float32)


def _hz(pitch: int) -> float:
    return float(A4_HZ * 2.0 ** ((pitch - A4) / 12.0))


def _level_db(sound: Samples) -> float:
    # Around its mean: a microphone's direct current is no sound.
    return max(20.0 * float(np.log10(max(float(sound.std()), 1e-9))), SILENCE_DB)
