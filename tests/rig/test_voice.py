"""Somebody sings into a microphone and is answered; instruments are understood; an ear that dies leaves no note behind."""

from __future__ import annotations

import subprocess

import pytest

from tests.bench.singers import Sound, Tone, listen, sing
from tests.bench.voice import PRESETS, judge, melody, rendered
from tests.rig.gig import Gig
from tests.rig.rig import PATIENCE_SECONDS, SAMPLE_RATE, Rig

MICROPHONE = "PortAudio:in_0"
PITCHES = [60, 62, 64, 67, 65, 62]
ANSWERED_SECONDS = 0.25
"""From the onset of a sung note to its second voice, also on a busy machine."""


def sings(rig: Rig, sound: Sound) -> subprocess.Popen[bytes]:
    """Somebody sings to whom Antiphon listens."""
    path = rig.folder / "sung.raw"
    sound.tofile(path)
    port = rig.ear.port(MICROPHONE, is_input=True)
    return rig.peer("play_sound.py", path, "singer", "--to", port)


def test_somebody_sings_and_is_answered_and_an_ear_that_dies_leaves_no_note_behind(rig: Rig) -> None:
    gig = Gig(rig, ("--in", "nobody", "--out", "ears", "--voice", "--mode", "shadow"))
    rig.wait_for(gig.is_plugged_in, "Antiphon to find the piano")
    tones = [Tone(1.0 + 0.5 * n, 0.4, pitch) for n, pitch in enumerate(PITCHES)]
    assert sings(rig, sing(tones, 5.0)).wait(PATIENCE_SECONDS) == 0
    rig.wait_for(lambda: struck(gig) == PITCHES, f"the room to be told of what was sung, not {struck(gig)}")
    rig.wait_for(lambda: not held(gig), "the last sung note to end")
    beginning = int(rig.log("play_sound").splitlines()[0])
    for tone in tones:
        onset_frame = beginning + round(tone.onset_seconds * SAMPLE_RATE)
        answer = gig.wait_for_note(onset_frame)
        assert answer.frame - onset_frame <= ANSWERED_SECONDS * SAMPLE_RATE

    singer = sings(rig, sing([Tone(1.0, 8.0, 69)], 9.5))
    rig.wait_for(lambda: held(gig) == {69}, "the long note to be heard")
    dead = gig.pids()["voice"]
    gig.kill("voice")
    rig.wait_for(lambda: not held(gig), "the long note to end with the ear", within_seconds=1.0)
    gig.wait_for_new("voice", dead)
    rig.ear.port(MICROPHONE, is_input=True)
    rig.end(singer)
    gig.finish()


@pytest.mark.parametrize("instrument", ["flute", "violin", "voice"])
def test_an_instrument_is_understood(instrument: str) -> None:
    notes = melody()
    assert judge(instrument, notes, listen(rendered(notes, PRESETS[instrument]))).f1 >= 0.9


def struck(gig: Gig) -> list[int]:
    return [cue.pitch for cue in gig.cues("human") if cue.on]


def held(gig: Gig) -> set[int]:
    down: set[int] = set()
    for cue in gig.cues("human"):
        (down.add if cue.on else down.discard)(cue.pitch)
    return down
