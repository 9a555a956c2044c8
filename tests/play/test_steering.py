"""Steering: a chart, another take, undo, loop, fill, an end on the tonic, a pedal that hands the turn over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.items import Heard
from agent.play.keeping import Kept
from models.markov import MarkovMind
from models.music import Ask, Control, Note
from tests.play.test_properties import assert_alternating
from tests.play.test_together import Diarist
from tests.stage import KEYS, Stage, pitch_of

LONG = "C4 at 0.1 for 40.0"
CALL = ("C4 at 0.0 for 0.4", "E4 at 0.5 for 0.4", "G4 at 1.0 for 0.4")
II_V_I = "| Dm7 | G7 | C^7 | % |"


class Counting(Diarist):
    """A mind that plays a note on each beat, one step higher with every answer."""

    def play(self, ask: Ask) -> Iterator[Note]:
        self.asks.append(ask)
        for beat in range(int(ask.start_beats) + 1, int(ask.end_beats) + 1):
            yield Note(float(beat), 0.5, 47 + len(self.asks), 80, ask.parts[0])


def onsets(stage: Stage) -> list[float]:
    return [float(line.split()[2]) for line in stage.heard()]


def begin(stage: Stage, model: Diarist | str = "drone", **settings: object) -> None:
    stage.begin(mode="accompany", model=model, **settings)
    stage.hear(LONG)


# A chart.


def test_a_chart_is_told_to_the_mind_and_the_room(stage: Stage) -> None:
    diarist = Diarist()
    begin(stage, diarist, chart="Verse: | Dm7 | G7 |\nBridge: | C^7 |")
    stage.run(until_s=9.0)
    first = diarist.asks[0].changes
    assert [(change.beats, change.root) for change in first] == [(0.0, 2), (4.0, 7)]
    assert stage.said("/text/section", at=7.0) == "Verse" and stage.said("/text/section", at=8.5) == "Bridge"


def test_another_chart_begins_on_the_next_bar_and_can_be_taken_away(stage: Stage) -> None:
    diarist = Diarist()
    begin(stage, diarist)
    stage.cue("/ctl/chart", "| F | Bb |", at=1.2)
    stage.cue("/ctl/chart", "", at=9.2)
    stage.run(until_s=12.0)
    charted = [ask for ask in diarist.asks if 1.3 < ask.now_beats < 9.0]
    assert {(change.beats - 4.0) % 8.0 for ask in charted for change in ask.changes if change.root == 5} == {0.0}
    assert diarist.asks[0].changes == diarist.asks[-1].changes == ()


def test_a_section_is_jumped_to_on_the_next_bar(stage: Stage) -> None:
    diarist = Diarist()
    begin(stage, diarist, chart="| C | C | C | C |; | F# | F# |")
    stage.cue("/ctl/section", 1, at=5.0)
    stage.run(until_s=12.0)
    assert [ask.changes[0].root for ask in diarist.asks if 8.5 < ask.now_beats < 12] == [6] * 3
    assert stage.said("/text/section", at=11.0) == "B"


def test_what_is_no_chart_changes_nothing_and_is_said(stage: Stage) -> None:
    begin(stage, chart=II_V_I)
    stage.cue("/ctl/chart", "| H7 |", at=1.0)
    stage.run(until_s=2.0)
    assert "'H7' is no chord" in str(stage.cues("/sys/error")[0][0])
    assert stage.session.form.chart is not None


def test_the_shadow_sings_what_the_chart_says(stage: Stage) -> None:
    stage.begin(mode="shadow", model="silence", chart="| Ab |")
    stage.hear("C5 at 0.5 for 0.2", "Eb5 at 1.5 for 0.2")
    stage.run(until_s=3.0)
    assert [line.split()[0] for line in stage.heard()] == ["Ab4", "C5"]


def test_with_a_chart_at_full_strength_the_fallback_never_leaves_it(stage: Stage) -> None:
    mind = MarkovMind()
    stage.begin(mode="accompany", model=mind, chart=II_V_I, chord_strength=1.0, parts=("comp", "bass"))
    stage.hear(*(f"{'DFGA'[i % 4]}4 at {i * 0.5} for 0.4" for i in range(64)))
    stage.run(until_s=32.0)
    chords = ({2, 5, 9, 0}, {7, 11, 2, 5}, {0, 4, 7, 11}, {0, 4, 7, 11})
    notes = [(float(at), pitch_of(name) % 12) for name, _, at, *_ in (line.split() for line in stage.heard())]
    assert len(notes) > 60
    assert all(pitch in chords[int(at + 0.01) // 4 % 4] for at, pitch in notes)


# Taking turns.


def test_a_pedal_hands_the_turn_over_without_a_breath_and_back_again(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=5.0, turn_pedal=66, thru=True)
    stage.hear(*CALL)
    stage.post(Heard(1.6, KEYS, Control(66, 127)))
    stage.post(Heard(1.7, KEYS, Control(66, 0)))
    stage.post(Heard(2.7, KEYS, Control(66, 127)))
    stage.run(until_s=8.0)
    ours = [line for line in stage.heard() if float(line.split()[2]) > 1.5]
    assert ours == ["C4 at 2.0 for 0.4", "E4 at 2.5 for 0.4"]
    assert stage.cues("/turn") == [(0.0,), (1.0,), (0.0,)]
    assert not [event for _, _, event in stage.outputs.events if isinstance(event, Control)]


def test_a_cue_hands_the_turn_over_too(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=5.0)
    stage.hear(*CALL)
    stage.cue("/ctl/turn", 1, at=1.6)
    stage.cue("/ctl/turn", 0, at=2.2)
    stage.run(until_s=8.0)
    assert stage.heard() == ["C4 at 2.0 for 0.4", "E4 at 2.5 for 0.4"]


@pytest.mark.parametrize("latency_s", [0.0, 0.02, 0.3])
def test_playing_over_an_answer_silences_it_within_a_tenth_of_a_second(stage: Stage, latency_s: float) -> None:
    stage.begin(mode="call_response", model="drone", breath_s=0.5, latency_s=latency_s)
    stage.hear(*CALL, "A4 at 4.15 for 0.2")
    stage.run(until_s=4.6)
    last_s, _, _ = stage.outputs.events[-1]
    assert len(stage.heard()) >= 2 and last_s <= 4.25


def test_again_is_another_answer_to_the_same_call(stage: Stage) -> None:
    diarist = Counting()
    stage.begin(mode="call_response", model=diarist, breath_s=0.5)
    stage.hear(*CALL)
    stage.cue("/ctl/again", 1, at=3.6)
    stage.run(until_s=12.0)
    first, second = diarist.asks
    assert (first.end_beats - first.start_beats, first.parts) == (second.end_beats - second.start_beats, second.parts)
    assert first.seed != second.seed
    assert [line.split()[0] for line in stage.heard()][:3] == ["C3", "Db3", "Db3"]


# Another take, undo, loop, fill.


def test_again_has_the_rest_of_the_plan_played_anew(stage: Stage) -> None:
    begin(stage, Counting())
    stage.cue("/ctl/again", 1, at=1.6)
    stage.cue("/ctl/again", 0, at=1.7)
    stage.run(until_s=2.4)
    assert [line.split()[0] for line in stage.heard()] == ["Db3", "Eb3"]  # answers 2 and 4


def test_undo_takes_back_the_last_turn_of_the_desk_a_whole_sweep_at_once(stage: Stage) -> None:
    begin(stage)
    for step in range(10):
        stage.cue("/ctl/density", 0.5 + step / 20, at=1.0 + step / 10)
    stage.cue("/ctl/role/comp/mute", 1, at=3.2)
    stage.cue("/ctl/mode", "listen", at=4.0)
    for at in (5.0, 6.0, 7.0):
        stage.cue("/ctl/undo", 1, at=at)
    stage.run(until_s=7.5)
    assert stage.cues("/mode") == [("accompany",), ("listen",), ("accompany",)]
    assert stage.session.knobs.density == 0.5 and stage.session.parts == ("comp",)
    assert onsets(stage) == [1.0, 2.0, 3.0, 7.0]


def test_undo_with_nothing_to_undo_says_so(stage: Stage) -> None:
    begin(stage)
    stage.cue("/ctl/undo", 1, at=1.0)
    stage.run(until_s=2.0)
    assert stage.cues("/sys/error") == [("there is nothing to undo",)]


def test_a_loop_goes_round_until_it_is_let_go(stage: Stage) -> None:
    stage.begin(mode="accompany", model=Counting())
    stage.hear(LONG, "D4 at 5.3 for 0.2", "E4 at 6.2 for 0.2")
    stage.cue("/ctl/loop", 1, at=6.9)
    stage.cue("/ctl/loop", 0, at=17.6)
    stage.run(until_s=19.9)
    heard = [line.split()[0] for line in stage.heard()]
    bar = heard[3:7]  # beats 4 to 7
    assert heard[7:11] == bar and heard[11:15] == bar and heard[15:17] == bar[:2]
    assert onsets(stage) == [float(beat) for beat in range(1, 20)]
    assert stage.sounding() == set()


def test_there_is_nothing_to_loop_in_silence(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.cue("/ctl/loop", 2, at=1.0)
    stage.run(until_s=9.0)
    assert "nothing to loop" in str(stage.cues("/sys/error")[0][0]) and stage.heard() == []


def test_another_mode_ends_a_loop(stage: Stage) -> None:
    begin(stage)
    stage.cue("/ctl/loop", 1, at=3.0)
    stage.cue("/ctl/mode", "listen", at=9.6)
    stage.run(until_s=16.0)
    assert onsets(stage)[-1] == 9.0


def test_a_fill_is_more_up_to_the_bar_line(stage: Stage) -> None:
    diarist = Diarist()
    begin(stage, diarist)
    stage.cue("/ctl/fill", 1, at=5.2)
    stage.run(until_s=12.0)
    more = {ask.now_beats for ask in diarist.asks if ask.knobs.density > 0.8}
    assert more and min(more) == pytest.approx(5.2) and max(more) < 8.0
    assert next(ask.knobs.density for ask in diarist.asks if ask.now_beats > 7.99) == 0.5


# An end.


@pytest.mark.parametrize("at", [4.3, 6.9, 7.99, 8.0])
@pytest.mark.parametrize("key", [(7, 0), (4, 1)])
def test_it_ends_within_two_bars_on_the_tonic_and_then_listens(stage: Stage, at: float, key: tuple[int, int]) -> None:
    begin(stage, parts=("lead", "comp", "bass", "drums"))
    stage.cue("/ctl/key", *key, at=0.0)
    stage.cue("/ctl/end", 1, at=at)
    stage.run(until_s=30.0)
    last = max(onsets(stage))
    assert at + 2.0 <= last <= at + 8.0 and last % 4.0 == 0.0
    triad = {(key[0] + tone) % 12 for tone in ((0, 3, 7) if key[1] else (0, 4, 7))}
    final = [pitch_of(line.split()[0]) for line in stage.heard() if float(line.split()[2]) == last]
    assert {pitch % 12 for pitch in final if pitch not in (36, 49)} == triad and {36, 49} <= set(final)
    assert stage.session.mode_name == "listen" and stage.sounding() == set()
    assert_alternating(stage.outputs.events)


def test_the_way_to_the_end_is_not_cut(stage: Stage) -> None:
    begin(stage)
    stage.cue("/ctl/end", 1, at=4.3)
    stage.run(until_s=30.0)
    assert onsets(stage) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 8.0, 8.0]


def test_the_end_of_a_chart_is_its_home(stage: Stage) -> None:
    begin(stage, chart="| Bb | Gm | Cm7 | F7 |")
    stage.cue("/ctl/end", 1, at=4.3)
    stage.run(until_s=30.0)
    assert {line.split()[0][:-1] for line in stage.heard() if " at 8.0 " in line} == {"Bb", "D", "F"}


def test_who_is_stopped_on_the_way_to_the_end_listens(stage: Stage) -> None:
    begin(stage)
    stage.cue("/ctl/end", 1, at=4.3)
    stage.cue("/ctl/stop", 1, at=5.0)
    stage.run(until_s=12.0)
    assert max(onsets(stage)) <= 5.0 and stage.session.mode_name == "listen" and stage.sounding() == set()
    assert not stage.cues("/sys/error")


def test_silence_needs_no_end(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.cue("/ctl/end", 1, at=2.0)
    stage.run(until_s=12.0)
    assert stage.heard() == [] and stage.session.mode_name == "listen"


# Commit.


def test_the_commit_point_lies_as_near_as_the_answers_allow(stage: Stage) -> None:
    begin(stage, latency_s=0.25, commit_ms=40.0)
    stage.run(until_s=20.0)
    assert stage.said("/sys/commit", at=1.0) == 0.04
    assert stage.said("/sys/answer", at=19.0) == 250.0
    assert stage.said("/sys/commit", at=19.0) == pytest.approx(0.27)  # and is announced 20 ms before it sounds


def test_questions_that_are_overtaken_do_not_make_the_model_look_quick(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", latency_s=0.3)
    stage.hear(*(f"C4 at {0.1 + 0.2 * i:.1f} for 0.1" for i in range(60)), "E4 at 13.0 for 8.0")
    stage.run(until_s=20.0)
    assert float(stage.said("/sys/answer", at=19.0)) >= 200.0


def test_what_a_key_held_goes_round_as_long_as_it_was(stage: Stage) -> None:
    stage.begin(mode="shadow", parts=("lead",))
    stage.hear("C4 at 1.0 for 1.0", "E4 at 3.0 for 4.0")
    stage.cue("/ctl/loop", 1, at=3.5)
    stage.run(until_s=11.5)
    first, still_held, *rounds = stage.heard()
    assert [first.split()[2:], still_held.split()[2:]] == [["1.0", "for", "1.0"], ["3.0", "for", "4.0"]]
    assert [line.split()[2:] for line in rounds[:3]] == [["5.0", "for", "1.0"], ["7.0", "for", "4.0"], ["9.0", "for", "1.0"]]
    assert stage.sounding() == set()


def test_what_is_kept_ends_where_it_was_heard_to(stage: Stage) -> None:
    session = stage.begin(mode="shadow", parts=("lead",))
    kept: list[Kept] = []
    session.keep = lambda tracks, bpm, metre: kept.append(tracks) or "here"
    stage.hear("C4 at 1.0 for 1.0", "E4 at 3.0 for 4.0")
    stage.cue("/ctl/keep", 1, at=5.0)
    stage.run(until_s=8.0)
    assert [round(note.length_beats, 6) for note in kept[0]["agent:lead"]] == [1.0, 2.0]
