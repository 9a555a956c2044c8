"""Another mode, a mute, a panic: whatever is turned in mid flight, nothing hangs and nothing of the old way plays on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.play.modes import MODES
from models.music import Ask, Note
from tests.stage import Silence, Stage

LONG = "C4 at 0.1 for 20.0"


@pytest.mark.parametrize("old", MODES)
@pytest.mark.parametrize("new", MODES)
def test_every_mode_hands_over_to_every_other(stage: Stage, old: str, new: str) -> None:
    stage.begin(mode=old, model="drone")
    stage.hear("C4 at 0.1 for 0.5", "E4 at 0.6 for 0.5", "G4 at 1.1 for 0.5")
    stage.cue("/ctl/mode", new, at=3.3)
    stage.run(until_s=30.0)
    assert stage.cues("/mode") == [(old,)] if old == new else [(old,), (new,)]
    assert stage.sounding() == set()
    assert stage.cues("/sys/error") == []


def test_a_note_that_sounds_at_the_switch_rings_out_and_nothing_follows(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear(LONG)
    stage.cue("/ctl/mode", "listen", at=2.2)
    stage.run(until_s=10.0)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5"]


def test_accompany_carries_on_at_once_when_keys_are_down(stage: Stage) -> None:
    stage.begin(mode="listen", model="drone")
    stage.hear(LONG)
    stage.cue("/ctl/mode", "accompany", at=2.2)
    stage.run(until_s=3.9)
    assert stage.heard() == ["C3 at 3.0 for 0.5"]


def test_an_answer_to_the_mode_before_is_not_played(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", latency_s=0.5)
    stage.hear(LONG)
    stage.cue("/ctl/mode", "listen", at=0.4)  # the first answer comes at 0.6
    stage.run(until_s=5.0)
    assert stage.heard() == []


def test_an_alarm_of_the_mode_before_wakes_nobody(stage: Stage) -> None:
    asked: list[float] = []

    class Counting(Silence):
        def play(self, ask: Ask) -> Iterator[Note]:
            asked.append(ask.now_beats)
            yield from ()

    stage.begin(mode="accompany", model=Counting())
    stage.hear(LONG)
    stage.cue("/ctl/mode", "accompany", at=1.2)  # both the old one and the new one have asked to be woken at 1.5
    stage.run(until_s=5.0)
    assert asked == [0.1, 0.5, 1.2, 1.5, 2.5, 3.5, 4.5]


def test_a_mode_is_told_by_its_number_too(stage: Stage) -> None:
    stage.begin(mode="accompany")
    stage.cue("/ctl/mode", 0, at=0.5)
    stage.cue("/ctl/mode", 2.0, at=1.0)
    stage.run(until_s=2.0)
    assert stage.cues("/mode") == [("accompany",), ("listen",), ("call_response",)]


@pytest.mark.parametrize("wrong", ["duett", "", 99, -1, float("nan"), "accompany "])
def test_an_unknown_mode_changes_nothing_and_says_which_there_are(stage: Stage, wrong: str | float) -> None:
    stage.begin(mode="listen")
    stage.cue("/ctl/mode", wrong, at=0.5)
    stage.run(until_s=1.0)
    assert stage.session.mode_name == "listen"
    ((sentence,),) = stage.cues("/sys/error")
    assert "listen, accompany, call_response" in str(sentence)


def test_mute_lets_the_note_ring_out_and_rests_until_it_is_lifted(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear(LONG)
    stage.cue("/ctl/mute", 1, at=2.2)
    stage.cue("/ctl/mute", 0, at=4.2)
    stage.run(until_s=6.9)
    assert stage.heard() == [f"C3 at {onset} for 0.5" for onset in (1.0, 2.0, 5.0, 6.0)]


def test_panic_silences_at_once_and_the_music_goes_on(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear(LONG)
    stage.cue("/ctl/panic", 1, at=2.1)
    stage.run(until_s=4.2)
    assert stage.heard()[:3] == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.1", "C3 at 3.0 for 0.5"]


def test_the_release_of_a_panic_button_does_nothing(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear(LONG)
    stage.cue("/ctl/panic", 0, at=2.1)
    stage.run(until_s=2.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5"]


def test_panic_without_an_argument_is_meant(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear(LONG)
    stage.cue("/ctl/panic", at=2.1)
    stage.run(until_s=2.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.1"]


def test_panic_ends_thru_as_well(stage: Stage) -> None:
    stage.begin(mode="listen", thru=True)
    stage.hear("C4 at 0.5 for 5.0")
    stage.cue("/ctl/panic", 1, at=1.0)
    stage.run(until_s=7.0)
    assert stage.heard() == ["C4 at 0.5 for 0.5"]


def test_what_is_shown_as_held_is_what_sounds_even_after_panic_and_hush(stage: Stage) -> None:
    stage.begin(mode="call_response", breath_s=0.5)
    stage.hear("C4 at 0.0 for 0.4", "E4 at 0.5 for 0.4", "G4 at 1.0 for 0.4", "A4 at 2.1 for 0.1")
    stage.cue("/ctl/panic", 1, at=2.6)
    stage.run(until_s=8.0)
    assert stage.cues("/agent/held")[-1] == (0,)
    assert len(stage.cues("/agent/note")) % 2 == 0


def test_leaving_the_stage_ends_what_sounds(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", thru=True)
    stage.hear("C4 at 0.1")
    stage.run(until_s=2.2)
    assert stage.sounding() == set()


def test_a_mode_may_wait_for_the_next_beat_or_bar(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear(LONG)
    stage.cue("/ctl/mode", "together", "beat", at=2.2)
    stage.cue("/ctl/mode", "listen", "bar", at=4.6)
    stage.run(until_s=12.0)
    changes = [(seconds, args[0]) for seconds, (address, args) in stage.messages if address == "/mode"]
    assert [(round(seconds, 3), name) for i, (seconds, name) in enumerate(changes) if not i or name != changes[i - 1][1]] == [
        (0.0, "accompany"),
        (3.0, "together"),
        (8.0, "listen"),
    ]
    assert stage.heard()[-1] == "C3 at 7.0 for 0.5"


def test_the_last_word_counts_when_two_modes_wait(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", switch="bar")
    stage.cue("/ctl/mode", "solo", at=1.0)
    stage.cue("/ctl/mode", "listen", at=1.5)
    stage.run(until_s=12.0)
    assert stage.cues("/mode") == [("accompany",), ("listen",)]


def test_a_mode_is_not_taken_up_last_thursday(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.cue("/ctl/mode", "solo", "thursday", at=1.0)
    stage.run(until_s=2.0)
    assert "next bar" in str(stage.cues("/sys/error")[0][0]) and stage.session.mode_name == "listen"
