"""Phrases end where a singer would breathe."""

from __future__ import annotations

from agent.listen.listener import Listener
from agent.listen.phrase import PhraseFinder
from models.music import Onset

TUNE = (60, 62, 64, 65, 67, 65, 64, 62) * 3 + (64, 62, 60)


def sing(finder: PhraseFinder, start_beats: float) -> float:
    """Twenty-seven quarters that come home; returns where the last note is released."""
    for number, pitch in enumerate(TUNE):
        finder.hear(start_beats + number, pitch, 0)
        finder.lift(start_beats + number + 0.9, pitch)
    return start_beats + len(TUNE) - 0.1


def test_a_long_breath_after_the_tonic_ends_a_phrase() -> None:
    finder = PhraseFinder()
    over = sing(finder, 0.0)
    assert finder.last_end_beats is None
    assert finder.hear(over + 5.1, 67, 0)
    assert finder.last_end_beats == over + 1.0


def test_between_even_notes_no_phrase_ends() -> None:
    finder = PhraseFinder()
    sing(finder, 0.0)
    assert finder.last_end_beats is None


def test_the_longer_the_silence_the_surer() -> None:
    finder = PhraseFinder()
    over = sing(finder, 0.0)
    sureness = []
    for silence in (0.0, 1.0, 2.0, 4.0):
        finder.look(over + silence)
        sureness.append(finder.confidence)
    assert sureness == sorted(sureness) and sureness[-1] > 0.5 > sureness[0]


def test_before_the_first_note_nothing_has_ended() -> None:
    listener = Listener()
    assert listener.phrase_over(100.0) == 0.0 and listener.phrase_end_beats is None


def test_the_listener_hears_the_phrases_of_the_human_only() -> None:
    listener = Listener()
    for human in (True, False):
        for number, pitch in enumerate(TUNE):
            onset = Onset(float(number), pitch, 80, "lead", human=human, length_beats=None if human else 0.9)
            listener.hear(onset, [], number / 2)
            if human:
                listener.lift(number + 0.9, pitch)
    assert listener.phrase_over(len(TUNE) + 6.0) > 0.5
