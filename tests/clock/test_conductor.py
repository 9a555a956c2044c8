"""Who leads: the human's beat is followed in tempo and in phase, a named tempo is kept."""

from __future__ import annotations

import pytest

from agent.clock.conductor import FASTEST_BPM, SLOWEST_BPM, Conductor
from models.music import Metre
from models.tempo import TempoMap


def conducted(tempo: TempoMap, sync: str = "estimate") -> Conductor:
    return Conductor(tempo, Metre(), sync)


def follow(bpm: float, played_bpm: float, offset_seconds: float = 0.0, onsets: int = 40) -> tuple[TempoMap, float]:
    """Steady quarters from an offset on: the map afterwards, and the second of the last onset."""
    tempo = TempoMap(bpm)
    conductor = conducted(tempo)
    seconds = offset_seconds
    for number in range(onsets):
        seconds = offset_seconds + number * 60.0 / played_bpm
        conductor.heard(seconds, 80)
    return tempo, seconds


@pytest.mark.parametrize("played_bpm", [72.0, 90.0, 100.0, 110.0, 132.0])
def test_it_takes_up_the_tempo_of_the_player(played_bpm: float) -> None:
    tempo, _ = follow(100.0, played_bpm)
    assert tempo.bpm == pytest.approx(played_bpm, rel=0.05)


@pytest.mark.parametrize("offset_seconds", [0.0, 0.1, 0.2, 0.3, 0.45])
def test_it_comes_into_phase_with_the_player(offset_seconds: float) -> None:
    tempo, last_seconds = follow(100.0, 100.0, offset_seconds)
    beats = tempo.beats_at(last_seconds)
    assert abs(beats - round(beats)) < 0.06


def test_it_never_jumps() -> None:
    tempo, _ = follow(100.0, 92.0, 0.3)
    for change, following in zip(tempo.changes, tempo.changes[1:], strict=False):
        assert SLOWEST_BPM <= change.bpm <= FASTEST_BPM
        assert following.beats >= change.beats


def test_once_an_error_is_made_good_it_keeps_to_the_pulse() -> None:
    tempo = TempoMap(100.0)
    conductor = conducted(tempo)
    for number in range(12):
        conductor.heard(0.3 + number * 0.6, 80)
    assert tempo.bpm != pytest.approx(100.0, rel=1e-3)  # bent, to come into phase
    assert conductor.wants_at_seconds is not None
    conductor.settle(conductor.wants_at_seconds)
    assert conductor.wants_at_seconds is None and tempo.bpm == pytest.approx(100.0, rel=5e-3)


def test_one_that_keeps_its_own_tempo_is_not_led() -> None:
    tempo = TempoMap(100.0)
    conductor = conducted(tempo, "internal")
    for number in range(40):
        conductor.heard(number * 0.75, 80)
    assert tempo.bpm == 100.0 and len(tempo.changes) == 1
    assert (conductor.source, conductor.lock) == ("internal", 1.0)


def test_it_says_how_sure_it_is_and_whom_it_follows() -> None:
    conductor = conducted(TempoMap(100.0))
    assert (conductor.source, conductor.lock) == ("internal", 0.0)
    for number in range(20):
        conductor.heard(number * 0.6, 80)
    assert conductor.source == "estimate" and conductor.lock > 0.8


def test_a_tempo_that_somebody_names_is_kept() -> None:
    tempo = TempoMap(100.0)
    conductor = conducted(tempo)
    conductor.take_tempo(140.0, 1.0)
    for number in range(40):
        conductor.heard(2.0 + number * 0.6, 80)
    assert tempo.bpm == 140.0


@pytest.mark.parametrize(("named", "kept"), [(1.0, SLOWEST_BPM), (999.0, FASTEST_BPM)])
def test_a_tempo_out_of_reach_is_taken_as_far_as_it_goes(named: float, kept: float) -> None:
    tempo = TempoMap(100.0)
    conducted(tempo).take_tempo(named, 1.0)
    assert tempo.bpm == kept
