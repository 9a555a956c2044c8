"""Instruments are found by name, lost when their cable goes, and taken up again."""

import pytest

from agent.items import Clocked, Heard, PortNews, Trouble
from agent.ports.memory import MemoryBackend, MemoryLine
from agent.ports.patchbay import Patchbay, Plug
from models.music import NoteOff, NoteOn

C4 = bytes((0x90, 60, 80))
C4_UP = bytes((0x80, 60, 0))


class Room:
    """A patchbay in a room whose clock we hold."""

    def __init__(self, backend, inputs=(), outputs=()):
        self.seconds = 0.0
        self.items = []
        self.backend = backend
        plugs = [[Plug(*plug) for plug in plugs] for plugs in (inputs, outputs)]
        self.patchbay = Patchbay(backend, *plugs, lambda: self.seconds, self.items.append)
        self.patchbay.scan()

    def news(self):
        told = [(item.port, item.direction, item.present) for item in self.items if isinstance(item, PortNews)]
        self.items.clear()
        return told

    def heard(self):
        return [item for item in self.items if isinstance(item, Heard)]


def test_an_instrument_is_found_by_part_of_its_name():
    room = Room(MemoryBackend(inputs=("Launchkey MK3:Keys 20:0",)), inputs=[("keys", "launchkey")])
    room.backend.play("Launchkey MK3:Keys 20:0", C4, seconds=1.5)
    assert room.heard() == [Heard(1.5, "keys", NoteOn(60, 80))]


def test_a_port_of_our_own_is_offered():
    room = Room(MemoryBackend(), inputs=[("in", "virtual")], outputs=[("out", "")])
    room.backend.play("in", C4, seconds=2.0)
    assert room.patchbay.send("out", NoteOff(60))
    assert room.heard() == [Heard(2.0, "in", NoteOn(60, 80))]
    assert room.backend.heard_on("out") == [bytes((0x80, 60, 0))]
    assert room.news() == [("in", "in", True), ("out", "out", True)]


def test_a_missing_synth_is_told_once_and_nothing_is_played_to_it():
    room = Room(MemoryBackend(), outputs=[("out", "synth")])
    room.patchbay.scan()
    assert room.news() == [("out", "out", False)]
    assert not room.patchbay.send("out", NoteOn(60, 80))
    assert room.patchbay.counts["away"] == 1


def test_a_pulled_cable_falls_silent_and_is_taken_up_again_under_another_number():
    room = Room(MemoryBackend(outputs=("Synth 24:0",)), outputs=[("out", "synth")])
    room.news()
    room.backend.pull("Synth 24:0")
    assert not room.patchbay.send("out", NoteOn(60, 80))
    room.patchbay.scan()
    assert room.news() == [("out", "out", False)]
    room.backend.plug("Synth 28:0")
    room.patchbay.scan()
    assert room.news() == [("out", "out", True)]
    assert room.patchbay.send("out", NoteOn(62, 80))
    assert room.backend.heard_on("Synth 28:0") == [bytes((0x90, 62, 80))]


def test_an_instrument_that_returns_is_told_how_the_notes_ended_that_it_was_playing():
    room = Room(MemoryBackend(outputs=("Synth",)), outputs=[("out", "synth")])
    for event in (NoteOn(60, 80), NoteOn(64, 80), NoteOff(60), NoteOn(67, 80, 2), NoteOn(72, 80)):
        assert room.patchbay.send("out", event)
    room.seconds = 5.0
    assert room.patchbay.send("out", NoteOff(72))  # so late that it may not have been heard
    room.backend.pull("Synth")
    assert not room.patchbay.send("out", NoteOff(64))  # nobody is there to hear that it ends
    room.patchbay.scan()
    room.backend.plug("Synth")
    room.patchbay.scan()
    assert room.backend.heard_on("Synth")[-3:] == [bytes((0x80, 64, 0)), bytes((0x80, 72, 0)), bytes((0x82, 67, 0))]
    room.seconds = 10.0
    room.backend.pull("Synth")
    room.patchbay.scan()
    room.backend.plug("Synth")
    heard = len(room.backend.heard_on("Synth"))
    room.patchbay.scan()
    assert len(room.backend.heard_on("Synth")) == heard


def test_one_cable_does_not_disturb_the_other():
    backend = MemoryBackend(inputs=("Left", "Right"))
    room = Room(backend, inputs=[("in", "*")])
    backend.pull("Left")
    room.patchbay.scan()
    backend.play("Right", C4, seconds=1.0)
    assert len(room.heard()) == 1
    assert room.patchbay.status()[0].names == ("Right",)


