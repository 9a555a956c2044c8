"""Vary: the model is asked for a variation of the very phrase that was played, and of the one before."""

from __future__ import annotations

from collections.abc import Iterator

from agent.items import Cue
from models.music import Ask, Note
from tests.stage import Silence, Stage

CALL = ("C4 at 0.0 for 0.4", "E4 at 0.5 for 0.4", "G4 at 1.0 for 0.4")
SECOND = ("D4 at 8.0 for 0.4", "F4 at 8.5 for 0.4", "A4 at 9.0 for 0.4")


class Listener(Silence):
    """Plays nothing, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asks: list[Ask] = []

    def play(self, ask: Ask) -> Iterator[Note]:
        """Keep the ask."""
        self.asks.append(ask)
        return iter(())


def pitches(notes: tuple[Note, ...]) -> list[int]:
    return [note.pitch for note in notes]


def test_the_phrase_is_the_theme_and_the_one_before_is_where_it_may_go(stage: Stage) -> None:
    listener = Listener()
    stage.begin(mode="vary", breath_s=0.8, model=listener)
    stage.hear(*CALL, *SECOND)
    stage.run(until_s=14.0)
    first, second = listener.asks[0], listener.asks[-1]
    assert (pitches(first.theme), pitches(first.towards)) == ([60, 64, 67], [])
    assert (pitches(second.theme), pitches(second.towards)) == ([62, 65, 69], [60, 64, 67])
    assert "lead" in first.parts


def test_another_take_varies_the_same_phrase(stage: Stage) -> None:
    listener = Listener()
    stage.begin(mode="vary", breath_s=0.8, model=listener)
    stage.hear(*CALL)
    stage.cue("/ctl/again", 1, at=7.0)
    stage.run(until_s=10.0)
    assert len(listener.asks) == 2
    assert {tuple(pitches(ask.theme)) for ask in listener.asks} == {(60, 64, 67)}


def test_the_fader_reaches_the_model(stage: Stage) -> None:
    listener = Listener()
    stage.begin(mode="vary", breath_s=0.8, model=listener)
    stage.cue("/ctl/variation", 0.9, at=0.1)
    stage.hear(*CALL)
    stage.run(until_s=5.0)
    assert listener.asks[0].knobs.variation == 0.9


def test_the_room_pulls_along_one_axis_gives_it_back_and_undo_pulls_again(stage: Stage) -> None:
    listener = Listener()
    stage.begin(mode="vary", breath_s=0.8, model=listener)
    stage.cue("/ctl/latent/3", 0.9, at=0.1)
    stage.hear(*CALL, *SECOND)
    stage.cue("/ctl/latent/*", 0.5, at=7.0)
    stage.run(until_s=14.0)
    assert listener.asks[0].knobs.latent == (0.5, 0.5, 0.5, 0.9, 0.5, 0.5, 0.5, 0.5)
    assert listener.asks[-1].knobs.latent == (0.5,) * 8
    stage.session.handle(Cue(14.0, "/ctl/undo", (1,), "test"), 14.0)
    assert stage.session.controls.knobs.latent[3] == 0.9
