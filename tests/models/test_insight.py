"""What a mind says of itself: doubt and surprise are true to its chances, and a phrase that comes back is nothing new."""

from __future__ import annotations

import math
import socket
from contextlib import suppress
from threading import Thread

import numpy as np
import pytest

from agent.items import Insight
from agent.link import Wire
from agent.worker import Worker
from models.insight import Doubt, Musing
from models.latent import PhraseSpace
from models.load import load_model
from models.music import Ask, Knobs, Onset
from tests.stage import Drone, Stage

PATIENCE_SECONDS = 40.0
TUNE, OTHER = (60, 62, 64, 65, 67, 65, 64, 62), (72, 60, 71, 61, 70, 62, 69, 63)


def played(pitches: tuple[int, ...], from_beats: float, step_beats: float = 1.0) -> list[Onset]:
    """One note a step, by the human."""
    return [Onset(from_beats + step_beats * n, pitch, 80, "lead", human=True) for n, pitch in enumerate(pitches)]


@pytest.fixture(scope="module")
def space() -> PhraseSpace:
    """The phrases that ship."""
    return PhraseSpace.load()


def novelty(musing: Musing, phrases: list[tuple[tuple[int, ...], float]]) -> list[float]:
    """How new each two bars were as they ended."""
    told = []
    for number, (pitches, step_beats) in enumerate(phrases):
        musing.hear(played(pitches, 8.0 * number, step_beats))
        place = musing.place()
        assert place is not None
        told.append(place.novelty)
    return told


def test_a_phrase_that_comes_back_is_not_new_and_another_one_is(space: PhraseSpace) -> None:
    first, again, other = novelty(Musing(space), [(TUNE, 1.0), (TUNE, 1.0), (OTHER * 2, 0.5)])
    assert (first, again) == (1.0, pytest.approx(0.0, abs=1e-3))
    assert other > 0.3


def test_its_coordinates_are_shares_and_alike_for_the_same_idea_in_another_key(space: PhraseSpace) -> None:
    places = []
    for up in (0, 5):
        musing = Musing(space)
        musing.hear(played(tuple(pitch + up for pitch in TUNE), 0.0))
        places.append(musing.place())
    assert places[0] == places[1] and places[0] is not None
    assert len(places[0].coordinates) == 8 and all(0.0 <= share <= 1.0 for share in places[0].coordinates)


def test_without_a_melody_there_is_no_place_and_a_new_player_begins_afresh(space: PhraseSpace) -> None:
    musing = Musing(space)
    assert musing.place() is None
    musing.hear(played(TUNE, 0.0))
    assert musing.place() is not None
    musing.reset()
    assert musing.place() is None


def test_doubt_tells_the_chances_that_it_drew_from() -> None:
    sure, open_minded = Doubt(), Doubt()
    log_odds = np.full(128, -np.inf, np.float32)
    log_odds[60] = 0.0
    sure.drew(log_odds, 60)
    log_odds[60:72] = 0.0
    open_minded.drew(log_odds, 61)
    assert (sure.confidence, sure.entropy) == (1.0, 0.0)
    assert (open_minded.confidence, open_minded.entropy) == (pytest.approx(1 / 12), pytest.approx(1.0))


def test_surprise_is_what_the_mind_thought_of_the_humans_note() -> None:
    class Expecting:
        def next_tick(self) -> np.ndarray:
            return np.log(np.tile(np.array([0.5, 0.5], np.float32), (4, 1)))

        def next_pitch(self, part: int, tick: int) -> np.ndarray:
            return np.log(np.array([0.75, 0.25], np.float32))

    doubt = Doubt()
    doubt.heard(Expecting(), 0, 1, 1)  # type: ignore[arg-type]
    assert doubt.surprise == pytest.approx(-math.log(0.5 * 0.25) / 8.0)


def test_the_shipped_mind_is_more_surprised_by_a_wrong_note() -> None:
    surprises = []
    for last in (60, 73):
        player = load_model("duo", "numpy")
        player.reset(1)
        tune = played((60, 64, 67, 64, 60, 64, 67, 64, 60, 64, 67, 64), 0.0)
        for number, onset in enumerate([*tune, *played((last,), 12.0)]):
            player.hear([onset])
            now = onset.beats + 0.02
            ask = Ask(number, "plan", now, now + 0.2, now + 2.0, ("comp",), seed=3)
            assert list(player.play(ask)) is not None
        surprises.append(player.doubt.surprise)  # type: ignore[attr-defined]
        assert 0.0 < player.doubt.confidence < 1.0 and 0.0 < player.doubt.entropy <= 1.0  # type: ignore[attr-defined]
    assert 0.0 < surprises[0] < surprises[1]


def test_where_only_one_pitch_can_be_played_it_is_played_even_by_heart_and_the_doubt_is_that_of_its_draw() -> None:
    class Everything:
        def holds(self, run: list[tuple[int, int]]) -> bool:
            return True

    player = load_model("duo", "numpy")
    player._known = Everything()  # type: ignore[attr-defined]
    player.reset(1)
    player.hear(played(TUNE, 0.0))
    one_key = Knobs(registers=(("comp", 60, 60),), density=1.0)
    notes = list(player.play(Ask(1, "plan", 8.0, 8.2, 16.0, ("comp",), seed=3, knobs=one_key)))
    assert {note.pitch for note in notes} == {60}
    assert (player.doubt.confidence, player.doubt.entropy) == (1.0, 0.0)  # type: ignore[attr-defined]


def test_the_worker_says_it_once_all_is_answered(space: PhraseSpace) -> None:
    here, there = (Wire(end) for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))

    def work() -> None:
        with suppress(EOFError):
            Worker(Drone(), there, lambda: None, Musing(space)).serve()

    worker = Thread(target=work, daemon=True)
    worker.start()
    here.send("hear", tuple(played(TUNE, 0.0)))
    here.send("ask", Ask(1, "plan", 8.0, 8.0, 12.0, ("comp",), seed=3))
    said = []
    while not said or said[-1][0] != "insight":
        said.append(here.receive(PATIENCE_SECONDS))
        assert said[-1] is not None
    assert said[-2][1].last
    assert said[-1][1].novelty == 1.0 and len(said[-1][1].latent) == 8
    here.close()
    worker.join(PATIENCE_SECONDS)
    there.close()


def test_the_room_is_told(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.post(Insight(1.0, 0.6, 0.3, 0.4, 0.9, (0.5, 0.25)))
    stage.run(until_s=2.0)
    assert stage.cues("/mind/surprise") == [(0.0,), (0.6,)]
    assert [stage.cues(f"/mind/{name}")[-1] for name in ("confidence", "entropy", "novelty")] == [(0.3,), (0.4,), (0.9,)]
    assert (stage.cues("/latent/1"), stage.cues("/latent/2")) == ([(0.25,)], [])
