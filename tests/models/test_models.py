"""Every model keeps the same promises: seeds repeat, onsets are ordered, ranges are kept, nothing is struck while it sounds."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.checkpoint import path_of, shipped
from models.dice import DiceMind
from models.keys import scale
from models.markov import MarkovMind
from models.music import PARTS, TICKS_PER_BEAT, Ask, Knobs, Metre, Note, Onset, Release
from models.player import Player
from tests.models.makings import tiny_checkpoint

MODELS = {"markov": MarkovMind, "dice": DiceMind, "tiny": lambda: Player(tiny_checkpoint())}
MODELS |= {name: lambda name=name: Player.load(path_of(name)) for name in shipped()}
MELODY = (67, 69, 71, 74, 72, 71, 69, 67)


@pytest.fixture(params=MODELS, scope="module")
def model(request):
    return MODELS[request.param]()


def hear_melody(model, beats=4.0, seed=1):
    """The human plays eighths up to a beat, each let go a little early."""
    model.reset(seed)
    for i in range(int(beats * 2)):
        model.hear([Onset(i / 2, MELODY[i % 8], 80, "lead", True)])
        model.hear([Release(i / 2 + 0.4, MELODY[i % 8], "lead")])


def ask_at(now, parts=("comp",), **changes):
    return replace(Ask(1, "t", now, now + 0.1, now + 4, parts, 7), **changes)


def check(notes, ask):
    """Everything that a model promises about the notes of one ask."""
    assert [note.onset_beats for note in notes] == sorted(note.onset_beats for note in notes)
    free_at = {(note.part, note.pitch): note.end_beats for note in ask.committed}
    sounding = list(ask.committed)
    for note in notes:
        low, high = ask.knobs.register(note.part)
        assert note.part in ask.parts and low <= note.pitch <= high
        assert ask.start_beats - 1e-9 <= note.onset_beats < ask.end_beats
        assert 1 <= note.velocity <= ask.knobs.velocity_max and note.length_beats > 0
        assert free_at.get((note.part, note.pitch), -1e9) <= note.onset_beats + 1e-6
        free_at[note.part, note.pitch] = note.end_beats
        sounding.append(note)
        together = [n for n in sounding if n.part == note.part and n.onset_beats <= note.onset_beats < n.end_beats - 1e-6]
        assert len(together) <= ask.knobs.polyphony


def test_the_same_ask_after_the_same_past_gives_the_same_notes(model):
    hear_melody(model)
    first = list(model.play(ask_at(4.0)))
    assert list(model.play(ask_at(4.0))) == first
    hear_melody(model)
    assert list(model.play(ask_at(4.0))) == first


def test_another_seed_plays_something_else(model):
    hear_melody(model)
    played = {tuple(model.play(ask_at(4.0, ("comp", "lead"), seed=seed, human_part="bass"))) for seed in range(6)}
    assert len(played) > 1


def test_it_plays_something_under_a_melody(model):
    hear_melody(model, 8.0)
    assert any(list(model.play(ask_at(8.0, seed=seed))) for seed in range(4))


def test_a_note_is_given_before_the_rest_is_thought_of(model):
    hear_melody(model)
    long = ask_at(4.0, ("comp", "lead", "bass"), end_beats=1e6, human_part="drums")
    assert next(model.play(long)).onset_beats < 60


@settings(max_examples=15)
@given(data=st.data())
def test_knobs_are_walls(model, data):
    low = data.draw(st.integers(30, 80))
    knobs = Knobs(
        temperature=data.draw(st.floats(0.1, 2.0)),
        density=data.draw(st.floats(0, 1)),
        energy=data.draw(st.floats(0, 1)),
        follow=data.draw(st.floats(0, 1)),
        key=(data.draw(st.integers(0, 11)), data.draw(st.integers(0, 1))),
        key_strength=1.0,
        velocity_max=data.draw(st.integers(20, 127)),
        polyphony=data.draw(st.integers(1, 5)),
        registers=tuple((part, low, low + data.draw(st.integers(12, 40))) for part in PARTS),
    )
    parts = tuple(data.draw(st.sets(st.sampled_from(("comp", "bass", "lead")), min_size=1)))
    now = data.draw(st.floats(3.9, 6.0))
    held = tuple(
        Note(now + i / TICKS_PER_BEAT, 0.8, low + 2 + 3 * i, 60, parts[0]) for i in range(data.draw(st.integers(0, 2)))
    )
    ask = ask_at(now, parts, end_beats=now + 3, knobs=knobs, committed=held[: knobs.polyphony], human_part="drums")
    hear_melody(model)
    notes = list(model.play(ask))
    check(notes, ask)
    assert all(note.pitch % 12 in scale(knobs.key) for note in notes)


def test_what_the_agent_holds_is_not_struck_again(model):
    hear_melody(model)
    held = [pitch for pitch in range(43, 80) if pitch % 12 in (0, 4, 7)]
    model.hear([Onset(3.9, pitch, 60, "comp", False, 3.0) for pitch in held])
    ask = ask_at(4.0, knobs=Knobs(polyphony=40))
    assert not [note for note in model.play(ask) if note.pitch in held and note.onset_beats < 6.85]


def test_a_newer_ask_ends_an_older_one(model):
    hear_melody(model)
    older = model.play(ask_at(4.0, ("comp", "lead"), end_beats=60.0, human_part="bass"))
    next(older)
    fresh = list(model.play(ask_at(4.0)))
    list(older)
    assert list(model.play(ask_at(4.0))) == fresh


def test_three_four_time_shifted_bars_and_odd_places_are_played(model):
    hear_melody(model, 9.0)
    for metre in (Metre(3, 1.0), Metre(1, 0.0), Metre(12, -5.0), Metre(4, 0.5)):
        ask = ask_at(9.37, ("comp", "bass", "drums"), metre=metre)
        check(list(model.play(ask)), ask)


def test_strange_events_never_stop_it(model):
    model.reset(0)
    odd = [
        Release(1.0, 60, "lead"),
        Onset(5.0, 60, 0, "lead", True),
        Onset(2.0, 127, 127, "drums", True),
        Onset(2.0, 127, 127, "lead", True),
    ]
    model.hear([*odd, Onset(900.0, 61, 20, "lead", True), Release(0.0, 61, "lead"), Onset(3.0, 62, 20, "nobody", True)])
    for now in (901.0, 3.0, 5000.0, -4.0):
        ask = ask_at(now)
        check(list(model.play(ask)), ask)
    model.hear([])
    assert list(model.play(ask_at(5000.0, end_beats=5000.0))) == []


def test_an_evening_leaves_its_memory_flat(model):
    model.reset(0)
    for beat in range(600):
        model.hear([Onset(beat, MELODY[beat % 8], 80, "lead", True), Release(beat + 0.5, MELODY[beat % 8], "lead")])
        if beat % 20 == 0:
            model.hear(
                [Onset(note.onset_beats, note.pitch, 70, "comp", False, 0.5) for note in list(model.play(ask_at(beat)))[:2]]
            )
    kept = getattr(model, "_history", None)
    assert kept is None or len(kept.notes) < 200
