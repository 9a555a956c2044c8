"""Our own sound: FluidSynth where the computer has it, with the instruments that the rig names; else the small synth."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from agent.commands.jam import Jam
from agent.config import Config, ConfigError, change
from agent.ports import fluid
from agent.ports.codec import write_midi
from agent.ports.fluid import FluidSynth, NoFluidSynth, own_synth
from agent.ports.sound_rules import BUILT_IN, SpeakerPlan, soundfonts
from agent.ports.speaker import Speaker
from agent.ports.synth import Synth
from agent.ports.timbres import Samples
from agent.rig import speaker_plan
from models.music import Bend, Control, Event, NoteOff, NoteOn, Pressure, Program

RATE = 48000


def orchestra(reverb: float = 0.0, **programs: int) -> FluidSynth:
    return FluidSynth(RATE, soundfonts()[0], reverb, {int(name[2:]): (0, number) for name, number in programs.items()})


def heard(synth: Synth | FluidSynth, *events: Event, seconds: float = 0.5) -> Samples:
    for event in events:
        synth.event(event)
    return synth.render(int(seconds * RATE))


def loudness(sound: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def test_each_part_has_its_instrument_and_another_one_when_it_is_told() -> None:
    note = NoteOn(60, 100, 0)
    piano, organ = heard(orchestra(), note), heard(orchestra(ch0=19), note)
    told = heard(orchestra(), Program(19, 0), note)
    assert loudness(piano - organ) > 0.5 * loudness(organ)
    assert loudness(told - organ) < 0.05 * loudness(organ)


def test_a_key_that_comes_up_ends_its_note_and_a_panic_everything() -> None:
    synth = orchestra(ch0=19)
    assert loudness(heard(synth, NoteOn(60, 100, 0))) > 0.005
    heard(synth, NoteOff(60, 0), seconds=1.5)
    assert loudness(heard(synth)) < 1e-4
    heard(synth, NoteOn(60, 100, 0), Control(64, 127, 0), NoteOff(60, 0))
    assert loudness(heard(synth)) > 0.005, "held by the pedal"
    heard(synth, Control(120, 0, 0), seconds=0.2)
    assert loudness(heard(synth)) < 1e-4


def test_drums_are_drums_and_what_it_cannot_play_is_left_out() -> None:
    synth = orchestra()
    assert loudness(heard(synth, NoteOn(38, 100, 9), seconds=0.1)) > 0.005
    heard(synth, Pressure(5, 0), Bend(100, 0), Control(3, 4, 0), Program(127, 9))
    assert synth.render(0).shape == (0, 2)


def test_the_room_can_be_left_out() -> None:
    def tail(reverb: float) -> float:
        synth = orchestra(reverb, ch0=19)
        heard(synth, NoteOn(60, 100, 0))
        heard(synth, NoteOff(60, 0), seconds=0.3)
        return loudness(heard(synth, seconds=0.5))

    assert tail(0.0) < 0.2 * tail(1.0)


def test_level_and_reverb_of_the_built_in_synth() -> None:
    def fills(level: float, reverb: float) -> Samples:
        speaker, sound = Speaker(Synth(RATE, reverb), level), np.zeros((RATE // 4, 2), dtype=np.float32)
        speaker.play(write_midi(NoteOn(60, 100)))
        speaker.fill(sound, len(sound), None, None)
        return sound

    assert loudness(fills(0.5, 0.5)) == pytest.approx(0.5 * loudness(fills(1.0, 0.5)), rel=1e-3)
    assert loudness(fills(0.0, 0.5)) == 0.0
    assert loudness(fills(1.0, 0.0) - fills(1.0, 1.0)) > 1e-3


def test_the_best_sound_there_is_is_chosen_and_whatever_is_missing_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synth, told = own_synth(SpeakerPlan(soundfont=""), RATE)
    assert isinstance(synth, FluidSynth) and told == f"FluidSynth with {soundfonts()[0].name}"
    assert isinstance(own_synth(SpeakerPlan(BUILT_IN), RATE)[0], Synth)
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(b"RIFF rubbish")
    synth, told = own_synth(SpeakerPlan(str(broken)), RATE)
    assert isinstance(synth, Synth) and "broken.sf2 is not a SoundFont" in told
    monkeypatch.setattr(fluid, "soundfonts", list)
    synth, told = own_synth(SpeakerPlan(soundfont=""), RATE)
    assert isinstance(synth, Synth) and "no SoundFont" in told
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    with pytest.raises(NoFluidSynth, match="antiphon"):
        FluidSynth(RATE, broken, 0.5, {})


def test_soundfonts_are_found_the_best_first(tmp_path: Path) -> None:
    for name in ("zebra.sf2", "TimGM6mb.sf2", "MuseScore_General.sf3", "notes.txt"):
        (tmp_path / name).touch()
    names = [path.name for path in soundfonts((str(tmp_path), str(tmp_path / "nowhere")))]
    assert names == ["MuseScore_General.sf3", "TimGM6mb.sf2", "zebra.sf2"]


def test_the_rig_says_who_plays_what() -> None:
    config = change(Config(), midi={"programs": {"lead": 74}, "banks": {"lead": 3}, "channels": {"bass": 5}})
    plan = speaker_plan(config)
    assert plan.programs[0] == (3, 73) and plan.programs[4] == (0, 33)
    assert SpeakerPlan.from_json(plan.to_json()) == plan


def test_a_soundfont_that_is_not_there_is_said_before_the_first_note(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text('[sound]\nsoundfont = "/no/such.sf2"\n')
    with pytest.raises(ConfigError, match=r"'/no/such\.sf2' is no file"):
        Jam(config=rig)._rig()
