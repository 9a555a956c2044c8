"""The beat is thought about when no note is due."""

from __future__ import annotations

from agent.clock.timekeeper import OLDEST_ONSET_SECONDS, Timekeeper
from agent.config import Config
from agent.play.hands import Hands
from agent.play.scheduler import Alarm
from agent.replay import Nowhere
from agent.rig import plugs
from models.music import Note
from models.tempo import TempoMap


def test_an_onset_waits_for_a_note_that_is_near_but_not_for_ever() -> None:
    config, tempo = Config(), TempoMap(60.0)
    hands = Hands(tempo, Nowhere(), plugs(config)[2])
    keeper = Timekeeper(config, tempo, hands)
    told: list[float] = []
    keeper.conductor.heard = lambda seconds, velocity, pitch: told.append(seconds)  # type: ignore[method-assign]
    keeper.heard(1.0, 80, 60)
    hands.play("plan", Note(1.003, 0.5, 60, 80, "comp"))
    keeper.woke(Alarm(1.0025, "ponder:"), 1.0025)
    assert told == []
    keeper.woke(Alarm(1.0025, "ponder:"), 1.0025 + OLDEST_ONSET_SECONDS)
    assert told == [1.0]
