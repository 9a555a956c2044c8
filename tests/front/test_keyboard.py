"""The guest at the keyboard plays like a person: never quite on the beat, never with a key stuck, and listens to answers."""

from __future__ import annotations

from itertools import pairwise
from statistics import pstdev

import pytest

from agent.items import Cue, Item
from agent.keyboard import Hand, Keyboard, Room, Script, events
from agent.tunes import TUNES, UnknownTune, load_tune

ODE = "ode_to_joy"


class Parlour:
    """A room with a clock of its own. The agent answers every call: it thinks at `answers_at`, for `for_seconds`."""

    def __init__(self, until_s: float, turn: str = "listen") -> None:
        self.seconds, self.until_s, self.whose = 0.0, until_s, turn
        self.played: list[tuple[float, bytes]] = []
        self.items: list[Item] = []

    def room(self, **more: object) -> Room:
        return Room(now=lambda: self.seconds, keys=lambda data, at: self.played.append((at, data)), **more)  # type: ignore[arg-type]

    def wait(self, seconds: float) -> bool:
        self.seconds = min(self.seconds + seconds, self.until_s)
        return self.seconds >= self.until_s

    def strikes(self) -> list[float]:
        return [seconds for seconds, data in self.played if data[0] == 0x90]

    def down(self) -> set[int]:
        down: set[int] = set()
        for _, (status, pitch, _) in self.played:
            (down.add if status == 0x90 else down.discard)(pitch)
        return down


@pytest.mark.parametrize("name", TUNES)
def test_a_tune_is_a_melody_in_phrases_of_two_bars(name: str) -> None:
    tune = load_tune(name)
    assert (tune.beats_per_bar, len(tune.phrases)) == (4, 8)
    assert all(len(phrase) >= 3 and phrase[0].onset_beats == 0.0 for phrase in tune.phrases)
    assert all(one.end_beats <= other.onset_beats for one, other in pairwise(tune.notes))


def test_an_unknown_tune_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownTune, match="there are: ode_to_joy, all_through_the_night"):
        load_tune("yesterday")


def test_the_same_guest_plays_the_same_and_another_guest_does_not() -> None:
    assert events(Script(ODE, seed=3), 30.0) == events(Script(ODE, seed=3), 30.0)
    assert events(Script(ODE, seed=3), 30.0) != events(Script(ODE, seed=4), 30.0)


def test_a_hand_is_about_twelve_milliseconds_off_and_never_far() -> None:
    tune = load_tune(ODE)
    hand = Hand(seed=1, bpm=tune.bpm)
    felt = [hand.seconds_at(note.onset_beats) for note in tune.notes]
    struck = [seconds for seconds, data in hand.touch(tune.notes, 0.0) if data[0] == 0x90]
    off = [there - here for there, here in zip(struck, felt, strict=True)]
    assert 0.006 < pstdev(off) < 0.02
    assert max(map(abs, off)) <= 0.035


@pytest.mark.parametrize("seed", range(20))
def test_every_key_comes_up_before_it_goes_down_again(seed: int) -> None:
    down: set[int] = set()
    for _, (status, pitch, _) in events(Script(ODE, seed=seed), 60.0):
        assert (status == 0x90) == (pitch not in down)
        (down.add if status == 0x90 else down.discard)(pitch)
    assert down == set()


def test_phrases_swell_and_fall() -> None:
    struck = [data[2] for _, data in events(Script(ODE, seed=1, mode="accompany"), 30.0) if data[0] == 0x90]
    assert min(struck) < 70 < 80 < max(struck)


def test_half_way_through_the_guest_asks_for_a_conversation() -> None:
    parlour = Parlour(until_s=60.0)
    Keyboard(Script(ODE, seconds=60.0), parlour.room(post=parlour.items.append)).perform(parlour.wait)
    (cue,) = parlour.items
    assert isinstance(cue, Cue)
    assert (cue.address, cue.args) == ("/ctl/mode", ("call_response",))
    assert 25.0 < cue.seconds < 34.0


def test_asked_to_stay_in_one_mode_the_guest_just_plays_on() -> None:
    parlour = Parlour(until_s=60.0)
    Keyboard(Script(ODE, mode="accompany", seconds=60.0), parlour.room(post=parlour.items.append)).perform(parlour.wait)
    assert parlour.items == []
    assert max(later - earlier for earlier, later in pairwise(parlour.strikes())) < 2.0


def test_the_guest_waits_for_the_answer_to_end() -> None:
    parlour = Parlour(until_s=30.0)
    # The agent's turn lasts from the sixth second to the eleventh; the first call ends at about the fifth.
    room = parlour.room(turn=lambda: "play" if 6.0 < parlour.seconds < 11.0 else "listen")
    Keyboard(Script(ODE, mode="call_response"), room).perform(parlour.wait)
    assert [seconds for seconds in parlour.strikes() if 5.5 < seconds < 11.0] == []
    assert any(11.0 < seconds < 13.0 for seconds in parlour.strikes())


def test_the_guest_waits_for_the_model_but_not_for_ever() -> None:
    for ready_at, begins in ((2.0, 2.4), (1000.0, 6.4)):
        parlour = Parlour(until_s=20.0)
        room = parlour.room(ready=lambda at=ready_at, here=parlour: here.seconds >= at)
        Keyboard(Script(ODE), room).perform(parlour.wait)
        assert parlour.strikes()[0] == pytest.approx(begins, abs=0.1)


@pytest.mark.parametrize("until_s", [1.0, 2.05, 3.3, 7.77])
def test_asked_to_stop_the_guest_lifts_every_finger(until_s: float) -> None:
    parlour = Parlour(until_s)
    Keyboard(Script(ODE), parlour.room()).perform(parlour.wait)
    assert parlour.down() == set()


def test_the_last_moments_are_left_to_ring_out() -> None:
    parlour = Parlour(until_s=20.0)
    Keyboard(Script(ODE, mode="accompany", seconds=20.0), parlour.room()).perform(parlour.wait)
    assert parlour.strikes()[-1] <= 18.5
    assert parlour.down() == set()
