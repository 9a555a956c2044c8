"""Somebody sings: the notes are those that were sung, begin when they were sung, and none of them hangs."""

from __future__ import annotations

import numpy as np
import pytest

from agent.listen.sung import LONGEST_SECONDS, Look, NoteFinder, Sung
from agent.ports.pitch_ear import PitchEar, Resampler
from models.music import NoteOff, NoteOn
from tests.bench.singers import RATE, Sound, Tone, listen, sing

ON_TIME_SECONDS, KNOWN_WITHIN_SECONDS = 0.015, 0.08
MELODY = (60, 62, 64, 65, 67, 64, 60)


def notes(sound: Sound, rate: int = RATE) -> list[int]:
    return [note.pitch for note in listen(sound, rate)]


def hiss(seconds: float, level: float) -> Sound:
    return (level * np.random.default_rng(7).standard_normal(int(seconds * RATE))).astype(np.float32)


def hum(seconds: float, hz: float = 100.0) -> Sound:
    return (0.05 * np.sin(2.0 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.mark.parametrize("gap_seconds", [0.0, 0.1], ids=["legato", "detached"])
def test_a_sung_line_is_heard_note_by_note_at_the_instants_at_which_it_was_sung(gap_seconds: float) -> None:
    tones = [Tone(1.0 + 0.4 * n, 0.4 - gap_seconds, pitch) for n, pitch in enumerate(MELODY)]
    found = listen(sing(tones, 4.5))
    assert [note.pitch for note in found] == list(MELODY)
    for tone, note in zip(tones, found, strict=True):
        assert abs(note.onset_seconds - tone.onset_seconds) <= ON_TIME_SECONDS
        assert note.known_seconds - tone.onset_seconds <= KNOWN_WITHIN_SECONDS
        assert abs(note.end_seconds - tone.onset_seconds - tone.length_seconds) <= 0.06


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000, 96000])
def test_whatever_the_sound_card_calls_a_second(rate: int) -> None:
    tones = [Tone(1.0 + 0.4 * n, 0.3, pitch) for n, pitch in enumerate((57, 64, 69))]
    found = listen(sing(tones, 2.5, rate=rate), rate)
    assert [note.pitch for note in found] == [57, 64, 69]
    assert max(abs(note.onset_seconds - tone.onset_seconds) for tone, note in zip(tones, found, strict=True)) <= ON_TIME_SECONDS


def test_a_note_sung_again_is_two_notes() -> None:
    assert notes(sing([Tone(1.0 + 0.35 * n, 0.3, 60) for n in range(4)], 3.0)) == [60] * 4


@pytest.mark.parametrize("hz", [4.5, 5.5, 6.5])
def test_a_vibrato_of_half_a_semitone_each_way_is_one_note(hz: float) -> None:
    assert notes(sing([Tone(1.0, 2.0, 64, vibrato_semitones=0.5, vibrato_hz=hz)], 3.5)) == [64]


def test_a_glide_of_less_than_a_semitone_is_one_note_and_of_two_is_another() -> None:
    assert notes(sing([Tone(1.0, 1.5, 60, to_pitch=60.8)], 3.0)) == [60]
    assert notes(sing([Tone(1.0, 1.2, 60, to_pitch=62, glides=(0.5, 0.6))], 3.0)) == [60, 62]
    assert notes(sing([Tone(1.0, 1.2, 67, to_pitch=60, glides=(0.5, 0.6))], 3.0)) == [67, 60]


def test_soft_and_loud_are_told_apart() -> None:
    tones = [Tone(1.0 + 0.5 * n, 0.4, 64, level=level) for n, level in enumerate((0.02, 0.1, 0.4))]
    velocities = [note.velocity for note in listen(sing(tones, 3.0))]
    assert velocities == sorted(velocities)
    assert velocities[-1] - velocities[0] >= 40


def test_from_a_bass_to_a_whistle() -> None:
    pitches = [40, 48, 57, 69, 79, 88]
    assert notes(sing([Tone(1.0 + 0.5 * n, 0.4, pitch) for n, pitch in enumerate(pitches)], 4.5)) == pitches


def test_a_room_has_no_notes_in_it() -> None:
    draw = np.random.default_rng(3)
    claps = hiss(4.0, 0.0003)
    for at in (1.0, 1.7, 2.3, 3.1):
        burst = draw.standard_normal(3000) * np.exp(-np.arange(3000) / 600.0)
        claps[int(at * RATE) : int(at * RATE) + 3000] += (0.4 * burst).astype(np.float32)
    breath = sing([Tone(1.0, 1.0, 60, level=0.0)], 3.0) + np.pad(hiss(1.0, 0.03), (RATE, RATE))
    for room in (hiss(4.0, 0.1), hum(4.0), claps, breath, np.zeros(4 * RATE, dtype=np.float32)):
        assert notes(room.astype(np.float32)) == []


def test_who_sings_in_a_noisy_room_is_heard_all_the_same() -> None:
    tones = [Tone(1.0 + 0.4 * n, 0.3, pitch) for n, pitch in enumerate(MELODY)]
    assert notes(sing(tones, 4.5) + hiss(4.5, 0.01)) == list(MELODY)
    assert notes(sing(tones, 4.5) + hum(4.5) / 10) == list(MELODY)


def test_a_hum_that_comes_later_is_a_note_for_a_breath_and_then_belongs_to_the_room() -> None:
    finder, heard = NoteFinder(), list[Sung]()
    for n in range(6000):
        seconds, hums = n * 0.01, n >= 100
        finder.level(seconds, -30.0 if hums else -70.0)
        heard += finder.look(Look(seconds, 57.0, 0.9 if hums else 0.0))
    assert [type(sung.event) for sung in heard] == [NoteOn, NoteOff]
    assert heard[1].seconds - heard[0].seconds <= LONGEST_SECONDS + 0.1


def test_hostile_sound_is_outlived() -> None:
    ear, line = PitchEar(RATE), sing([Tone(0.7, 0.4, 60)], 1.5)
    for rubbish in (np.nan, np.inf, -np.inf, 1e38, -1e38, 1.0, 0.3):
        ear.hear(np.full(480, rubbish, dtype=np.float32), 0.0)
    ear.hear(np.zeros(0, dtype=np.float32), 0.0)
    assert [note.pitch for note in listen(line, ear=ear)] == [60]
    assert notes((10.0 * line).clip(-1.0, 1.0)) == [60], "clipped"
    assert notes(line + np.float32(0.4)) == [60], "with direct current"
    assert notes(np.where(np.arange(len(line)) % 4000 == 0, np.nan, line).astype(np.float32)) == [60], "with holes"


def test_another_sample_rate_keeps_a_tone_and_loses_what_it_cannot_hold() -> None:
    t = np.arange(48000) / 48000
    down = Resampler(48000, 16000)
    kept = np.concatenate([down.pass_on(piece) for piece in np.split(np.sin(2 * np.pi * 440 * t).astype(np.float32), 375)])
    lost = Resampler(48000, 16000).pass_on(np.sin(2 * np.pi * 12000 * t).astype(np.float32))
    assert abs(len(kept) - 16000) <= 20
    assert kept[100:].std() == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert lost[100:].std() < 0.01
