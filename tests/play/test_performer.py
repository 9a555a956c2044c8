"""The loop: it comes round, writes down what happened, and nothing that raises in a session gets past it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.items import Curtain, Heard
from agent.performer import Performer
from models.music import Control, NoteOff, NoteOn, Onset, Release, Sounded
from tests.stage import KEYS, Drone, Stage


def test_the_evening_is_written_down_from_curtain_to_curtain(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 0.5")
    stage.run(until_s=1.2)
    passes = stage.tape.passes
    assert isinstance(passes[0].item, Curtain) and passes[0].item.rises
    assert isinstance(passes[-1].item, Curtain) and not passes[-1].item.rises
    sent = [(sent.event, sent.voice) for entry in passes for sent in entry.sent]
    assert sent == [(NoteOn(48, 80, 1), "comp"), (NoteOff(48, 1), "comp")]
    assert [event for event, _ in sent] == [event for _, _, event in stage.outputs.events]


def test_a_silent_room_is_not_written_down(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.run(until_s=60.0)
    assert len(stage.tape.passes) == 2  # the two curtains


def test_the_loop_shows_that_it_goes_round_although_nothing_happens(stage: Stage) -> None:
    beats: list[float] = []
    session = stage.begin(mode="listen")
    performer = Performer(session, stage.clock, stage.tape, lambda now, messages: None, beats.append)
    performer.perform(lambda: stage.clock.now() < 10.0)
    assert max(after - before for before, after in pairwise(beats)) <= 0.25


def test_a_mind_that_chokes_on_its_own_notes_leaves_none_of_them_hanging(stage: Stage) -> None:
    class Choking(Drone):
        def hear(self, events: Sequence[Sounded]) -> None:
            if any(isinstance(event, Onset) and not event.human for event in events):
                raise ValueError("that was me")

    stage.begin(mode="accompany", model=Choking())
    stage.hear("C4 at 0.1 for 5.0")
    stage.run(until_s=4.0)
    assert stage.heard() == ["B2 at 1.0 for 0.0"]
    assert stage.session.mode_name == "listen"
    assert "that was me" in str(stage.cues("/sys/error")[0][0])


def test_pedals_and_stray_releases_begin_nothing(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone")
    stage.post(Heard(0.5, KEYS, Control(64, 127)))
    stage.post(Heard(0.6, KEYS, NoteOff(60)))
    stage.post(Heard(0.7, "pads", NoteOff(60)))
    stage.run(until_s=5.0)
    assert stage.heard() == []
    assert stage.cues("/turn") == [(0.0,)]


def test_a_key_struck_again_while_it_is_down_comes_up_first(stage: Stage) -> None:
    heard: list[Sounded] = []

    class Listening(Drone):
        def hear(self, events: Sequence[Sounded]) -> None:
            heard.extend(events)

    stage.begin(mode="listen", model=Listening())
    stage.hear("C4 at 0.5", "C4 at 1.0 for 0.5")
    stage.run(until_s=2.0)
    assert [(type(event), event.beats) for event in heard] == [(Onset, 0.5), (Release, 1.0), (Onset, 1.0), (Release, 1.5)]
    assert [on for *_, on in stage.cues("/human/note")] == [1, 0, 1, 0]


def test_the_same_key_on_two_keyboards_is_two_keys(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.hear("C4 at 0.1 for 1.0")
    stage.hear("C4 at 0.5 for 0.1", port="pads")
    stage.run(until_s=2.0)
    assert stage.cues("/human/held") == [(1,), (2,), (1,), (0,)]


def test_the_same_evening_twice_is_the_same_evening() -> None:
    scores = []
    for _ in range(2):
        stage = Stage()
        stage.begin(mode="accompany", model="drone", sync="estimate", latency_s=0.05, thru=True)
        stage.hear(*(f"{name}4 at {0.61 * beat:.2f} for 0.3" for beat, name in enumerate("CDEFGABCDEFG")))
        stage.run(until_s=12.0)
        scores.append(stage.outputs.events)
    assert scores[0] == scores[1] and len(scores[0]) > 30
