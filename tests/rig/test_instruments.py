"""What the parts sound like: audible, in tune, and no later than a buffer and five milliseconds after the note."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
import pytest

from agent.ports.codec import write_midi
from agent.ports.fluid import FluidSynth
from agent.ports.jack_backend import JackBackend
from agent.ports.patchbay import Patchbay, Plug
from agent.ports.sound_rules import BUILT_IN, SpeakerPlan, soundfonts
from agent.ports.speaker_line import SpeakerLine
from agent.ports.synth import Synth
from models.music import Control, NoteOff, NoteOn, Program
from tests.rig.rig import PERIOD_FRAMES, SAMPLE_RATE, Rig
from tests.rig.tape import Tape

Sound = npt.NDArray[np.float32]

PARTS = {"lead": (0, 66, 72), "comp": (1, 4, 60), "bass": (2, 33, 40), "drums": (9, 0, 38)}
"""Channel, program and pitch; the drums have no pitch."""
IN_TUNE_CENTS, LATEST_SECONDS = 20.0, 0.005
HELD_SECONDS, AHEAD_SECONDS, FADED_SECONDS = 1.2, 0.3, 0.3
STROKES = 5
SILENCE, A4_HZ, A4 = 1e-4, 440.0, 69


def cents_off(sound: Sound, pitch: int) -> float:
    """How far the strongest tone within a major third of a pitch lies from it."""
    wanted = A4_HZ * 2.0 ** ((pitch - A4) / 12.0)
    padded = 16 * len(sound)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), padded))
    hz = np.fft.rfftfreq(padded, 1.0 / SAMPLE_RATE)
    near = (hz > wanted / 2 ** (4 / 12)) & (hz < wanted * 2 ** (4 / 12))
    return float(1200.0 * np.log2(hz[near][np.argmax(spectrum[near])] / wanted))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_heard_through_fluidsynth_in_tune_and_in_time(rig: Rig, part: str) -> None:
    channel, program, pitch = PARTS[part]
    left, tape = rig.fluidsynth(), Tape(rig.folder / "tape.jsonl")
    rig.peer("capture_midi.py", tape.path, "ears")  # what it passes on leaves in the same frame
    rig.ear.plug(rig.ear.port("ears:thru"), "fluid:midi_00")
    backend = JackBackend("Antiphon", time.perf_counter)
    patchbay = Patchbay(backend, [], [Plug("Out", "ears")], time.perf_counter, lambda item: None)
    patchbay.scan()
    patchbay.send("Out", Program(program, channel))
    with rig.ear.recording(left) as recording:
        assert patchbay.send_at("Out", NoteOn(pitch, 100, channel), time.perf_counter() + AHEAD_SECONDS)
        rig.wait_for(lambda: bool(tape.note_ons()), "the note to be sent")
        time.sleep(HELD_SECONDS)
        patchbay.send("Out", NoteOff(pitch, channel))
    backend.close()
    onset, struck = recording.onset_frame(SILENCE), tape.note_ons()[0].frame
    assert onset is not None
    # Early, too, by a part of a period: FluidSynth plays what comes within one from its beginning on.
    assert -PERIOD_FRAMES <= onset - struck <= PERIOD_FRAMES + LATEST_SECONDS * SAMPLE_RATE
    if part != "drums":
        sound = recording.since(struck)[: int(HELD_SECONDS * SAMPLE_RATE)]
        assert abs(cents_off(sound, pitch)) <= IN_TUNE_CENTS


def built_in(part: str) -> Synth:
    return Synth(SAMPLE_RATE)


def from_a_soundfont(part: str) -> FluidSynth:
    channel, program, _ = PARTS[part]
    return FluidSynth(SAMPLE_RATE, soundfonts()[0], 0.5, {channel: (0, program)})


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("own", [built_in, from_a_soundfont])
def test_a_part_is_heard_through_our_own_sound_in_tune_and_in_time(own: Callable[[str], Synth | FluidSynth], part: str) -> None:
    channel, _, pitch = PARTS[part]
    synth = own(part)
    assert np.abs(synth.render(PERIOD_FRAMES)).max() <= SILENCE
    synth.event(NoteOn(pitch, 100, channel))
    sound = synth.render(int(HELD_SECONDS * SAMPLE_RATE))[:, 0]
    assert np.flatnonzero(np.abs(sound) > SILENCE)[0] <= PERIOD_FRAMES + LATEST_SECONDS * SAMPLE_RATE
    if part != "drums":
        assert abs(cents_off(sound, pitch)) <= IN_TUNE_CENTS


@pytest.mark.parametrize("soundfont", [BUILT_IN, ""], ids=["built-in", "fluidsynth"])
def test_our_own_sound_leaves_the_loudspeaker_in_tune_and_in_time(rig: Rig, soundfont: str) -> None:
    channel, program, pitch = PARTS["lead"]
    where, plan = str(rig.folder / "speaker.sock"), SpeakerPlan(soundfont, 1.0, 0.0, {channel: (0, program)})
    speaker = rig.start("speaker", sys.executable, "-m", "agent.ports.speaker", where, plan.to_json())
    out = rig.ear.port("PortAudio:out_0", is_output=True)
    rig.wait_for(lambda: Path(where).exists(), "the speaker to listen")
    assert ("FluidSynth" in rig.log("speaker")) is (soundfont != BUILT_IN)
    line, late_frames = SpeakerLine(where), []
    for _ in range(STROKES):
        with rig.ear.recording(out) as recording:
            struck = rig.ear.frame
            line.send(write_midi(NoteOn(pitch, 100, channel)))
            time.sleep(HELD_SECONDS)
            line.send(write_midi(Control(120, 0, channel)))
        onset = recording.onset_frame(SILENCE)
        assert onset is not None
        late_frames.append(onset - struck)
        assert abs(cents_off(recording.since(onset)[: int(HELD_SECONDS * SAMPLE_RATE)], pitch)) <= IN_TUNE_CENTS
        time.sleep(FADED_SECONDS)
    assert median(late_frames) <= PERIOD_FRAMES + LATEST_SECONDS * SAMPLE_RATE
    line.close()
    rig.wait_for(lambda: speaker.poll() is not None, "the speaker to go home")
