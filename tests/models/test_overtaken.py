"""A newer question is not kept waiting for the end of an older answer."""

from models.music import Ask, Onset
from models.player import Player
from tests.models.makings import tiny_checkpoint

ASK = Ask(1, "plan", 4.0, 4.0, 8.0, ("comp",), seed=3)


def a_player() -> Player:
    player = Player(tiny_checkpoint())
    player.hear([Onset(beat, 60 + int(beat), 80, "lead", human=True, length_beats=0.5) for beat in (0.0, 1.0, 2.0, 3.0)])
    return player


def test_an_overtaken_answer_ends_at_the_next_step_and_leaves_no_trace():
    player = a_player()
    player.overtaken = lambda: True
    assert list(player.play(ASK)) == []
    player.overtaken = lambda: False
    assert list(player.play(ASK)) == list(a_player().play(ASK))
