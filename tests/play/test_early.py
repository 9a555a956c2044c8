"""Hands that strike early, so that each note meets its instant: what has not sounded can be taken back, and nothing hangs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.play.hands import Hands, Routing
from agent.ports.codec import MidiReader, write_midi
from agent.ports.jack_line import JackLine
from models.music import Note
from models.tempo import TempoMap
from tests.play.test_properties import DEEDS, Player, assert_alternating
from tests.stage import BASS, OUT, MemoryOutputs


class HoldingOutputs(MemoryOutputs):
    """Instruments behind lines that hold what is for later, as those on the JACK graph do."""

    def __init__(self, now) -> None:
        super().__init__(now)
        self.lines: dict[str, JackLine] = {}

    def send(self, port, event) -> bool:
        return self.lay_down(port, 0.0, event)

    def send_at(self, port, event, seconds) -> bool:
        return self.lay_down(port, max(seconds, 1e-9), event)

    def ahead_seconds(self, port) -> float:
        return 0.006

    def lay_down(self, port, seconds, event) -> bool:
        self.cycle()
        line = self.lines.setdefault(port, JackLine(0, None, False))
        line.incoming.append((seconds, write_midi(event)))
        self.cycle()
        return True

    def cycle(self) -> None:
        reader = MidiReader()
        for port, line in self.lines.items():
            line.take_in()
            while (coming := line.next(lambda second: second <= self.now())) is not None:
                super().send(port, reader.read(coming[1]))

    def sounding(self):
        self.cycle()
        return super().sounding()


class EarlyPlayer(Player):
    """Whose panic may take a few milliseconds: what has left for its instant is not called back but by its key."""

    def do(self, verb, first, second) -> None:
        if verb == "panic":
            self.hands.panic(first)
        else:
            super().do(verb, first, second)


EARLY = st.sampled_from(((0.006, {}), (0.056, {OUT: 0.0, BASS: -0.05}), (0.006, {OUT: 0.3, BASS: 0.03})))


@settings(max_examples=400)
@given(st.lists(DEEDS, min_size=5, max_size=40), st.sampled_from((MemoryOutputs, HoldingOutputs)), EARLY)
def test_hands_that_strike_early_take_back_what_has_not_sounded_and_leave_no_note_either(deeds, outputs, early) -> None:
    early_seconds, offsets_seconds = early
    player = EarlyPlayer(outputs, early_seconds=early_seconds, offsets_seconds=offsets_seconds)
    for deed in deeds:
        player.do(*deed)
    player.wait(2.0)
    player.hands.panic()
    assert player.outputs.sounding() == player.outputs.pedals_down() == set()
    assert_alternating(player.outputs.events)
    assert sorted(planned.id for planned in player.released) == sorted(planned.id for planned in player.struck)


def a_note(outputs: MemoryOutputs, clock: list[float], **routing) -> Hands:
    hands = Hands(TempoMap(60.0), outputs, Routing({"comp": (OUT, 0)}, **routing))
    hands.play("plan", Note(1.0, 0.5, 60, 80, "comp"))
    return hands


def play_until(hands: Hands, clock: list[float], seconds: float) -> None:
    while (due := hands.next_due()) is not None and due <= seconds:
        clock[0] = max(clock[0], due)
        hands.next(clock[0])
    clock[0] = seconds


class PostMark(MemoryOutputs):
    """An instrument that notes when each event reached it, and for when."""

    def __init__(self, now, ahead_seconds) -> None:
        super().__init__(now)
        self.ahead, self.marks = ahead_seconds, []

    def ahead_seconds(self, port) -> float:
        return self.ahead

    def send_at(self, port, event, seconds) -> bool:
        self.marks.append((self.now(), seconds))
        return True


def test_a_note_leaves_early_for_a_line_that_holds_it_and_on_time_for_one_that_does_not():
    for ahead_seconds in (0.006, 0.0):
        clock = [0.0]
        instruments = PostMark(lambda clock=clock: clock[0], ahead_seconds)
        hands = a_note(instruments, clock, early_seconds=0.006)
        play_until(hands, clock, 1.2)
        assert instruments.marks == [(1.0 - ahead_seconds, 1.0)]


def test_a_hush_takes_back_what_has_been_struck_and_does_not_sound_yet():
    clock = [0.0]
    instruments = HoldingOutputs(lambda: clock[0])
    hands = a_note(instruments, clock, early_seconds=0.006)
    play_until(hands, clock, 0.996)
    hands.hush()
    play_until(hands, clock, 2.0)
    instruments.cycle()
    assert instruments.score() == []


def test_an_offset_moves_what_is_planned_and_not_what_is_for_now():
    clock = [0.0]
    instruments = MemoryOutputs(lambda: clock[0])
    hands = a_note(instruments, clock, offsets_seconds={OUT: 0.03})
    play_until(hands, clock, 1.2)
    hands.hush()
    assert instruments.score() == ["C4 at 1.03 for 0.17"]


def test_a_port_may_be_ahead_of_the_beat():
    clock = [0.0]
    instruments = MemoryOutputs(lambda: clock[0])
    hands = a_note(instruments, clock, early_seconds=0.02, offsets_seconds={OUT: -0.02})
    play_until(hands, clock, 2.0)
    assert instruments.score() == ["C4 at 0.98 for 0.5"]
