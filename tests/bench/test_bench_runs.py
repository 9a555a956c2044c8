"""The bench runs everywhere, in its short form. What it measures is asserted nowhere here: that depends on the day."""

import json

import pytest

from agent.bench import run
from agent.bench.band import BenchFailed
from agent.bench.figures import ANSWER, ON_TIME_WITHOUT, Figures
from agent.bench.guest import Score
from agent.bench.parts import first_after
from agent.bench.stand import steady_instants
from tests.bench import two_agents
from tests.bench.day import pass_the_day

SHARES = ("p50", "p95", "p99", "max")


@pytest.fixture(scope="module")
def told():
    return run(seconds=1.5, model="markov", only=("planning", "shadow", "steps", "steps_without_priority"))


def test_every_row_has_its_figures_in_order_beside_their_floor(told):
    for row in told["rows"]:
        for figures in filter(None, (row["figures"], row["floor"])):
            assert figures["count"] > 0, row["name"]
            assert 0.0 <= figures["p50"] <= figures["p95"] <= figures["p99"] <= figures["max"]
        assert bool(row["floor"]) == bool(row["floor_is"])
        assert (row["ok"] is None) == (row["bar"] == "")


def test_planning_tells_lateness_thru_answers_and_memory(told):
    names = " / ".join(row["name"] for row in told["rows"] if row["part"] == "planning")
    for what in ("lateness", "input callback → output call", "cable to cable", "new plan", "memory of the performer"):
        assert what in names


def test_what_is_told_is_json_and_names_the_machine(told):
    assert json.loads(json.dumps(told)) == told
    assert told["machine"]["cores"] >= 1
    assert told["model"] == "markov"


def test_an_unknown_part_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(BenchFailed, match=r"unknown part 'sleep'.*there are: idle, planning"):
        run(only=("sleep",))


def test_figures_are_milliseconds_and_the_worst_is_among_them():
    figures = Figures.of([0.001 * n for n in range(1, 101)])
    assert (figures.count, figures.p50, figures.p95, figures.p99, figures.max) == (100, 51.0, 96.0, 100.0, 100.0)
    assert Figures.of([]) == Figures(0, 0.0, 0.0, 0.0, 0.0)


def test_a_bar_is_judged_beside_its_floor_and_nothing_is_promised_of_nothing():
    late, floor = Figures.of([0.03]), Figures.of([0.02])
    assert ON_TIME_WITHOUT.row("", "", late, floor, "").ok is True
    assert ON_TIME_WITHOUT.row("", "", late, Figures.of([0.001]), "").ok is False
    assert ANSWER.row("", "", Figures.of([]), None, "").ok is None


def test_a_question_that_is_overtaken_waits_for_the_next_answer():
    assert first_after([1.0, 2.0], [1.25, 2.5]) == [0.25, 0.5]
    assert first_after([1.0, 2.0], [2.5]) == [1.5]
    assert first_after([1.0, 2.0], [1.25]) == [0.25]


def test_the_guest_and_the_drummer_play_the_same_every_time():
    score = Score(0.0, 2.0, 8.0, {"performer": 1, "echo": 2}, realtime=False)
    assert score.sounds() == score.sounds()
    assert [at for at, _, _ in score.sounds()] == sorted(at for at, _, _ in score.sounds())
    assert list(steady_instants(5.0)) == list(steady_instants(5.0))


def test_two_agents_are_watched(capsys):
    two_agents.main(minutes=0.5)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["hanging"] == [0, 0] and all(count > 20 for count in told["notes"])
    assert told["tempo_astray"]["p50"] < 0.04


def test_a_day_is_gone_through_by_everybody_with_people_at_their_doors(tmp_path):
    told = pass_the_day(tmp_path, hours=0.05, model="markov", pages=1)
    assert told["notes"] > 100 and told["visits"] >= 1 and told["hanging"] == 0
    assert set(told["memory_mb"]) == {"performer", "worker", "panel", "herald"}
    assert [sentence for sentence in told["broken"] if "grows" not in sentence] == []  # so short, everybody still warms up
