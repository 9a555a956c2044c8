"""Chords of the left hand are law."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from agent.play.left_hand import RESOLVE_BEATS, LeftHand
from models.markov import MarkovMind
from models.music import Ask, Note
from tests.stage import Silence, Stage, pitch_of


@pytest.mark.parametrize(
    ("held", "root", "tones"),
    [
        ((48, 52, 55), 0, (0, 4, 7)),
        ((52, 55, 60), 0, (0, 4, 7)),  # the same upside down
        ((45, 48, 52, 55), 9, (0, 3, 7, 10)),
        ((43, 50), 7, (0, 7)),  # a bare fifth stays one
        ((40, 46, 48), 4, (0, 6, 8)),  # no name
    ],
)
def test_a_chord_is_named_whichever_note_is_lowest(held: tuple[int, ...], root: int, tones: tuple[int, ...]) -> None:
    hand = LeftHand(61)
    hand.hear(4.0, [*held, 76])
    assert hand.law is not None and (hand.law.root, hand.law.tones) == (root, tones)
    assert hand.changes(2.0)[0].beats == 2.0


def test_single_bass_notes_the_right_hand_and_no_zone_are_no_law() -> None:
    for below, held in ((60, [36, 72, 76]), (60, [60, 64, 67]), (0, [48, 52, 55])):
        hand = LeftHand(below)
        hand.hear(0.0, held)
        assert hand.law is None and hand.changes(0.0) == ()


def test_the_agent_plays_the_chord_that_the_left_hand_struck_last(stage: Stage) -> None:
    mind = MarkovMind()
    mind.reset(1)
    stage.begin(mode="accompany", model=mind, left_hand_below=60, chord_strength=1.0, chart="| Db | Db |", parts=("comp",))
    struck = {1.0: ("C3", "E3", "G3"), 9.0: ("B2", "D3", "G3"), 17.0: ("A2", "C3", "E3")}
    for at, chord in struck.items():
        stage.hear(*(f"{name} at {at} for 2.0" for name in chord))
    stage.hear(*(f"E5 at {beat}.5 for 0.4" for beat in range(24)))
    stage.run(until_s=24.0)
    allowed = {1.0: {0, 4, 7}, 9.0: {7, 11, 2}, 17.0: {9, 0, 4}}
    for begin, end in pairwise([*struck, 24.0]):
        heard = [line.split() for line in stage.heard() if begin + 1.0 <= float(line.split()[2]) < end]
        assert heard and {pitch_of(words[0]) % 12 for words in heard} <= allowed[begin]


class Holds(Silence):
    """A mind that strikes C5 and F5 once, for a long time."""

    def play(self, ask: Ask) -> Iterator[Note]:
        """Both at the third beat."""
        if ask.start_beats <= 3.0 < ask.end_beats:
            yield from (Note(3.0, 6.0, pitch, 80, "comp") for pitch in (72, 77))


def test_what_the_agent_holds_is_let_go_when_the_left_hand_goes_somewhere_else(stage: Stage) -> None:
    stage.begin(mode="accompany", model=Holds(), left_hand_below=60, parts=("comp",))
    stage.hear("C3 at 1.0 for 3.9", "E3 at 1.0 for 3.9", "G3 at 1.0 for 3.9")
    stage.hear("Db3 at 5.0 for 3.0", "F3 at 5.01 for 3.0", "Ab3 at 5.02 for 3.0")
    stage.run(until_s=12.0)
    ends = {line.split()[0]: float(line.split()[2]) + float(line.split()[4]) for line in stage.heard() if " for " in line}
    assert ends["C5"] == pytest.approx(5.0 + RESOLVE_BEATS, abs=0.05)  # not in Db
    assert ends["F5"] > 8.0
