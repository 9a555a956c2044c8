"""Chord charts: names as lead sheets and iReal write them, bars in time, sections that one can jump to."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.play.chart import ChartError, Form, chord_named, read_chart
from models.music import Metre

II_V_I = "| Dm7 | G7 | Cmaj7 | % |"
FOUR = Metre(4)


def heard(text: str, start: float, end: float, metre: Metre = FOUR) -> list[tuple[float, int]]:
    """Beats and roots."""
    return [(change.beats, change.root) for change in Form(text).changes(start, end, metre)]


@pytest.mark.parametrize(
    ("name", "root", "tones"),
    [
        ("C", 0, {0, 4, 7}),
        ("Dm7", 2, {0, 3, 7, 10}),
        ("D-7", 2, {0, 3, 7, 10}),
        ("Bb^7", 10, {0, 4, 7, 11}),
        ("Bb^", 10, {0, 4, 7, 11}),
        ("BbMaj7", 10, {0, 4, 7, 11}),
        ("E♭Δ7", 3, {0, 4, 7, 11}),
        ("F#h7", 6, {0, 3, 6, 10}),
        ("F#ø", 6, {0, 3, 6, 10}),
        ("A-7b5", 9, {0, 3, 6, 10}),
        ("Bo7", 11, {0, 3, 6, 9}),
        ("Bdim", 11, {0, 3, 6}),
        ("G+", 7, {0, 4, 8}),
        ("G7sus", 7, {0, 5, 7, 10}),
        ("Gsus4", 7, {0, 5, 7}),
        ("A7b9", 9, {0, 4, 7, 10, 1}),
        ("A7alt", 9, {0, 4, 7, 10, 3}),
        ("C-^7", 0, {0, 3, 7, 11}),
        ("C6", 0, {0, 4, 7, 9}),
        ("Eb-6", 3, {0, 3, 7, 9}),
        ("C/E", 0, {0, 4, 7}),
        ("Gm(maj7)", 7, {0, 3, 7, 11}),
    ],
)
def test_a_chord_by_its_name(name: str, root: int, tones: set[int]) -> None:
    change = chord_named(name)
    assert (change.root, set(change.tones)) == (root, tones)


@pytest.mark.parametrize("wrong", ["H7", "Cfoo", "dm7", "C//E", "7", "C/H"])
def test_what_is_no_chord_is_said_with_examples(wrong: str) -> None:
    with pytest.raises(ChartError, match="C\\^7"):
        read_chart(f"| C | {wrong} |")


@pytest.mark.parametrize("wrong", ["Dm7 G7", "| Dm7", "A | C |", "|" * 3 + "\nC"])
def test_what_is_no_chart_is_said_with_an_example(wrong: str) -> None:
    with pytest.raises(ChartError):
        read_chart(wrong)


def test_bars_come_in_time_and_round_again() -> None:
    assert heard(II_V_I, 0, 20) == [(0, 2), (4, 7), (8, 0), (12, 0), (16, 2)]


def test_the_chord_in_force_comes_first() -> None:
    assert heard(II_V_I, 6.5, 9) == [(4, 7), (8, 0)]


def test_chords_share_a_bar_and_a_waltz_has_three_beats() -> None:
    assert heard("| C F | G |", 0, 8) == [(0, 0), (2, 5), (4, 7)]
    assert heard("| C | G |", 0, 6, Metre(3)) == [(0, 0), (3, 7)]


def test_no_chord_leaves_the_harmony_open() -> None:
    assert heard("| C | N.C. |", 0, 8) == [(0, 0), (4, -1)]


def test_sections_have_names_and_can_be_jumped_to() -> None:
    form = Form("A: | C | F |\nBridge: | Am | E7 |")
    assert [form.section(beat, FOUR) for beat in (0.0, 7.9, 8.0, 16.0)] == ["A", "A", "Bridge", "A"]
    form.jump(1, 4.0, FOUR)
    assert [change.root for change in form.changes(4.0, 16.0, FOUR)] == [9, 4, 0]
    assert form.section(4.0, FOUR) == "Bridge"


@pytest.mark.parametrize(
    ("text", "key"),
    [(II_V_I, (0, 0)), ("| Am | F | G | Am |", (9, 1)), ("| C | Am | Dm7 | G7 |", (0, 0)), ("| N.C. |", None)],
)
def test_home_is_where_it_ends_or_where_its_last_chord_leads(text: str, key: tuple[int, int] | None) -> None:
    chart = read_chart(text)
    assert chart is not None and chart.key == key


@given(st.text(alphabet="ABCDEFG#bm7^-/|%: \n;adiujs", max_size=40), st.floats(0, 1e4), st.floats(0, 40))
def test_any_text_is_a_chart_or_a_sentence_and_its_changes_are_in_order(text: str, start: float, length: float) -> None:
    try:
        form = Form(text)
    except ChartError as error:
        assert str(error) and "\n" not in str(error)
        return
    changes = form.changes(start, start + length, FOUR)
    assert all(before.beats < after.beats for before, after in pairwise(changes))
