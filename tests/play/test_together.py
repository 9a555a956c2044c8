"""Together: it leaves room when you play much, takes it when you rest, and comes in by itself."""

from __future__ import annotations

from collections.abc import Iterator

from models.music import Ask, Note
from tests.stage import Drone, Silence, Stage


class Diarist(Silence):
    """A mind that writes down what it is asked."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []

    def play(self, ask: Ask) -> Iterator[Note]:
        self.asks.append(ask)
        yield from ()

    def densities(self, begin: float, end: float) -> list[float]:
        return [ask.knobs.density for ask in self.asks if begin <= ask.now_beats < end]


def busy(begin: float, end: float, a_beat: int) -> list[str]:
    """So many notes a beat."""
    return [f"{'CEGA'[i % 4]}4 at {begin + i / a_beat:.4f} for 0.1" for i in range(int((end - begin) * a_beat))]


def test_it_comes_in_by_itself_after_a_bar_of_silence(stage: Stage) -> None:
    stage.begin(mode="together", model="drone")
    stage.run(until_s=6.9)
    assert stage.heard()[0] == "B2 at 5.0 for 0.5"


def test_it_comes_in_with_the_player(stage: Stage) -> None:
    stage.begin(mode="together", model="drone")
    stage.hear("C4 at 0.6 for 0.5")
    stage.run(until_s=2.9)
    assert stage.heard()[0] == "C3 at 1.0 for 0.5"


def test_the_more_the_player_plays_the_less_it_does(stage: Stage) -> None:
    diarist = Diarist()
    stage.begin(mode="together", model=diarist)
    stage.hear(*busy(0.0, 8.0, 1), *busy(8.0, 16.0, 3), *busy(16.0, 24.0, 6))
    stage.run(until_s=24.0)
    # Each time before the breath of the fourth bar.
    sparse, medium, dense = (sum(d) / len(d) for d in (diarist.densities(a, a + 4.0) for a in (4.0, 8.0, 20.0)))
    assert sparse > medium + 0.03 > dense + 0.13 and dense > 0.05


def test_it_leaves_the_melody_to_a_player_who_fills_the_room(stage: Stage) -> None:
    diarist = Diarist()
    stage.begin(mode="together", model=diarist, parts=("lead", "bass"))
    stage.hear(*busy(0.0, 8.0, 6))
    stage.run(until_s=8.0)
    assert diarist.asks[0].parts == ("lead", "bass") and diarist.asks[-1].parts == ("bass",)


def test_it_breathes_in_the_fourth_bar_while_the_player_plays_and_carries_on_when_the_player_rests(stage: Stage) -> None:
    stage.begin(mode="together", model=Drone())
    stage.hear(*busy(0.0, 18.0, 1))
    stage.run(until_s=40.0)
    onsets = {round(float(line.split()[2])) for line in stage.heard()}
    assert onsets & {13, 14, 15} == set()  # the fourth bar is the player's
    assert {8, 9, 10, 17, 30, 31, 38} <= onsets
