"""What the parts sound like: audible, in tune, and no later than a buffer and five milliseconds after the note."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import pytest

from agent.ports.jack_backend import JackBackend
from agent.ports.patchbay import Patchbay, Plug
from agent.ports.synth import Synth
from models.music import NoteOff, NoteOn, Program
from tests.rig.rig import PERIOD_FRAMES, SAMPLE_RATE, Rig
from tests.rig.tape import Tape

Sound = npt.NDArray[np.float32]

PARTS = {"lead": (0, 66, 72), "comp": (1, 4, 60), "bass": (2, 33, 40), "drums": (9, 0, 38)}
"""Channel, program and pitch; the drums have no pitch."""
IN_TUNE_CENTS, LATEST_SECONDS = 20.0, 0.005
HELD_SECONDS, AHEAD_SECONDS = 1.2, 0.3
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


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_heard_through_our_own_synth_in_tune_and_in_time(part: str) -> None:
    channel, _, pitch = PARTS[part]
    synth = Synth(SAMPLE_RATE)
    assert np.abs(synth.render(PERIOD_FRAMES)).max() <= SILENCE
    synth.event(NoteOn(pitch, 100, channel))
    sound = synth.render(int(HELD_SECONDS * SAMPLE_RATE))[:, 0]
    assert np.flatnonzero(np.abs(sound) > SILENCE)[0] <= PERIOD_FRAMES + LATEST_SECONDS * SAMPLE_RATE
    if part != "drums":
        assert abs(cents_off(sound, pitch)) <= IN_TUNE_CENTS
