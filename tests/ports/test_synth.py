"""Our own synth: in tune, without clicks, never too loud, silent in the end."""

import wave

import numpy as np
import pytest

from agent.ports.codec import write_midi
from agent.ports.speaker import Speaker
from agent.ports.synth import VOICES, Synth
from agent.ports.timbres import CHANNEL_TIMBRES, DRUM_CHANNEL
from agent.ports.wav import render_wav
from models.music import Control, NoteOff, NoteOn

RATE = 44100
VOICE_CHANNELS = (*CHANNEL_TIMBRES, 15)


def played(*timeline, seconds):
    """The sound of events at their seconds."""
    synth, at, pieces = Synth(RATE), 0, []
    for second, event in (*timeline, (seconds, None)):
        pieces.append(synth.render(int(second * RATE) - at))
        at = int(second * RATE)
        if event is not None:
            synth.event(event)
    return np.concatenate(pieces)


def loudest_hz(sound):
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound))))
    return np.argmax(spectrum) * RATE / len(sound)


def loudness(sound):
    return float(np.sqrt(np.mean(sound**2)))


@pytest.mark.parametrize("channel", [15, 1, 2])
def test_an_a_is_an_a(channel):
    sound = played((0.0, NoteOn(57, 90, channel)), seconds=1.0)
    assert loudest_hz(sound[RATE // 10 :]) == pytest.approx(220.0, abs=1.5)


def test_a_long_note_stays_in_tune():
    sound = played((0.0, NoteOn(69, 90, 1)), seconds=20.0)
    assert loudest_hz(sound[-RATE:]) == pytest.approx(440.0, abs=1.5)


@pytest.mark.parametrize("channel", VOICE_CHANNELS)
def test_no_key_clicks_when_it_comes_up(channel):
    """At a release nothing jumps more than it did while the note was held."""
    sound = played((0.0, NoteOn(48, 100, channel)), (0.5, NoteOff(48, channel)), seconds=0.7)
    jumps = np.abs(np.diff(sound[:, 0]))
    assert sound[0, 0] == 0.0
    assert jumps[int(0.499 * RATE) : int(0.52 * RATE)].max() <= jumps[int(0.4 * RATE) : int(0.49 * RATE)].max() * 1.1


@pytest.mark.parametrize("channel", [*VOICE_CHANNELS, DRUM_CHANNEL])
def test_harder_is_louder_and_let_go_is_silent(channel):
    soft, hard = (played((0.0, NoteOn(38, v, channel)), (0.2, NoteOff(38, channel)), seconds=3.0) for v in (30, 110))
    assert loudness(hard) > 2 * loudness(soft) > 0.0
    assert np.abs(hard[-RATE // 10 :]).max() < 0.002


def test_everything_at_once_is_not_too_loud():
    sound = played(*((0.0, NoteOn(pitch, 127, pitch % 4)) for pitch in range(30, 110)), seconds=0.5)
    assert np.abs(sound).max() <= 1.0


def test_more_notes_than_voices_end_the_oldest():
    synth = Synth(RATE)
    for pitch in range(30, 30 + VOICES + 30):
        synth.event(NoteOn(pitch, 60, 0))
        synth.render(64)
    for pitch in range(128):
        synth.event(NoteOff(pitch, 0))
    synth.render(3 * RATE)
    assert synth.silent


def test_the_pedal_holds():
    pedal_down, pedal_up = Control(64, 127, 15), Control(64, 0, 15)
    notes = [(0.0, pedal_down), (0.1, NoteOn(60, 90, 15)), (0.2, NoteOff(60, 15))]
    held = played(*notes, seconds=1.0)
    let_go = played(*notes, (0.3, pedal_up), seconds=1.0)
    assert loudness(held[-RATE // 5 :]) > 20 * loudness(let_go[-RATE // 5 :])


@pytest.mark.parametrize("number", [120, 123])
def test_panic_ends_a_channel_and_leaves_the_others(number):
    synth = Synth(RATE)
    for channel in (0, 1):
        synth.event(NoteOn(60, 90, channel))
    synth.event(Control(number, 0, 0))
    synth.render(2 * RATE)
    assert not synth.silent
    synth.event(Control(number, 0, 1))
    synth.render(3 * RATE)
    assert synth.silent


def test_a_closed_hat_ends_an_open_one():
    open_hat = (0.0, NoteOn(46, 100, DRUM_CHANNEL))
    ringing = played(open_hat, seconds=0.5)
    closed = played(open_hat, (0.1, NoteOn(42, 1, DRUM_CHANNEL)), seconds=0.5)
    assert loudness(closed[RATE // 4 :]) < loudness(ringing[RATE // 4 :]) / 3


def test_a_piece_becomes_a_sound_file(tmp_path):
    piece = [(0.5, NoteOn(60, 90, 15)), (1.0, NoteOff(60, 15)), (1.0, NoteOn(36, 90, DRUM_CHANNEL))]
    seconds = render_wav(piece, tmp_path / "piece.wav")
    with wave.open(str(tmp_path / "piece.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        assert file.getnframes() / RATE == pytest.approx(seconds, abs=0.01)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    onset = np.flatnonzero(np.abs(sound[:, 0]) > 50)[0] / RATE
    assert onset == pytest.approx(0.5, abs=0.005)
    assert seconds < 4.0


def test_a_key_nobody_lets_go_does_not_make_the_file_endless(tmp_path):
    assert render_wav([(0.0, NoteOn(60, 90, 0))], tmp_path / "held.wav") < 8.0


def test_the_speaker_plays_what_it_is_sent_and_shrugs_at_rubbish():
    speaker, sound = Speaker(Synth(RATE)), np.zeros((512, 2), dtype=np.float32)
    for data in (b"", b"\xff\xff", b"\x90", write_midi(NoteOn(60, 100))):
        speaker.play(data)
    speaker.fill(sound, 512, None, None)
    assert np.abs(sound).max() > 0.0
