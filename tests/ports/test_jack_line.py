"""What a line on the JACK graph knows of the keys it holds down, for the evening its player dies."""

from agent.ports.codec import write_midi
from agent.ports.jack_line import JackLine
from models.music import Control, NoteOff, NoteOn


def played(*events):
    line = JackLine(0, port=None, is_input=False)
    for cycle, event in enumerate(events):
        line.remember(write_midi(event), cycle)
    return line


def test_the_last_words_end_each_key_that_is_down_and_lift_the_pedals():
    line = played(NoteOn(60, 80, 1), NoteOn(64, 80, 1), Control(64, 127, 1), NoteOff(64, 1))
    pedals = [Control(64, 0, 1), Control(123, 0, 1)]
    assert line.last_words() == [write_midi(event) for event in (NoteOff(60, 1), *pedals)]


def test_who_plays_nothing_has_no_last_words():
    assert played(NoteOn(60, 80), NoteOff(60)).last_words() == []


def test_a_note_off_is_doubted_until_its_key_goes_down_again():
    assert list(played(NoteOn(60, 80), NoteOff(60)).ended) == [write_midi(NoteOff(60))[:2]]
    assert played(NoteOn(60, 80), NoteOff(60), NoteOn(60, 80)).ended == {}
