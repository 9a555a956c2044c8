"""A small synth of our own, so that the first note needs no other program."""

from __future__ import annotations

import numpy as np

from agent.ports.room import Reverb, soft_limit
from agent.ports.timbres import (
    CHANNEL_TIMBRES,
    CLOSED_HATS,
    DRUM_CHANNEL,
    OPEN_HATS,
    TIMBRES,
    Samples,
    Timbre,
    drum_samples,
)
from models.music import Control, Event, NoteOff, NoteOn

VOICES = 48
"""More notes than this at once, and the oldest is ended early."""

_SLOTS = 64  # room for the early ended to fade
_CHOKE_SECONDS = 0.006
_SILENT_RELEASES = 8.0  # a voice is free after this many release times, at -70 dB
_INAUDIBLE = 2e-4
_SUSTAIN, _VOLUME, _SOUND_OFF, _NOTES_OFF = 64, 7, 120, 123
_VIBRATO_HZ, _VIBRATO_ONSET_SECONDS = 5.3, 0.5
_DRUM_GAIN = 0.45
_LARGEST_BLOCK = 1024
_NEVER = np.inf

_COLUMNS = (
    "age", "off", "hz", "gain_left", "gain_right", "attack", "decay", "sustain", "release", "vibrato",
    "body_ratio", "body_depth", "body_decay", "edge_ratio", "edge_depth", "edge_decay",
)  # fmt: skip


class Synth:
    """Events in, stereo out. Belongs to one thread."""

    def __init__(self, sample_rate: int = 44100, reverb: float = 0.5) -> None:
        self.sample_rate = sample_rate
        self._wet = np.float32(2.0 * reverb)  # of a room that is right at the middle
        self._v = {name: np.zeros(_SLOTS) for name in _COLUMNS}  # one row of numbers per voice; all times in seconds
        self._sounding = np.zeros(_SLOTS, dtype=bool)
        self._keys: list[tuple[int, int]] = [(-1, -1)] * _SLOTS  # channel and pitch
        self._pedalled: set[tuple[int, int]] = set()  # let go, but held by the pedal
        self._pedals: set[int] = set()
        self._volumes = [1.0] * 16
        self._drums = drum_samples(sample_rate)
        self._hits: list[_Hit] = []
        self._reverb = Reverb(sample_rate)

    def event(self, event: Event) -> None:
        """Take in a key, a pedal or a panic; heard from the next `render` on."""
        match event:
            case NoteOn(pitch, velocity, channel):
                if channel == DRUM_CHANNEL:
                    self._hit(pitch, velocity)
                else:
                    self._strike(pitch, velocity, channel)
            case NoteOff(pitch, channel):
                self._let_go((channel, pitch))
            case Control(number, value, channel):
                self._control(number, value, channel)

    def render(self, frames: int) -> Samples:
        """The next so many frames: (frames, 2), within -1 .. 1."""
        blocks = [self._block(min(_LARGEST_BLOCK, frames - at)) for at in range(0, frames, _LARGEST_BLOCK)]
        return np.concatenate(blocks) if blocks else np.zeros((0, 2), dtype=np.float32)

    @property
    def silent(self) -> bool:
        """Does nothing sound any more, but for the room?"""
        return not self._sounding.any() and not self._hits

    def _strike(self, pitch: int, velocity: int, channel: int) -> None:
        self._pedalled.discard((channel, pitch))
        self._end((channel, pitch), _CHOKE_SECONDS * 4)
        sounding = np.flatnonzero(self._sounding & (self._v["off"] == _NEVER))
        if len(sounding) >= VOICES:
            self._choke(int(sounding[np.argmax(self._v["age"][sounding])]))
        slot = self._free_slot()
        timbre = TIMBRES[CHANNEL_TIMBRES.get(channel, "human")]
        for name, value in _voice(timbre, pitch, velocity, self._volumes[channel]).items():
            self._v[name][slot] = value
        self._keys[slot] = (channel, pitch)
        self._sounding[slot] = True

    def _free_slot(self) -> int:
        free = np.flatnonzero(~self._sounding)
        if len(free):
            return int(free[0])
        return int(np.argmax(self._v["age"] - self._v["off"]))  # the one let go the longest time ago

    def _let_go(self, key: tuple[int, int]) -> None:
        if key[0] in self._pedals:
            self._pedalled.add(key)
        else:
            self._end(key)

    def _end(self, key: tuple[int, int], release_seconds: float | None = None) -> None:
        for slot in np.flatnonzero(self._sounding & (self._v["off"] == _NEVER)):
            if self._keys[slot] == key:
                self._v["off"][slot] = self._v["age"][slot]
                if release_seconds is not None:
                    self._v["release"][slot] = release_seconds

    def _choke(self, slot: int) -> None:
        self._v["off"][slot] = min(self._v["off"][slot], self._v["age"][slot])
        self._v["release"][slot] = _CHOKE_SECONDS

    def _control(self, number: int, value: int, channel: int) -> None:
        if number == _SUSTAIN and value >= 64:
            self._pedals.add(channel)
        elif number == _SUSTAIN:
            self._pedals.discard(channel)
            for key in [key for key in self._pedalled if key[0] == channel]:
                self._pedalled.discard(key)
                self._end(key)
        elif number == _VOLUME:
            self._volumes[channel] = (value / 127.0) ** 2
        elif number in (_SOUND_OFF, _NOTES_OFF):
            self._pedals.discard(channel)
            self._pedalled = {key for key in self._pedalled if key[0] != channel}
            for key in {key for key in self._keys if key[0] == channel}:
                self._end(key, _CHOKE_SECONDS if number == _SOUND_OFF else None)

    def _hit(self, pitch: int, velocity: int) -> None:
        if pitch in CLOSED_HATS:
            for hit in self._hits:
                hit.ending = hit.ending or hit.pitch in OPEN_HATS
        sample = self._drums.get(pitch)
        if sample is not None and len(self._hits) < VOICES:
            gain = _DRUM_GAIN * _loudness(velocity) * self._volumes[DRUM_CHANNEL]
            self._hits.append(_Hit(pitch, sample, gain, ((pitch * 7) % 11 - 5) / 14.0))

    def _block(self, frames: int) -> Samples:
        dry = np.zeros((2, frames), dtype=np.float32)
        active = np.flatnonzero(self._sounding)
        if len(active):
            dry += self._tones(active, frames)
        for hit in self._hits:
            hit.add_to(dry)
        self._hits = [hit for hit in self._hits if not hit.over]
        return np.ascontiguousarray(soft_limit(dry + self._wet * self._reverb.render(dry)).T)

    def _tones(self, active: np.ndarray[tuple[int], np.dtype[np.int64]], frames: int) -> Samples:
        v = {name: column[active, None] for name, column in self._v.items()}  # (voices, 1)
        seconds = v["age"] + np.arange(frames) / self.sample_rate  # (voices, frames)
        since = seconds.astype(np.float32)
        cycles = v["hz"] * seconds  # in full precision, or long notes go out of tune
        trembling = v["vibrato"] * np.minimum(since / _VIBRATO_ONSET_SECONDS, 1.0) * _sine(_VIBRATO_HZ * seconds)
        bent = v["body_depth"] * np.exp(-since / _f(v["body_decay"])) * _sine(v["body_ratio"] * cycles)
        bent += v["edge_depth"] * np.exp(-since / _f(v["edge_decay"])) * _sine(v["edge_ratio"] * cycles)
        loud = 1.0 - np.exp(-since / _f(v["attack"]))
        loud *= _f(v["sustain"]) + (1.0 - _f(v["sustain"])) * np.exp(-since / _f(v["decay"]))
        released = np.maximum(since - _f(v["off"]), 0.0)
        loud *= np.exp(-released / _f(v["release"]))
        tones = _sine(cycles + (bent + trembling) / (2 * np.pi)) * loud
        self._grow_old(active, frames, loud[:, -1])
        return np.asarray(_f(np.concatenate((v["gain_left"], v["gain_right"]), axis=1)).T @ tones, dtype=np.float32)

    def _grow_old(self, active: np.ndarray[tuple[int], np.dtype[np.int64]], frames: int, loud: Samples) -> None:
        self._v["age"][active] += frames / self.sample_rate
        age, off = self._v["age"][active], self._v["off"][active]
        over = age - off > _SILENT_RELEASES * self._v["release"][active]
        over |= (loud < _INAUDIBLE) & (age > 0.2)
        self._sounding[active[over]] = False


