"""With a chart every model plays its chords: more strictly the stronger, at full strength never anything else."""

import pytest

from models.music import Ask, Change, Knobs
from models.vocabulary import QUALITIES, nearest_chord
from tests.models.test_models import MODELS, ask_at, check, hear_melody

CHART = tuple(
    Change(4.0 * bar, root, tones)
    for bar, (root, tones) in enumerate(((2, (0, 3, 7, 10)), (7, (0, 4, 7, 10)), (0, (0, 4, 7, 11))) * 2)
)


@pytest.fixture(params=[name for name in MODELS if name != "dice"], scope="module")  # dice read no charts
def model(request):
    return MODELS[request.param]()


def share_in_chord(notes, changes=CHART):
    """How many of the notes begin on a tone of the chord in force."""
    inside = [
        note.pitch % 12 in [change for change in changes if change.beats <= note.onset_beats + 1e-6][-1].pitch_classes
        for note in notes
    ]
    return sum(inside) / len(inside)


def played(model, strength, parts=("comp", "bass"), **knobs):
    """Notes for some bars with a chart at this strength."""
    notes = []
    for seed in range(4):
        hear_melody(model, seed=seed)
        ask: Ask = ask_at(4.0, parts, end_beats=12.0, changes=CHART, knobs=Knobs(chord_strength=strength, **knobs))
        answer = list(model.play(ask))
        check(answer, ask)
        notes += answer
    return notes


def test_at_full_strength_only_chord_tones_are_struck(model):
    notes = played(model, 1.0, ("lead", "comp", "bass"))
    assert len(notes) > 20 and share_in_chord(notes) == 1.0


def test_the_stronger_the_more_chord_tones(model):
    shares = [share_in_chord(played(model, strength)) for strength in (0.0, 0.5, 1.0)]
    assert shares == sorted(shares)


def test_a_key_that_is_held_goes_before_a_chord(model):
    foreign = (Change(0.0, 1, (0, 5)),)  # Db and Gb, of which C major has nothing
    hear_melody(model)
    knobs = Knobs(chord_strength=1.0, key=(0, 0), key_strength=1.0)
    notes = list(model.play(ask_at(4.0, ("comp",), end_beats=12.0, changes=foreign, knobs=knobs)))
    assert {note.pitch % 12 for note in notes} <= {0, 2, 4, 5, 7, 9, 11}


def test_no_chord_leaves_the_harmony_to_the_model(model):
    hear_melody(model)
    free = list(model.play(ask_at(4.0)))
    hear_melody(model)
    assert list(model.play(ask_at(4.0, changes=(Change(0.0, -1, ()),)))) == free


@pytest.mark.parametrize(
    ("tones", "quality"),
    [
        ((0, 3, 7, 10), "min7"),
        ((0, 4, 7, 10, 1), "7"),
        ((0, 3, 6, 10), "dim"),
        ((0, 4, 7, 11, 2), "maj7"),
        ((0, 4, 7, 9), "maj"),
        ((0, 5, 7, 10), "sus"),
        ((0, 4, 8), "aug"),
    ],
)
def test_a_richer_chord_is_told_to_the_network_by_its_nearest(tones, quality):
    assert QUALITIES[nearest_chord(5, tones) % len(QUALITIES)] == quality
    assert nearest_chord(5, tones) // len(QUALITIES) == 5
