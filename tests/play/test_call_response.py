"""Call and response: it waits for a breath, answers in kind, hands the turn back, and lets itself be interrupted."""

from __future__ import annotations

from tests.stage import Stage

CALL = ("C4 at 0.0 for 0.4", "E4 at 0.5 for 0.4", "G4 at 1.0 for 0.4")  # the player stops at 1.4 s


def test_it_answers_only_after_a_breath(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8)
    stage.hear(*CALL)
    stage.run(until_s=8.0)
    assert stage.heard() == ["C4 at 2.5 for 0.4", "E4 at 3.0 for 0.4", "G4 at 3.5 for 0.4"]


def test_it_waits_longer_for_a_player_who_breathes_slowly(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=2.0)
    stage.hear(*CALL)
    stage.run(until_s=8.0)
    assert stage.heard()[0] == "C4 at 3.5 for 0.4"


def test_it_does_not_answer_while_a_key_is_down(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8)
    stage.hear(*CALL, "C5 at 1.5 for 4.0")
    stage.run(until_s=6.0)
    assert stage.heard() == []


def test_a_cough_is_no_call(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8)
    stage.hear("C4 at 0.0 for 0.4", "E4 at 0.5 for 0.4")
    stage.run(until_s=8.0)
    assert stage.heard() == []


def test_it_shows_whose_turn_it_is_and_hands_it_back(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8)
    stage.hear(*CALL)
    stage.run(until_s=8.0)
    assert stage.cues("/turn") == [(0.0,), (1.0,), (0.0,)]
    assert stage.said("/turn", at=2.1) == 0.0  # the breath is not over
    assert stage.said("/turn", at=3.8) == 1.0  # the last note sounds
    assert stage.said("/turn", at=4.5) == 0.0


def test_playing_on_over_the_answer_silences_it_at_once(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8)
    stage.hear(*CALL, "D5 at 3.1 for 0.2")
    stage.run(until_s=8.0)
    assert stage.heard() == ["C4 at 2.5 for 0.4", "E4 at 3.0 for 0.1"]
    assert stage.said("/turn", at=3.2) == 0.0


def test_an_interruption_may_begin_the_next_call(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8)
    stage.hear(*CALL, "D5 at 3.0 for 0.2", "C5 at 3.5 for 0.2", "B4 at 4.0 for 0.2")
    stage.run(until_s=9.0)
    assert stage.heard()[1:] == ["D5 at 5.5 for 0.2", "C5 at 6.0 for 0.2", "B4 at 6.5 for 0.2"]


def test_a_conversation_goes_on(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.5)
    stage.hear(*CALL, "A4 at 6.0 for 0.4", "F4 at 6.5 for 0.4", "D4 at 7.0 for 0.4")
    stage.run(until_s=12.0)
    assert [line.split()[0] for line in stage.heard()] == ["C4", "E4", "G4", "A4", "F4", "D4"]
    assert stage.cues("/turn") == [(0.0,), (1.0,), (0.0,), (1.0,), (0.0,)]


def test_an_answer_that_comes_late_is_still_called_off_by_an_interruption(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8, latency_s=0.5)
    stage.hear(*CALL, "D5 at 2.4 for 0.2")  # the answer was asked for at 2.2 and comes at 2.7
    stage.run(until_s=8.0)
    assert stage.heard() == []


def test_it_answers_with_the_lead_and_the_parts_it_has(stage: Stage) -> None:
    stage.begin(mode="call_response", model="drone", breath_s=0.8, parts=("bass",), commit_ms=0.0)
    stage.hear(*CALL)
    stage.run(until_s=12.0)
    assert stage.heard("synth") and stage.heard("bass amp")


def test_muted_it_does_not_answer_and_does_not_take_the_turn(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.8)
    stage.cue("/ctl/mute", 1, at=0.1)
    stage.hear(*CALL)
    stage.run(until_s=8.0)
    assert stage.heard() == []
    assert stage.cues("/turn") == [(0.0,)]
