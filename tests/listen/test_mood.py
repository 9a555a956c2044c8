"""The mood of what sounds."""

from __future__ import annotations

import pytest

from agent.listen.listener import Listener
from agent.listen.mood import MoodFinder
from models.music import Onset
from tests.stage import Stage

MAJOR, MINOR = (0, 4, 7, 12, 7, 4), (0, 3, 7, 12, 7, 3)


def played(steps: tuple[int, ...], pace_seconds: float, velocity: int = 80, low: int = 60) -> MoodFinder:
    """The mood after a while of broken chords."""
    ears, seconds = Listener(), 0.0
    for number in range(80):
        pitch = low + steps[number % len(steps)]
        ears.hear(Onset(seconds * 2, pitch, velocity, "lead", human=True), [pitch], seconds)
        seconds += pace_seconds
    return ears.mood


def test_it_is_in_the_middle_before_anything_was_heard() -> None:
    mood = MoodFinder()
    assert (mood.energy, mood.valence, mood.tension, mood.confidence) == (0.5, 0.5, 0.5, 0.0)


def test_major_and_quick_is_bright_minor_and_slow_is_dark() -> None:
    assert played(MAJOR, 0.2).valence > 0.6 > 0.45 > played(MINOR, 0.9, low=48).valence


def test_the_faster_and_louder_the_more_energy() -> None:
    energies = [played(MAJOR, pace, velocity).energy for pace, velocity in ((1.2, 50), (0.6, 70), (0.3, 90), (0.12, 110))]
    assert energies == sorted(energies) and energies[0] < 0.3 and energies[-1] > 0.7


def test_clusters_far_from_the_key_are_tense() -> None:
    mood = played(MAJOR, 0.3)
    calm = mood.tension
    for number in range(12):
        cluster = [61, 62, 66, 68]
        mood.hear(24.0 + number * 0.2, cluster[number % 4], 110, cluster, ((0, 0), 1.0))
    assert mood.tension > max(calm, 0.7)


@pytest.mark.parametrize("address", ["/mood/energy", "/mood/valence", "/harmony/tension", "/mind/echo"])
def test_the_room_is_told(address: str) -> None:
    stage = Stage()
    stage.begin(mode="listen")
    stage.hear(*(f"{name} at {number * 0.2} for 0.15" for number, name in enumerate(["C5", "E5", "G5", "B5"] * 6)))
    stage.run(until_s=6.0)
    said = [args[0] for args in stage.cues(address)]
    assert said and all(0.0 <= value <= 1.0 for value in said)
