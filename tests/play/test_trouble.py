"""When it goes wrong: a mode that raises, a mind that raves, answers that are stale or late, cables that are pulled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from agent.items import Heard, Phrase, Trouble
from agent.play.mode import Intent, Plan, View
from agent.play.modes import MODES
from agent.play.modes.listen import Listen
from models.music import Ask, Control, Note, NoteOff, NoteOn
from tests.stage import BASS, KEYS, OUT, SUSTAIN, Drone, Silence, Stage

LONG = "C4 at 0.1 for 20.0"


class Clumsy(Listen):
    """A mode that plans like any other and trips over the note D4."""

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        if event.pitch == 62:
            raise ZeroDivisionError("a mode has tripped")
        return (Plan(view.now.beats, view.now.beats + 8.0, ("comp",)),)


@pytest.fixture
def clumsy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODES, "accompany", Clumsy)


def test_a_mode_that_raises_is_hushed_and_shown_and_it_listens_on(clumsy: None, stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 0.1", "D4 at 2.2 for 0.1", "C4 at 3.1 for 0.1")
    stage.run(until_s=10.0)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.2"]
    assert stage.cues("/mode") == [("accompany",), ("listen",)]
    ((sentence,), *_) = stage.cues("/sys/error")
    assert "a mode has tripped" in str(sentence) and "fell back to listen" in str(sentence)


def test_a_mind_that_raves_cannot_stop_the_evening(stage: Stage) -> None:
    class Raving(Drone):
        def play(self, ask: Ask) -> Iterator[Note]:
            raise RuntimeError("I see colours")

    stage.begin(mode="accompany", model=Raving())
    stage.hear("C4 at 0.1 for 0.5", "D4 at 1.1 for 0.5")
    stage.run(until_s=5.0)
    assert stage.heard() == []
    assert "I see colours" in str(stage.cues("/sys/error")[0][0])


def test_absurd_notes_are_left_out_and_the_rest_is_played(stage: Stage) -> None:
    class Absurd(Silence):
        def play(self, ask: Ask) -> Iterator[Note]:
            yield Note(1.0, 0.5, 200, 80, "comp")
            yield Note(1.0, 0.5, -1, 80, "comp")
            yield Note(1.0, 0.5, 60, 0, "comp")
            yield Note(1.0, 0.5, 60, 300, "comp")
            yield Note(float("nan"), 0.5, 60, 80, "comp")
            yield Note(1.0, float("inf"), 60, 80, "comp")
            yield Note(1.0, 0.5, 60, 80, "kazoo")
            yield Note(1.0, -3.0, 72, 80, "comp")
            yield Note(1.0, 0.5, 64, 80, "comp")

    stage.begin(mode="accompany", model=Absurd())
    stage.hear("C4 at 0.1 for 0.5")
    stage.run(until_s=1.4)
    assert stage.heard() == ["C5 at 1.0 for 0.042", "E4 at 1.0 for 0.4"]


@pytest.mark.parametrize("stale_id", [0, 1, 3, 999])
def test_an_answer_to_another_question_is_ignored(stage: Stage, stale_id: int) -> None:
    stage.begin(mode="accompany", model="drone", latency_s=0.3)
    stage.hear("C4 at 0.1 for 0.2")
    # The second question is open from 0.5 to 0.8.
    stage.post(Phrase(0.7, stale_id, "plan", (Note(1.5, 0.5, 90, 80, "comp"),), last=True))
    stage.run(until_s=1.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5"]


def test_an_onset_that_is_too_late_is_left_out_but_a_note_off_never(stage: Stage) -> None:
    stage.begin(mode="accompany", model="silence", max_late_ms=50.0)
    stage.hear("C4 at 0.1 for 0.2")
    stage.run(until_s=0.3)
    hands = stage.session.hands
    hands.play("plan", Note(1.0, 5.0, 60, 80, "comp"))
    assert [sent.event for sent in stage.session.sound(1.04)] == [NoteOn(60, 80, 1)]  # late, but not too late
    hands.play("plan", Note(2.0, 0.5, 64, 80, "comp"))
    assert stage.session.sound(2.1) == []
    assert hands.scheduler.dropped_late == 1
    assert [sent.event for sent in stage.session.sound(500.0)] == [NoteOff(60, 1)]


def test_an_input_that_is_pulled_lets_go_of_its_keys(stage: Stage) -> None:
    stage.begin(mode="listen", thru=True)
    stage.hear("C4 at 0.5", "E4 at 0.6")
    stage.pull(KEYS, at=1.5)
    stage.run(until_s=3.0)
    assert stage.heard() == ["C4 at 0.5 for 1.0", "E4 at 0.6 for 0.9"]
    assert stage.cues("/human/held")[-1] == (0,)
    assert stage.cues("/sys/midi") == [(0, KEYS)]


def test_a_pedal_that_was_passed_on_is_lifted_with_the_keys(stage: Stage) -> None:
    stage.begin(mode="listen", thru=True)
    stage.post(Heard(0.5, KEYS, Control(SUSTAIN, 127)))
    stage.hear("C4 at 0.6 for 0.2")
    stage.pull(KEYS, at=1.5)
    stage.run(until_s=1.6)
    assert stage.outputs.pedals_down() == set()


def test_an_output_that_is_pulled_is_ended_and_its_music_goes_on_when_it_is_back(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear(LONG)
    stage.pull(OUT, at=2.1)
    stage.plug(OUT, at=2.7)
    stage.run(until_s=4.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.1", "C3 at 3.0 for 0.5", "C3 at 4.0 for 0.5"]
    assert stage.cues("/sys/midi") == [(0, OUT), (1, OUT)]


def test_an_output_that_is_pulled_leaves_the_others_alone(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", parts=("comp", "bass"), thru=True)
    stage.hear("C4 at 0.2 for 2.5")
    stage.pull(BASS, at=2.1)
    stage.run(until_s=2.9)
    assert stage.heard("synth") == ["C4 at 0.2 for 2.5", "C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5"]
    assert stage.heard("bass amp") == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.1"]


def test_a_key_struck_twice_without_a_release_does_not_hang_in_thru(stage: Stage) -> None:
    stage.begin(mode="listen", thru=True)
    stage.hear("C4 at 0.5", "C4 at 0.7 for 0.3")
    stage.run(until_s=9.0)
    assert stage.heard() == ["C4 at 0.5 for 0.2", "C4 at 0.7 for 0.3"]


def test_trouble_elsewhere_is_shown_to_a_person(stage: Stage) -> None:
    stage.begin()
    stage.post(Trouble(0.5, "the recording cannot be written: make room on the disk"))
    stage.run(until_s=1.0)
    assert stage.cues("/sys/error") == [("the recording cannot be written: make room on the disk",)]


def test_a_mind_that_stutters_is_heard_once(stage: Stage) -> None:
    class Stutter(Silence):
        def play(self, ask: Ask) -> Iterator[Note]:
            yield Note(1.0, 0.02, 60, 80, "comp")
            yield Note(1.03, 0.5, 60, 80, "comp")
            yield Note(1.03, 0.5, 64, 80, "comp")
            yield Note(1.25, 0.1, 60, 80, "comp")

    stage.begin(mode="accompany", model=Stutter())
    stage.hear("C4 at 0.1 for 0.2")
    stage.run(until_s=1.4)
    assert stage.heard() == ["C4 at 1.0 for 0.042", "E4 at 1.03 for 0.37", "C4 at 1.25 for 0.1"]


def test_a_needle_that_sticks_is_told_once_and_the_music_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.begin(mode="solo", model="drone")
    monkeypatch.setattr("agent.show.meters.Meters._music", lambda meters, now: 1 / 0)
    stage.run(until_s=8.0)
    assert len(stage.heard()) > 3 and stage.sounding() == set()
    assert len(stage.cues("/sys/error")) == 1
