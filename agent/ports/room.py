"""A little room around our synth, and a ceiling above it."""

from __future__ import annotations

import numpy as np

from agent.ports.timbres import Samples

_DELAYS_SECONDS = (0.0297, 0.0371, 0.0437, 0.0533)
_FEEDBACK = 0.78
_WET = 0.16
_KNEE = 0.7  # below it nothing is touched


class Reverb:
    """Four echoes that feed each other, each a little duller than the last. Takes blocks up to 0.029 s long."""

    def __init__(self, sample_rate: int) -> None:
        self._lengths = [int(seconds * sample_rate) for seconds in _DELAYS_SECONDS]
        self._lines = [np.zeros(length, dtype=np.float32) for length in self._lengths]
        self._last = np.zeros((4, 1), dtype=np.float32)
        self._at = 0
        self._block = min(self._lengths)
        half = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]], dtype=np.float32) / 2
        self._mix = _FEEDBACK * half

    def render(self, dry: Samples) -> Samples:
        """What the room adds: (2, frames), as the dry sound that goes in."""
        pieces = [self._piece(dry[:, at : at + self._block]) for at in range(0, dry.shape[1], self._block)]
        return np.concatenate(pieces, axis=1)

    def _piece(self, dry: Samples) -> Samples:
        frames = dry.shape[1]
        places = [(self._at + np.arange(frames)) % length for length in self._lengths]
        echoes = np.stack([line[place] for line, place in zip(self._lines, places, strict=True)])  # (4, frames)
        before = np.concatenate((self._last, echoes[:, :-1]), axis=1)
        self._last = echoes[:, -1:].copy()
        fed = self._mix @ ((echoes + before) / 2) + dry[[0, 1, 0, 1]]
        for line, place, sound in zip(self._lines, places, fed, strict=True):
            line[place] = sound
        self._at += frames
        return np.asarray(_WET * (echoes[:2] + echoes[2:]), dtype=np.float32)


def soft_limit(sound: Samples) -> Samples:
    """Bends what is too loud so that it never passes 1."""
    over = np.maximum(np.abs(sound) - _KNEE, 0.0)
    if not over.any():
        return sound
    bent = _KNEE + (1.0 - _KNEE) * np.tanh(over / (1.0 - _KNEE))
    return np.where(over > 0.0, np.sign(sound) * bent, sound).astype(np.float32)
