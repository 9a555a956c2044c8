"""Solo: it plays alone for ever, in form, and never says the same eight bars more than three times."""

from __future__ import annotations

from itertools import groupby

from models.markov import MarkovMind
from models.music import Note
from tests.play.test_together import Diarist
from tests.stage import Stage


def sections(notes: list[Note]) -> list[tuple[tuple[float, int], ...]]:
    """What was played in each eight bars from the first bar line on."""
    first = min(note.onset_beats for note in notes) // 4 * 4
    by_section: dict[int, list[tuple[float, int]]] = {}
    for note in notes:
        section, place = divmod(note.onset_beats - first, 32.0)
        by_section.setdefault(int(section), []).append((round(place, 2), note.pitch))
    return [tuple(played) for _, played in sorted(by_section.items())]


def test_it_plays_alone_in_sections_with_chords_of_their_own(stage: Stage) -> None:
    diarist = Diarist()
    stage.begin(mode="solo", model=diarist)
    stage.cue("/ctl/key", 7, 0, at=0.0)
    stage.run(until_s=4.0 * 8 * 5)
    roots = [ask.changes[0].root for ask in diarist.asks][:32]
    assert roots[1:8] == roots[9:16]  # the key came after the first question
    assert roots[8:16] == roots[24:32] == [7, 4, 9, 2, 7, 4, 9, 2]
    assert roots[16:24] == [0, 2, 11, 4, 0, 2, 7, 2]
    assert all(ask.parts == ("lead", "comp") for ask in diarist.asks)


def test_the_knobs_drive_it(stage: Stage) -> None:
    diarist = Diarist()
    stage.begin(mode="solo", model=diarist)
    stage.cue("/ctl/density", 0.9, at=9.0)
    stage.run(until_s=20.0)
    assert diarist.asks[0].knobs.density == 0.5 and diarist.asks[-1].knobs.density == 0.9


def test_a_mind_that_repeats_itself_is_stopped_after_three_times(stage: Stage) -> None:
    stage.begin(mode="solo", model="drone")
    stage.run(until_s=4.0 * 8 * 20)
    runs = [len(list(alike)) for _, alike in groupby(sections(stage.session.agent_notes))]
    assert max(runs) <= 3 and len(runs) > 5


def test_an_hour_alone_is_neither_silence_nor_a_loop(stage: Stage) -> None:
    mind = MarkovMind()
    mind.reset(3)
    stage.begin(mode="solo", model=mind, bpm=240)
    stage.run(until_s=900.0)  # an hour's worth of bars at walking pace
    played = sections(stage.session.agent_notes)
    assert len(set(played)) == len(played)
    last = stage.session.agent_notes[-1]
    assert last.onset_beats > 900 * 4 - 16


def test_a_visitor_does_not_disturb_it(stage: Stage) -> None:
    stage.begin(mode="solo", model="drone")
    stage.hear("C4 at 5.0 for 0.5")
    stage.run(until_s=20.0)
    assert len(stage.heard()) > 20 and stage.cues("/turn") == [(1.0,)]
