"""The player's own ideas, heard again."""

from __future__ import annotations

from itertools import pairwise

from agent.listen.motif import IDEA_STEPS, MotifMemory

IDEA = (60, 64, 62, 67, 65, 60)


def sing(memory: MotifMemory, pitches: tuple[int, ...], human: bool, from_beat: float) -> None:
    for number, pitch in enumerate(pitches):
        memory.hear(from_beat + number * 0.5, pitch, human)


def test_the_agent_that_answers_with_the_players_idea_echoes_it_in_any_key() -> None:
    memory = MotifMemory()
    sing(memory, IDEA * 2, human=True, from_beat=0.0)
    for turn in range(4):
        sing(memory, tuple(pitch + 5 for pitch in IDEA * 2), human=False, from_beat=10.0 + turn * 10)
    assert memory.echo > 0.8


def test_other_music_is_no_echo() -> None:
    memory = MotifMemory()
    sing(memory, IDEA * 2, human=True, from_beat=0.0)
    sing(memory, (60, 61, 63, 66, 70, 75, 74, 72, 69, 65), human=False, from_beat=10.0)
    assert memory.echo == 0.0


def test_a_player_who_comes_back_to_an_idea_is_known_to_repeat_it() -> None:
    memory = MotifMemory()
    sing(memory, IDEA, human=True, from_beat=0.0)
    assert memory.again == 0.0
    for turn in range(6):
        sing(memory, IDEA, human=True, from_beat=10.0 * (turn + 1))
    shape = tuple(after - before for before, after in pairwise(IDEA))[:IDEA_STEPS]
    assert memory.again > 0.5 and memory.times(shape) >= 6


def test_chords_are_heard_by_their_highest_note_and_a_repeated_note_is_no_idea() -> None:
    memory = MotifMemory()
    for number, pitch in enumerate((72, 74, 76, 77, 79, 72)):
        for lower in (12, 7, 0):
            memory.hear(number * 0.5 + lower * 0.002, pitch - lower, human=True)
    assert memory.times((2, 2, 1, 2)) == 1
    sing(memory, (60,) * 20, human=True, from_beat=20.0)
    assert memory.times((0, 0, 0, 0)) == 0
