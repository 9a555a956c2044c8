"""The parent: a performer may take its time to begin, but once its loop goes round it must go on."""

import os
import subprocess
import sys

import pytest

from agent.config import Config
from agent.parent import PARENT
from agent.rig import StagePlan
from agent.supervisor import FROZEN_AFTER_SECONDS, STARTING_SECONDS, GaveUp, Supervisor


class Performer:
    """A child that lives until it is killed."""

    name, process, waiting = "performer", None, None

    def __init__(self):
        self.killed = False

    def start(self):
        self.killed = False

    def dead(self):
        return self.killed

    def kill(self):
        self.killed = True

    def spent(self):
        return False

    def last_words(self):
        return "the loop stood still"


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """Gives the performer, and what lets so many seconds pass under the supervisor's eye; `beat` when the loop goes round."""
    now = [100.0]
    monkeypatch.setattr("agent.supervisor.monotonic", lambda: now[0])
    supervisor = Supervisor(StagePlan(Config()), tmp_path)
    performer = supervisor._performer = Performer()
    supervisor._begin_performer()

    def pass_by(seconds, beat=False):
        now[0] += seconds
        if beat:
            supervisor._box.beat(now[0])
        supervisor._watch_performer()

    yield performer, pass_by
    supervisor._box.close()
    supervisor._view.close()


def test_a_slow_start_is_no_freeze(watch):
    performer, pass_by = watch
    for _ in range(9):
        pass_by(STARTING_SECONDS / 10)
    pass_by(1.0, beat=True)
    assert not performer.killed


def test_who_never_begins_is_given_up(watch):
    _, pass_by = watch
    with pytest.raises(GaveUp, match="stood still"):
        pass_by(STARTING_SECONDS * 1.1)


def test_who_has_begun_must_go_on(watch):
    performer, pass_by = watch
    pass_by(1.0, beat=True)
    pass_by(FROZEN_AFTER_SECONDS * 0.9)
    assert not performer.killed
    with pytest.raises(GaveUp, match="stood still"):
        pass_by(FROZEN_AFTER_SECONDS * 0.2)


def test_a_child_whose_parent_died_before_it_could_look_leaves(tmp_path):
    nobody = {**os.environ, PARENT: str(2**22 + 1)}
    child = subprocess.run(
        [sys.executable, "-m", "agent.worker", str(tmp_path), "markov"], env=nobody, timeout=250, check=False
    )
    assert child.returncode == 0
