"""The worker is silent, gone, back again, or behind: the fallback plays within a beat, and nobody waits."""

from __future__ import annotations

import pytest

from agent.items import Phrase
from agent.mind import Fallback, WorkerMind
from models.music import Ask, Note
from tests.stage import Drone, Stage

LONG = "C4 at 0.1 for 20.0"


class Line:
    """A line to a worker that never says a word; keeps what it was told."""

    def __init__(self, alive: bool = True, full: bool = False) -> None:
        self.alive, self.full = alive, full
        self.told: list[tuple[str, object]] = []

    def send(self, kind: str, body: object) -> bool:
        if not self.alive or self.full:
            return False
        self.told.append((kind, body))
        return True


class PlayingLine:
    """A line to a worker that answers every question with one high note on the next beat, until it is cut."""

    def __init__(self, stage: Stage, until_s: float) -> None:
        self._stage, self._until_s = stage, until_s

    @property
    def alive(self) -> bool:
        return self._stage.clock.now() < self._until_s

    def send(self, kind: str, body: object) -> bool:
        if self.alive and isinstance(body, Ask):
            note = Note(float(int(body.start_beats) + 1), 0.5, 90, 80, "comp")
            self._stage.post(Phrase(self._stage.clock.now(), body.id, body.tag, (note,), last=True))
        return self.alive


def begin_with(stage: Stage, line: Line | PlayingLine, **settings: object) -> None:
    """Set the stage with a worker at the end of this line and the drone as fallback."""

    def mind(stage: Stage) -> WorkerMind:
        return WorkerMind(line, Fallback(Drone(), stage.clock.now, stage.script.post), seed=0)

    stage.begin(mode="accompany", mind=mind, **settings)


def test_without_a_worker_the_fallback_plays_at_once(stage: Stage) -> None:
    begin_with(stage, Line(alive=False))
    stage.hear(LONG)
    stage.run(until_s=3.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5", "C3 at 3.0 for 0.5"]


def test_a_worker_that_goes_away_is_replaced_within_a_beat(stage: Stage) -> None:
    begin_with(stage, PlayingLine(stage, until_s=2.2))
    stage.hear(LONG)
    stage.worker(alive=True, at=0.05)
    stage.worker(alive=False, at=2.2)
    stage.run(until_s=4.9)
    assert stage.heard() == ["Gb6 at 1.0 for 0.5", "Gb6 at 2.0 for 0.5", "C3 at 3.0 for 0.5", "C3 at 4.0 for 0.5"]
    assert stage.cues("/sys/health") == [(0,), (2,)]


@pytest.mark.parametrize("bpm", [60.0, 93.0, 120.0])
def test_a_silent_worker_is_rescued_within_a_beat(stage: Stage, bpm: float) -> None:
    begin_with(stage, Line(), bpm=bpm)
    stage.hear(LONG)
    stage.run(until_s=10.0)
    first_seconds = float(stage.heard()[0].split()[2])
    assert first_seconds <= 0.1 + 2 * 60.0 / bpm
    assert len(stage.heard()) > 5
    assert "the fallback plays" in str(stage.cues("/sys/error")[0][0])


def test_a_silent_worker_is_rescued_even_if_the_tempo_falls_meanwhile(stage: Stage) -> None:
    begin_with(stage, Line(), bpm=120.0)
    stage.hear("C4 at 0.1 for 6.0")
    stage.cue("/ctl/tempo", 60, at=0.2)
    stage.run(until_s=5.0)
    assert stage.heard()


def test_a_worker_that_falls_silent_in_the_middle_of_an_answer_is_rescued(stage: Stage) -> None:
    def mind(stage: Stage) -> WorkerMind:
        return WorkerMind(Line(), Fallback(Drone(), stage.clock.now, stage.script.post), seed=0)

    stage.begin(mode="call_response", breath_s=0.5, mind=mind)
    stage.hear("C4 at 0.1 for 0.2", "E4 at 0.6 for 0.2", "G4 at 1.1 for 0.2")  # asked at 1.8, for 2.0 on
    stage.post(Phrase(1.9, 1, "plan", (Note(2.0, 0.5, 90, 80, "lead"),), last=False))
    stage.run(until_s=8.0)
    assert stage.heard()[:2] == ["Gb6 at 2.0 for 0.5", "D3 at 3.0 for 0.5"]
    assert stage.cues("/turn") == [(0.0,), (1.0,), (0.0,)]


def test_a_worker_that_comes_back_is_told_what_it_missed(stage: Stage) -> None:
    line = Line(alive=False)
    begin_with(stage, line)
    stage.hear("C4 at 0.1 for 0.2", "D4 at 0.5 for 0.2")
    stage.run(until_s=0.9)
    line.alive = True
    stage.session.mind.news(True)
    (first, second, *_) = line.told
    assert first == ("reset", 0)
    assert second[0] == "hear" and len(second[1]) == 4  # type: ignore[arg-type]


def test_news_of_a_worker_already_asked_does_not_make_it_drop_the_question(stage: Stage) -> None:
    line = Line()
    begin_with(stage, line)
    stage.hear("C4 at 0.1 for 0.2")
    stage.worker(alive=True, at=0.15)
    stage.run(until_s=0.2)
    assert [kind for kind, _ in line.told] == ["reset", "hear", "ask"]


def test_a_line_that_is_full_is_not_waited_for(stage: Stage) -> None:
    begin_with(stage, Line(full=True))
    stage.hear(LONG)
    stage.run(until_s=2.9)
    assert stage.heard() == ["C3 at 1.0 for 0.5", "C3 at 2.0 for 0.5"]


def test_a_worker_that_was_only_slow_is_not_told_everything_anew(stage: Stage) -> None:
    line = Line()
    begin_with(stage, line, bpm=120.0)
    stage.hear(LONG)
    stage.run(until_s=6.0)
    kinds = [kind for kind, _ in line.told]
    assert kinds.count("reset") == 1 and kinds.count("ask") > 2 and kinds.count("hear") > 5
    assert max(len(body) for kind, body in line.told if kind == "hear") < 5  # type: ignore[arg-type]


def test_a_worker_that_answers_again_is_shown_as_well(stage: Stage) -> None:
    class Dozing(PlayingLine):
        """Wakes up at three seconds."""

        def send(self, kind: str, body: object) -> bool:
            return super().send(kind, body) if self._stage.clock.now() > 3.0 else True

    begin_with(stage, Dozing(stage, until_s=99.0))
    stage.hear(LONG)
    stage.run(until_s=6.0)
    assert stage.cues("/sys/health")[-2:] == [(2,), (0,)]