class _Hit:
    """One drum sounding."""

    def __init__(self, pitch: int, sample: Samples, gain: float, pan: float) -> None:
        self.pitch = pitch
        self.ending = False
        self._sample = sample
        self._gains = np.array([[gain * (1.0 - pan)], [gain * (1.0 + pan)]], dtype=np.float32)
        self._at = 0

    @property
    def over(self) -> bool:
        return self._at >= len(self._sample)

    def add_to(self, dry: Samples) -> None:
        piece = self._sample[self._at : self._at + dry.shape[1]]
        if self.ending:
            piece = piece * np.linspace(1.0, 0.0, len(piece), dtype=np.float32)
        dry[:, : len(piece)] += self._gains * piece
        self._at = len(self._sample) if self.ending else self._at + len(piece)


def _voice(timbre: Timbre, pitch: int, velocity: int, volume: float) -> dict[str, float]:
    # Low notes ring longer and brighter than high ones, and hard ones brighter than soft ones, as strings do.
    lower = 2.0 ** ((60 - pitch) / 24.0)
    bright = (0.35 + 0.65 * velocity / 100.0) * min(lower, 1.6)
    gain = timbre.gain * _loudness(velocity) * volume
    return {
        "age": 0.0,
        "off": _NEVER,
        "hz": 440.0 * 2.0 ** ((pitch - 69) / 12.0),
        "gain_left": gain * (1.0 - timbre.pan),
        "gain_right": gain * (1.0 + timbre.pan),
        "attack": timbre.attack_seconds,
        "decay": timbre.decay_seconds * lower,
        "sustain": timbre.sustain,
        "release": timbre.release_seconds,
        "vibrato": timbre.vibrato,
        "body_ratio": timbre.body[0],
        "body_depth": timbre.body[1] * bright,
        "body_decay": timbre.body[2] * lower,
        "edge_ratio": timbre.edge[0],
        "edge_depth": timbre.edge[1] * bright,
        "edge_decay": timbre.edge[2],
    }


def _loudness(velocity: int) -> float:
    return float((velocity / 127.0) ** 1.5)


def _f(column: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Samples:
    return column.astype(np.float32)


def _sine(cycles: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Samples:
    return np.asarray(np.sin((2 * np.pi * (cycles - np.floor(cycles))).astype(np.float32)))
