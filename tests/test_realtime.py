"""Who comes first on a busy computer: who plays, then what sounds, then who thinks; and nothing is taken that was not given."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from agent import realtime

ASK = """
import json, os
from agent.realtime import {deed}
granted = {deed}()
print(json.dumps([granted, os.sched_getscheduler(0) == os.SCHED_FIFO, os.sched_getparam(0).sched_priority]))
"""
PRIORITIES = {
    "take_realtime_priority": realtime.REALTIME_PRIORITY,
    "take_sounding_priority": realtime.SOUNDING_PRIORITY,
    "take_thinking_priority": realtime.THINKING_PRIORITY,
}


def taken(deed: str, wrap: str = "") -> tuple[bool, bool, int]:
    """What a process of its own is granted, and what it then has."""
    said = subprocess.run([sys.executable, "-c", wrap + ASK.format(deed=deed)], capture_output=True, check=True, timeout=100)
    granted, has_it, priority = json.loads(said.stdout)
    return granted, has_it, priority


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked")
@pytest.mark.parametrize("deed", PRIORITIES)
def test_what_is_granted_is_had_and_what_is_not_is_not(deed: str) -> None:
    granted, has_it, priority = taken(deed)
    assert granted == has_it
    assert priority == (PRIORITIES[deed] if granted else 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked")
def test_who_thinks_takes_nothing_on_a_single_core() -> None:
    one_core = f"import os; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})\n"
    assert taken("take_thinking_priority", one_core) == (False, False, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked")
def test_who_thinks_without_a_pause_steps_back_and_may_come_forward_again() -> None:
    think = """
import json, os
from time import process_time, sleep
from agent.realtime import LONGEST_THOUGHT_US, take_thinking_priority
told = []
for _ in range(2):
    told.append(take_thinking_priority())
    sleep(0.01)
    begun = process_time()
    while process_time() - begun < LONGEST_THOUGHT_US / 4e6:
        pass
    told.append(os.sched_getscheduler(0) == os.SCHED_FIFO)
    begun = process_time()
    while os.sched_getscheduler(0) != os.SCHED_OTHER and process_time() - begun < 60 * LONGEST_THOUGHT_US / 1e6:
        pass
    told.append(os.sched_getscheduler(0) == os.SCHED_OTHER)
print(json.dumps(told))
"""
    said = subprocess.run([sys.executable, "-c", think], capture_output=True, check=True, timeout=100)
    granted, forward, stepped_back, *again = json.loads(said.stdout)
    assert granted == forward and stepped_back
    assert again == [granted, forward, stepped_back]


def test_the_player_comes_before_the_synth_and_the_synth_before_the_thinker() -> None:
    assert realtime.REALTIME_PRIORITY > realtime.SOUNDING_PRIORITY > realtime.THINKING_PRIORITY > 0
