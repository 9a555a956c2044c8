"""Knobs for how it plays: each moves what it names, and nothing else breaks."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean

import pytest

from models.history import style_round
from models.markov import MarkovMind
from models.music import STYLES, Ask, Knobs, Note, Onset, style_named
from tests.stage import Stage, pitch_of

TUNE = (0, 2, 4, 2, 0, 2, 4, 2, 0, 2, 9, 7, 5, 4, 2, 4, 2, 0)
"""Steps, and a leap now and then."""
FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)


def played(part: str, **knobs: float) -> list[Note]:
    """Sixteen bars with a tune by the small mind."""
    mind = MarkovMind()
    mind.reset(3)
    mind.hear([Onset(number / 2, 60 + TUNE[number % len(TUNE)], 80, "lead", True, 0.4) for number in range(96)])
    return list(mind.play(Ask(1, "plan", 32.0, 32.0, 96.0, (part,), seed=4, human_part="lead", knobs=Knobs(**knobs))))  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["comp", "lead", "bass"])
def test_the_register_knob_moves_every_part_up(part: str) -> None:
    means = [fmean(note.pitch for note in played(part, height=height)) for height in FIVE]
    assert means == sorted(means) and means[-1] > means[0] + 3


def test_surprise_widens_the_choice_of_steps() -> None:
    def leaps(surprise: float) -> int:
        pitches = [note.pitch for note in played("lead", surprise=surprise)]
        return sum(abs(after - before) > 4 for before, after in pairwise(pitches))

    assert leaps(1.0) >= leaps(0.5) > leaps(0.0)


@pytest.mark.parametrize(("length", "beats"), [(0.0, 2.0), (0.5, 4.0), (1.0, 8.0)])
def test_the_length_knob_stretches_answers(length: float, beats: float) -> None:
    stage = Stage()
    stage.begin(mode="call_response", model="drone", breath_s=0.8, length=length)
    stage.hear("C4 at 0.0 for 0.4", "E4 at 0.5 for 0.4", "G4 at 1.0 for 0.4")
    stage.run(until_s=20.0)
    onsets = [float(line.split()[2]) for line in stage.heard()]
    assert beats - 1.0 <= max(onsets) - min(onsets) < beats


def test_a_human_touch_is_late_by_a_hair_varies_in_weight_and_is_the_same_again() -> None:
    def evening(humanize: float) -> list[tuple[float, str, object]]:
        stage = Stage()
        stage.begin(mode="accompany", model="drone", humanize=humanize)
        stage.hear("C4 at 0.0 for 0.4", "C4 at 6.0 for 0.4")
        stage.run(until_s=12.0)
        return [event for event in stage.outputs.events if type(event[2]).__name__ == "NoteOn"]

    exact, human = evening(0.0), evening(1.0)
    late = [at % 1.0 for at, _, _ in human]
    assert {at % 1.0 for at, _, _ in exact} == {0.0} and len(human) == len(exact)
    assert all(0.0 <= at <= 0.026 for at in late) and len({round(at, 4) for at in late}) > 3
    assert len({event.velocity for _, _, event in human}) > 3  # type: ignore[attr-defined]
    assert human == evening(1.0)


def test_a_style_is_one_or_a_blend_with_its_shares() -> None:
    assert style_named("hymn") == (("hymn", 1.0),)
    assert style_named("pop 2, quartet 1") == (("pop", 2.0), ("quartet", 1.0))
    assert style_named("") == () == style_round(())
    with pytest.raises(ValueError, match=r"'polka' is no style; there are: unknown, pop"):
        style_named("polka")
    pop, quartet = STYLES.index("pop"), STYLES.index("quartet")
    beats = style_round(style_named("pop 3 quartet 1"))
    assert (beats.count(pop), beats.count(quartet)) == (6, 2)
    assert style_round(style_named("quartet")) == (quartet,)


def test_knobs_turn_by_cue_and_an_unknown_style_is_said(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    for address, value in (("register", 0.9), ("surprise", 0.1), ("length", 2.0), ("humanize", 1.0), ("style", "hymn 1 pop 3")):
        stage.cue(f"/ctl/{address}", value, at=1.0)
    stage.cue("/ctl/style", "polka", at=2.0)
    stage.run(until_s=3.0)
    knobs = stage.session.controls.knobs
    assert (knobs.height, knobs.surprise, knobs.length, knobs.humanize) == (0.9, 0.1, 1.0, 1.0)
    assert knobs.style == (("hymn", 1.0), ("pop", 3.0))
    assert stage.said("/sys/error", at=3.0).startswith("'polka' is no style")  # type: ignore[union-attr]


def test_the_register_knob_reaches_what_is_heard(stage: Stage) -> None:
    mind = MarkovMind()
    mind.reset(1)
    stage.begin(mode="solo", model=mind, parts=("comp",), height=0.0)
    stage.cue("/ctl/register", 1.0, at=20.0)
    stage.run(until_s=40.0)
    lines = [(float(line.split()[2]), pitch_of(line.split()[0])) for line in stage.heard()]
    low, high = ([pitch for at, pitch in lines if begin < at < end] for begin, end in ((2.0, 19.0), (26.0, 39.0)))
    assert fmean(high) > fmean(low) + 5
