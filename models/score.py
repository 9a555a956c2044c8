"""A MIDI file from a training set, as it stands on paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

Notes = NDArray[np.int32]
"""Rows of notes; columns: onset tick, end tick, pitch, velocity."""


@dataclass(slots=True)
class Score:
    """Tracks in file ticks, and what the meta events say: tempo in seconds a beat, metre in quarters a bar."""

    ticks_per_beat: int
    tracks: list[tuple[str, Notes]] = field(default_factory=list)
    tempos: list[tuple[int, float]] = field(default_factory=list)
    metres: list[tuple[int, float]] = field(default_factory=list)
    markers: list[tuple[int, str]] = field(default_factory=list)

    def seconds(self, ticks: NDArray[np.int32]) -> NDArray[np.float64]:
        """Seconds of file ticks by the tempo map."""
        changes = sorted(self.tempos) or [(0, 0.5)]
        if changes[0][0] > 0:
            changes.insert(0, (0, 0.5))
        at = np.array([tick for tick, _ in changes], float)
        per_tick = np.array([seconds for _, seconds in changes]) / self.ticks_per_beat
        start = np.concatenate([[0.0], np.cumsum(np.diff(at) * per_tick[:-1])])
        index = np.searchsorted(at, ticks, "right") - 1
        return np.asarray(start[index] + (ticks - at[index]) * per_tick[index])


def read_score(path: Path) -> Score:
    """Take in a MIDI file: its tracks, tempos, metres and markers."""
    midi = mido.MidiFile(path, clip=True)
    score = Score(midi.ticks_per_beat)
    for track in midi.tracks:
        notes = _read_track(track, score)
        if notes:
            score.tracks.append((track.name.strip(), np.array(sorted(notes), np.int32)))
    return score


def _read_track(track: mido.MidiTrack, score: Score) -> list[tuple[int, int, int, int]]:
    now = 0
    notes: list[tuple[int, int, int, int]] = []
    sounding: dict[tuple[int, int], tuple[int, int]] = {}
    for message in track:
        now += message.time
        if message.type in ("note_on", "note_off"):
            struck = sounding.pop((message.channel, message.note), None)
            if struck is not None and now > struck[0]:
                notes.append((struck[0], now, message.note, struck[1]))
            if message.type == "note_on" and message.velocity:
                sounding[message.channel, message.note] = (now, message.velocity)
        elif message.type == "set_tempo":
            score.tempos.append((now, message.tempo / 1e6))
        elif message.type == "time_signature":
            score.metres.append((now, message.numerator * 4 / message.denominator))
        elif message.type == "marker":
            score.markers.append((now, message.text))
    return notes
