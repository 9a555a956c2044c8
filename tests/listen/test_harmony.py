"""Key and chord of simple music."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.listen.chord import QUALITIES, ChordFinder
from agent.listen.key import TONICS, KeyFinder, key_name
from agent.listen.listener import Listener
from models.music import Onset

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11, 12), (0, 2, 3, 5, 7, 8, 11, 12)
CADENCE = (0, 4, 7, 5, 9, 12, 7, 11, 14, 0, 4, 7, 12)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("mode", [0, 1])
def test_a_scale_and_its_triad_tell_the_key(tonic: int, mode: int) -> None:
    finder = KeyFinder()
    triad = (0, 3 if mode else 4, 7, 12)
    for beat, step in enumerate((*(MINOR if mode else MAJOR), *triad)):
        finder.hear(float(beat), 60 + tonic + step)
    assert finder.key == (tonic, mode)


@pytest.mark.parametrize("tonic", range(12))
def test_a_cadence_tells_the_key_and_more_of_them_make_it_sure(tonic: int) -> None:
    finder = KeyFinder()
    for beat, step in enumerate(CADENCE):
        finder.hear(float(beat), 48 + tonic + step)
    assert finder.key == (tonic, 0)
    once = finder.confidence
    for beat, step in enumerate(CADENCE * 3, len(CADENCE)):
        finder.hear(float(beat), 48 + tonic + step)
    assert finder.key == (tonic, 0)
    assert finder.confidence > 0.4 > once


def test_the_key_changes_with_the_music() -> None:
    finder = KeyFinder()
    for beat, step in enumerate(CADENCE * 3):
        finder.hear(float(beat), 48 + step)
    for beat, step in enumerate(CADENCE * 4, len(CADENCE) * 3):
        finder.hear(float(beat), 48 + 6 + step)
    assert finder.key == (6, 0)


def test_before_the_first_note_it_is_not_sure_of_anything() -> None:
    assert KeyFinder().confidence == 0.0
    assert KeyFinder().chroma() == [0.0] * 12


@settings(max_examples=300)
@given(st.lists(st.tuples(st.floats(0.0, 500.0), st.integers(0, 127)), max_size=40))
def test_whatever_is_played_key_and_chroma_stay_in_range(notes: list[tuple[float, int]]) -> None:
    finder, chords = KeyFinder(), ChordFinder()
    for beats, pitch in notes:
        finder.hear(beats, pitch)
        chords.hear(beats, pitch, [pitch, 127 - pitch])
        assert 0 <= finder.key[0] <= 11 and finder.key[1] in (0, 1)
        assert 0.0 <= finder.confidence <= 1.0
        assert all(0.0 <= share <= 1.0 for share in finder.chroma())
        assert chords.chord is None or 0.0 <= chords.chord.confidence <= 1.0


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("quality", QUALITIES)
def test_every_chord_in_root_position_is_named(root: int, quality: str) -> None:
    finder = ChordFinder()
    held: list[int] = []
    for tone in QUALITIES[quality]:
        held.append(48 + root + tone)
        finder.hear(0.0, held[-1], held)
    assert finder.chord is not None
    assert finder.chord.name == TONICS[root] + quality


def test_an_inversion_names_its_bass() -> None:
    finder = ChordFinder()
    held: list[int] = []
    for pitch in (52, 60, 67, 72):
        held.append(pitch)
        finder.hear(0.0, pitch, held)
    assert finder.chord is not None and finder.chord.name == "C/E"


def test_two_notes_are_no_chord() -> None:
    finder = ChordFinder()
    finder.hear(0.0, 60, [60])
    finder.hear(0.0, 67, [60, 67])
    assert finder.chord is None


def test_a_passing_note_does_not_change_the_chord() -> None:
    finder = ChordFinder()
    for pitch in (48, 52, 55, 60):
        finder.hear(0.0, pitch, [48, 52, 55])
    finder.hear(0.5, 62, [48, 52, 55])
    assert finder.chord is not None and finder.chord.name == "C"


def test_the_key_leans_towards_its_own_chords() -> None:
    names = set()
    for key in ((0, 0), (4, 0)):
        finder = ChordFinder()
        for pitch in (64, 67, 71):
            finder.hear(0.0, pitch, [64], key)
        finder.hear(0.5, 72, [64], key)
        assert finder.chord is not None
        names.add((key, finder.chord.confidence))
    assert len(names) == 2


def test_keys_are_named_as_musicians_do() -> None:
    assert [key_name(key) for key in ((0, 0), (9, 1), (10, 0))] == ["C major", "A minor", "Bb major"]


def test_the_agents_own_notes_do_not_argue_it_into_a_key() -> None:
    listener = Listener()
    for beat, step in enumerate(CADENCE):
        listener.hear(Onset(float(beat), 54 + step, 80, "comp", human=False, length_beats=1.0), [], beat / 2)
    assert listener.key_confidence == 0.0


def test_drums_have_no_harmony() -> None:
    listener = Listener()
    for beat in range(8):
        listener.hear(Onset(float(beat), 36 + beat, 80, "drums", human=True), [], beat / 2)
    assert listener.key_confidence == 0.0 and listener.chord is None


def test_density_and_energy_are_those_of_the_last_four_beats() -> None:
    listener = Listener()
    for eighth in range(32):
        listener.hear(Onset(eighth / 8, 60, 127, "lead", human=True), [], eighth / 16)
    assert listener.density(3.9) == 1.0 and listener.energy(3.9) == 1.0
    assert listener.density(20.0) == 0.0 and listener.energy(20.0) == 0.0
