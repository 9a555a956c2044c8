"""Bytes from instruments: understood if they are notes and pedals, shrugged at otherwise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.ports.codec import MidiReader, write_midi
from models.music import Bend, Control, NoteOff, NoteOn, Pressure, Program

seven_bits = st.integers(0, 127)
channels = st.integers(0, 15)
playable = st.one_of(
    st.builds(NoteOn, seven_bits, st.integers(1, 127), channels),
    st.builds(NoteOff, seven_bits, channels),
    st.builds(Control, seven_bits, seven_bits, channels),
    st.builds(Bend, st.integers(-8192, 8191), channels),
    st.builds(Pressure, seven_bits, channels, st.none() | seven_bits),
    st.builds(Program, seven_bits, channels),
)


@given(playable)
@settings(max_examples=2000)
def test_what_is_written_is_read_back(event):
    assert MidiReader().read(write_midi(event)) == event


@given(st.binary(max_size=12))
@settings(max_examples=4000)
def test_rubbish_never_raises_and_is_counted(data):
    reader = MidiReader()
    reader.read(data)
    assert reader.counts.total() == 1


def test_a_key_struck_with_velocity_zero_is_let_go():
    assert MidiReader().read(bytes((0x93, 60, 0))) == NoteOff(60, 3)


@pytest.mark.parametrize("data", [b"\xf8", b"\xf0\x01\xf7"])
def test_clock_and_sysex_are_sound_but_not_ours(data):
    reader = MidiReader()
    assert reader.read(data) is None
    assert reader.counts == {"unused": 1}


@pytest.mark.parametrize(
    "event", [NoteOn(128, 64), NoteOn(60, 200), NoteOff(-1), Control(7, 300), NoteOn(60, 64, 16), Bend(8192)]
)
def test_what_no_keyboard_could_play_is_refused(event):
    with pytest.raises(ValueError):
        write_midi(event)
