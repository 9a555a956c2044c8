"""Training hears exactly what the stage will hear, and its targets are what comes next."""

import numpy as np
import torch

from models.batch import flags, live_recipe, stack, transpose, with_drums
from models.corpus import COMP, LEAD
from models.history import History, Scene
from models.music import PARTS, Ask, Onset
from models.vocabulary import BEAT, CHORD, DURATIONS, FIELDS, NEVER, NO_KEY, NO_LENGTH, NOTE, STYLES
from models.window import Recipe, assemble
from tests.models.makings import tune


def held_keys(window):
    """Which keys are down after each step."""
    return flags(torch.from_numpy(window.held)[None], len(window.chord))[0].numpy()


COLUMN = {name: i for i, (name, _, _) in enumerate(FIELDS)}


def live_steps(piece, beats):
    """The same piece, as a session would have heard it."""
    history = History()
    for tick, part, pitch, length, velocity, _ in piece.notes.tolist():
        history.hear([Onset(tick / 24, pitch, velocity, PARTS[part], part == 0, length / 24)])
    ask = Ask(1, "", beats, beats, beats + 1, ("comp",), 0, bpm=90.0)
    scene = Scene.of(ask, STYLES.index("song"))
    return [step for beat in history.steps(scene, 0, beats * 24 - 1) for step in beat]


def test_a_step_in_training_is_the_same_step_on_stage():
    piece = tune()
    window = assemble(piece, 0, 120, Recipe(chords=False, hide_lengths=(LEAD,)), np.random.default_rng(0))
    held = held_keys(window)
    live = [step for step in live_steps(piece, 24) if step.fields[0] != CHORD][:120]
    for row, step in enumerate(live):
        ours = window.fields[row].tolist()
        ours[COLUMN["chord"]] = step.fields[COLUMN["chord"]]
        assert ours == list(step.fields)
        assert np.flatnonzero(held[row]).tolist() == list(step.held)


def test_what_is_held_after_a_note_includes_it_and_ends_with_it():
    window = assemble(tune(), 0, 60, Recipe(chords=False), np.random.default_rng(0))
    keys, held = window.fields[:, COLUMN["key"]], held_keys(window)
    for row in np.flatnonzero(keys != NO_KEY):
        assert held[row, keys[row]]
    lead = 128 * PARTS.index("lead")
    assert not held[window.fields[:, 0] == BEAT, lead : lead + 128].any()  # each lead note ends before the next beat


def test_the_one_accompanied_does_not_say_how_long_notes_will_last():
    window = assemble(tune(), 0, 60, Recipe(hide_lengths=(LEAD,)), np.random.default_rng(0))
    part, length = window.fields[:, COLUMN["key"]] // 128, window.fields[:, COLUMN["length"]]
    assert {DURATIONS[length] for length in set(length[part == COMP].tolist())} == {12, 20, 24}
    assert set(length[part != COMP].tolist()) == {NO_LENGTH}


def test_tick_targets_name_the_part_s_next_onset_in_this_beat():
    window = assemble(tune(), 0, 80, Recipe(shuffle_parts=True), np.random.default_rng(1))
    kinds, ticks, keys = (window.fields[:, COLUMN[name]] for name in ("kind", "tick", "key"))
    for row in range(60):
        for part in (0, 1):
            later = [i for i in range(row + 1, 80) if kinds[i] == BEAT or (kinds[i] == NOTE and keys[i] // 128 == part)]
            expected = NEVER if kinds[later[0]] == BEAT else ticks[later[0]]
            assert window.next_tick[row, part] == expected
    assert (window.next_tick[:, 2:] == -1).all()


def test_each_note_is_learnt_once_after_the_part_s_last_note_and_in_its_own_beat():
    window = assemble(tune(), 0, 100, Recipe(shuffle_parts=True), np.random.default_rng(2))
    kinds, ticks, keys = (window.fields[:, COLUMN[name]] for name in ("kind", "tick", "key"))
    assert len(window.notes) == (kinds == NOTE).sum()
    for place, part, tick, pitch, _, _ in window.notes.tolist():
        between = range(place + 1, 100)
        following = next(i for i in between if kinds[i] == NOTE and keys[i] // 128 == part)
        assert (ticks[following], keys[following] % 128) == (tick, pitch)
        assert BEAT not in kinds[place + 1 : following]


def test_chords_hidden_leave_no_trace_in_what_is_heard():
    window = assemble(tune(), 0, 80, Recipe(chords=False), np.random.default_rng(0))
    assert CHORD not in window.fields[:, 0]
    assert len(set(window.fields[:, COLUMN["chord"]].tolist())) == 1
    assert (window.chord[:60] >= 0).all()  # but the mind still learns to name them


def test_the_same_seed_gives_the_same_window_and_every_recipe_stays_in_the_table():
    piece = tune()
    for seed in range(40):
        first, again = (np.random.default_rng(seed) for _ in range(2))
        window = assemble(piece, seed % 30, 96, live_recipe(first, piece), first)
        other = assemble(piece, seed % 30, 96, live_recipe(again, piece), again)
        assert (window.fields == other.fields).all() and (window.notes == other.notes).all()
        for column, (name, size, _) in enumerate(FIELDS):
            assert 0 <= window.fields[:, column].min() and window.fields[:, column].max() < size, name


def test_a_batch_holds_its_windows_and_says_where_there_is_nothing():
    windows = [assemble(tune(), start, 50, Recipe(), np.random.default_rng(0)) for start in (0, 5)]
    batch = stack(windows)
    assert batch.fields.shape[:2] == (2, 50)
    for row, window in enumerate(windows):
        count = len(window.notes)
        assert batch.told[row, :count].tolist() == window.notes.tolist()
        assert (batch.told[row, count:] == -1).all()


def test_another_key_moves_everything_that_has_a_pitch_and_nothing_else():
    windows = [assemble(tune(), 0, 90, Recipe(semitones=up), np.random.default_rng(0)) for up in (0, 3)]
    plain, wanted = stack(windows[:1]), stack(windows[1:])
    moved = transpose(plain, torch.tensor([3]))
    assert (flags(moved.held, 90) == flags(wanted.held, 90)).all()
    for ours, theirs in zip(moved._replace(held=wanted.held), wanted, strict=True):
        assert (ours.long() == theirs.long()).all()


def test_a_drummer_laid_under_a_song_keeps_the_bar():
    song, take = tune(), tune(8)
    take.notes[:, 1] = PARTS.index("drums")
    together = with_drums(song, take, 10, np.random.default_rng(0))
    drums = together.notes[together.notes[:, 1] == 3]
    assert drums[0, 0] == 240 and (together.notes[:, 0] == np.sort(together.notes[:, 0])).all()
    pattern = {(tick % 96, pitch) for tick, pitch in take.notes[:, [0, 2]].tolist()}
    assert {(tick % 96, pitch) for tick, pitch in drums[:, [0, 2]].tolist()} <= pattern
    window = assemble(together, 10, 90, Recipe(semitones=5), np.random.default_rng(0))
    assert (window.next_tick[0] >= 0).tolist() == [True, True, False, True]


def test_a_thick_lead_takes_over_what_is_struck_with_it():
    window = assemble(tune(), 0, 60, Recipe(thick_lead=True, semitones=12), np.random.default_rng(0))
    keys = window.fields[window.fields[:, 0] == NOTE][:, COLUMN["key"]]
    assert (keys < 128).sum() > (
        assemble(tune(), 0, 60, Recipe(), np.random.default_rng(0)).fields[:, COLUMN["key"]] < 128
    ).sum()