def test_when_the_midi_system_dies_everything_comes_back_with_it():
    room = Room(MemoryBackend(("Keys",), ("Synth",)), inputs=[("in", "keys"), ("own", "")], outputs=[("out", "synth")])
    room.news()
    room.backend.die()
    assert not room.patchbay.send("out", NoteOn(60, 80))
    room.patchbay.scan()
    assert room.news() == [("in", "in", False), ("own", "in", False), ("out", "out", False)]
    room.backend.revive()
    room.patchbay.scan()
    assert room.news() == [("in", "in", True), ("own", "in", True), ("out", "out", True)]
    assert room.patchbay.send("out", NoteOn(60, 80))


def test_a_wedged_driver_is_let_go_and_opened_anew():
    room = Room(MemoryBackend(outputs=("Synth",)), outputs=[("out", "synth")])
    room.backend.break_sends("Synth")
    room.news()
    assert not room.patchbay.send("out", NoteOn(60, 80))
    room.patchbay.scan()
    assert room.news() == [("out", "out", False), ("out", "out", True)]
    assert room.patchbay.send("out", NoteOn(60, 80))


def test_our_own_echo_is_not_heard_and_told_once():
    room = Room(MemoryBackend(), inputs=[("in", "")], outputs=[("out", "")])
    for pitch in (60, 64):
        room.patchbay.send("out", NoteOn(pitch, 80))
    room.seconds = 0.025
    room.backend.play("in", C4, seconds=0.02)
    room.backend.play("in", bytes((0x90, 64, 80)), seconds=0.02)
    room.backend.play("in", C4_UP, seconds=0.02)
    assert room.heard() == []
    assert sum(isinstance(item, Trouble) for item in room.items) == 1
    assert room.patchbay.counts["echo"] == 3


def test_a_human_in_unison_is_heard():
    room = Room(MemoryBackend(), inputs=[("in", "")], outputs=[("out", "")])
    room.patchbay.send("out", NoteOn(60, 81))
    room.patchbay.send("out", NoteOff(60))
    room.backend.play("in", C4, seconds=0.0)
    room.backend.play("in", C4_UP, seconds=0.01)
    room.seconds = 0.5
    room.backend.play("in", bytes((0x90, 60, 81)), seconds=0.5)
    assert [item.event for item in room.heard()] == [NoteOn(60, 80), NoteOff(60), NoteOn(60, 81)]


def test_clock_goes_its_own_way_and_rubbish_nowhere():
    room = Room(MemoryBackend(), inputs=[("in", "")])
    for data in (b"\xf2\x01\x02", b"\xfa", b"\xf8", b"\xfc", b"\xfb", b"\xf2", b"\xf5", b"\x90", b""):
        room.backend.play("in", data, seconds=3.0)
    words = [(item.sign, item.sixteenths) for item in room.items if isinstance(item, Clocked)]
    assert words == [("position", 257), ("start", 0), ("tick", 0), ("stop", 0), ("continue", 0)]
    assert room.heard() == []
    assert room.patchbay.counts["not_played"] == 4


class TimedLine(MemoryLine):
    """A line that keeps messages until their instant; told, it forgets them."""

    ahead_seconds = 0.01

    def send_at(self, data, seconds):
        self.sent.append((round(seconds, 3), data))

    def take_back(self):
        self.sent.append("taken back")


def test_ticks_are_sent_ahead_to_who_can_hold_them_and_a_word_of_transport_takes_them_back():
    room = Room(MemoryBackend(), outputs=[("Clock", "")])
    assert room.patchbay.clock_ahead_seconds == 0.0
    room.patchbay.send_clock(b"\xf8", 0.5)
    assert room.backend.heard_on("Clock") == [b"\xf8"]
    timed = TimedLine("Clock")
    room.patchbay.plug_in("Clock", timed)
    room.seconds = 0.49
    assert room.patchbay.clock_ahead_seconds == 0.01
    assert room.patchbay.send_clock(b"\xf8", 0.5) and room.patchbay.send_clock(b"\xfc")
    assert timed.sent == [(0.5, b"\xf8"), "taken back", b"\xfc"]


def test_an_unplayable_event_is_counted_and_does_not_stop_the_show():
    room = Room(MemoryBackend(), outputs=[("out", "")])
    assert not room.patchbay.send("out", NoteOn(140, 80))
    assert room.patchbay.counts["unplayable"] == 1


def test_a_pattern_that_cannot_match_is_refused_before_the_first_note():
    with pytest.raises(ValueError, match="not a regular expression"):
        Room(MemoryBackend(), inputs=[("in", "/keys(/")])


def test_our_own_synth_is_an_output_like_any_other():
    room = Room(MemoryBackend())
    line = MemoryBackend().open_virtual_output("speaker")
    room.patchbay.plug_in("speaker", line)
    assert room.patchbay.send("speaker", NoteOn(60, 80))
    assert line.sent == [C4]
