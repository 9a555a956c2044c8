"""Shadow: a voice under each note, struck with it and released with it, out of the chord or the key."""

from __future__ import annotations

from collections.abc import Sequence
from time import thread_time

from agent.items import Heard
from agent.performer import step
from models.music import NoteOff, NoteOn, Onset, Release, Sounded
from tests.play.test_properties import assert_alternating
from tests.stage import KEYS, OUT, Silence, Stage, pitch_of


def begin_in_c(stage: Stage, **how: object) -> None:
    """Shadow in C major, whatever is heard."""
    stage.begin(mode="shadow", **{"model": "silence", **how})  # type: ignore[arg-type]
    stage.cue("/ctl/key", 0, 0, at=0.0)


def test_a_second_voice_sounds_with_each_note_and_ends_with_it(stage: Stage) -> None:
    begin_in_c(stage)
    stage.hear("E5 at 1.0 for 0.5", "D5 at 2.0 for 0.25", "C5 at 3.0 for 2.0")
    stage.run(until_s=8.0)
    assert stage.heard() == ["C5 at 1.0 for 0.5", "B4 at 2.0 for 0.25", "A4 at 3.0 for 2.0"]


def test_under_a_note_of_the_chord_it_sings_the_chord(stage: Stage) -> None:
    begin_in_c(stage)
    stage.hear("A2 at 0.5 for 0.1", "F3 at 0.5 for 0.1", "C4 at 0.5 for 0.1", "C5 at 1.2 for 0.5")  # F major over A
    stage.run(until_s=4.0)
    assert stage.heard()[-1] == "A4 at 1.2 for 0.5"


def test_held_in_a_key_it_never_leaves_the_scale(stage: Stage) -> None:
    stage.begin(mode="shadow", model="silence")
    stage.cue("/ctl/key", 2, 0, at=0.0)
    stage.hear(
        *(f"{name}{octave} at {0.5 + 0.3 * i + 3 * octave} for 0.2" for octave in (3, 4, 5) for i, name in enumerate("DEFGABC"))
    )
    stage.run(until_s=30.0)
    d_major = {2, 4, 6, 7, 9, 11, 1}
    pitches = {pitch_of(line.split()[0]) % 12 for line in stage.heard()}
    assert pitches and pitches <= d_major | {5, 0}  # F and C are the player's own


def test_more_density_brings_a_third_voice(stage: Stage) -> None:
    stage.begin(mode="shadow", model="silence", density=0.75)
    stage.hear("G5 at 1.0 for 0.5")
    stage.run(until_s=3.0)
    assert len(stage.heard()) == 2


def test_what_a_key_holds_rings_on_in_another_mode_until_the_key_comes_up(stage: Stage) -> None:
    begin_in_c(stage)
    stage.hear("E5 at 1.0 for 3.0")
    stage.cue("/ctl/mode", "listen", at=2.0)
    stage.run(until_s=6.0)
    assert stage.heard() == ["C5 at 1.0 for 3.0"]


def test_a_pulled_keyboard_lets_go_of_the_shadow_too(stage: Stage) -> None:
    begin_in_c(stage)
    stage.hear("E5 at 1.0")
    stage.pull(KEYS, at=2.0)
    stage.run(until_s=6.0)
    assert stage.heard() == ["C5 at 1.0 for 1.0"]


def test_a_key_struck_again_without_a_release_has_one_shadow(stage: Stage) -> None:
    begin_in_c(stage)
    stage.hear("E5 at 1.0", "E5 at 1.5 for 0.5")
    stage.run(until_s=6.0)
    assert stage.heard() == ["C5 at 1.0 for 0.5", "C5 at 1.5 for 0.5"]
    assert_alternating(stage.outputs.events)


def test_muted_it_is_silent_and_a_fistful_needs_no_shadow(stage: Stage) -> None:
    begin_in_c(stage)
    stage.hear(*(f"{name} at 0.5 for 0.2" for name in ("C3", "D3", "E3", "F3", "G3", "A3", "B3")))
    stage.cue("/ctl/mute", 1, at=1.0)
    stage.hear("E5 at 1.5 for 0.2")
    stage.run(until_s=3.0)
    assert len(stage.heard()) <= 4
    assert stage.sounding() == set()


def test_the_mind_hears_the_shadow_begin_and_end(stage: Stage) -> None:
    heard: list[Sounded] = []

    class Attentive(Silence):
        def hear(self, events: Sequence[Sounded]) -> None:
            heard.extend(events)

    begin_in_c(stage, model=Attentive())
    stage.hear("E5 at 1.0 for 0.5")
    stage.run(until_s=2.0)
    ours = [event for event in heard if event.pitch == 72]
    assert [type(event) for event in ours] == [Onset, Release]
    assert ours[0].length_beats is None


def test_it_answers_on_the_same_onset_well_within_eight_milliseconds(stage: Stage) -> None:
    stage.begin(mode="shadow", model="silence")
    session = stage.session
    session.begin(0.0)
    took_ms = []
    for number in range(300):
        seconds, pitch = 0.1 * (number + 1), 60 + number * 5 % 24
        began = thread_time()
        sent = step(session, Heard(seconds, KEYS, NoteOn(pitch, 80)), seconds)
        took_ms.append((thread_time() - began) * 1000.0)
        assert [s.port for s in sent if isinstance(s.event, NoteOn)] == [OUT]
        step(session, Heard(seconds + 0.05, KEYS, NoteOff(pitch)), seconds + 0.05)
    assert sorted(took_ms)[285] < 8.0
