"""A session told as steps."""

from models.future import held_keys
from models.history import History, Scene
from models.music import PARTS, Ask, Onset, Release
from models.vocabulary import BEAT, CHORD, NO_CHORD, NO_LENGTH, NOTE, QUALITIES, duration_bucket, key_of

SCENE = Scene.of(Ask(1, "", 0, 0, 4, ("comp",), 0), 0)


def kinds(steps):
    return [step.fields[0] for step in steps]


def test_a_beat_comes_before_its_notes_and_a_finished_beat_names_its_chord():
    history = History()
    history.hear([Onset(0.0, pitch, 80, "comp", False, 1.0) for pitch in (48, 64, 67)])
    first, second = history.steps(SCENE, 0, 30)
    assert kinds(first) == [BEAT, CHORD, NOTE, NOTE, NOTE]
    assert kinds(second) == [BEAT]
    assert first[1].fields[8] == QUALITIES.index("maj")


def test_an_open_key_is_held_until_its_release():
    history = History()
    history.hear([Onset(0.25, 60, 80, "lead", True)])
    assert history.steps(SCENE, 0, 100)[-1][0].held == (key_of(0, 60),)
    history.hear([Release(2.5, 60, "lead")])
    held = [beat[0].held for beat in history.steps(SCENE, 0, 100)]
    assert held == [(), (key_of(0, 60),), (key_of(0, 60),), (), ()]


def test_pitches_struck_together_ascend_and_the_first_player_goes_first():
    history = History()
    history.hear(
        [Onset(0.0, 67, 80, "comp", False, 1.0), Onset(0.0, 72, 80, "lead", True), Onset(0.01, 60, 80, "comp", False, 1.0)]
    )
    notes = [step.fields[1] for step in history.steps(SCENE, 0, 0)[0] if step.fields[0] == NOTE]
    assert notes == [key_of(1, 60), key_of(1, 67), key_of(0, 72)]


def test_only_the_agent_says_how_long_its_notes_are_meant_to_last():
    history = History()
    history.hear([Onset(0.0, 60, 80, "lead", True, 0.5), Onset(0.0, 48, 80, "comp", False, 2.0), Release(0.25, 48, "comp")])
    lengths = [step.fields[-1] for step in history.steps(SCENE, 0, 0)[0]]
    assert lengths == [NO_LENGTH, NO_LENGTH, duration_bucket(48)]  # hushed or not: what was told stays told


def test_a_key_struck_again_without_release_is_let_go_first():
    history = History()
    history.hear([Onset(0.0, 60, 80, "lead", True), Onset(1.0, 60, 80, "lead", True)])
    assert [(note.tick, note.end > 1000) for note in history.notes] == [(0, False), (24, True)]
    assert history.notes[0].end == 24


def test_a_key_that_nobody_lets_go_is_imagined_down_for_a_bar_only():
    history = History()
    history.hear([Onset(0.0, 60, 80, "lead", True)])
    assert held_keys(history.notes, 24) == {key_of(0, 60): 24 + 96}
    history.forget_before(40 * 24)
    assert history.notes == []


def test_negative_beats_and_unknown_parts_are_taken_as_they_come():
    history = History()
    history.hear(
        [Onset(-1.5, 60, 80, "lead", True), Onset(0.0, 60, 80, "kazoo", True), Onset(float("nan"), 60, 80, "lead", True)]
    )
    assert len(history.notes) == 1
    assert kinds(history.steps(SCENE, -2, -25)[0]) == [BEAT, NOTE]


def test_chords_are_named_from_what_sounds_and_silence_has_none():
    history = History()
    history.hear([Onset(0.0, pitch, 80, "comp", False, 2.0) for pitch in (45, 60, 64)])
    minor = 9 * len(QUALITIES) + QUALITIES.index("min")
    assert history.chords(0, 3) == [minor, minor, NO_CHORD]
    assert history.chords(2, 2) == []


def test_a_part_rests_from_the_end_of_its_last_note_or_from_where_the_music_began():
    history = History()
    assert history.rests_since(PARTS.index("comp")) > 10_000_000  # nothing has sounded: nobody rests
    history.hear([Onset(2.0, 60, 80, "lead", human=True)])
    assert history.rests_since(PARTS.index("comp")) == 48
    history.hear([Onset(3.0, 48, 80, "comp", human=False, length_beats=1.5)])
    assert history.rests_since(PARTS.index("comp")) == 108
