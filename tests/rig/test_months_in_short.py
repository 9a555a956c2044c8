"""The long benches in short: everything goes wrong once, and visitors come and go. `tests/bench` has the hours."""

from __future__ import annotations

from pathlib import Path

from tests.bench.chaos import play
from tests.bench.faults import FAULTS
from tests.bench.soak import soak


def test_whatever_is_killed_lost_or_spoilt_the_music_comes_back_and_no_note_is_lost(tmp_path: Path) -> None:
    told = play(tmp_path, len(FAULTS), seed=1, reference_seconds=3.0)
    assert sum(told["counts"].values()) == told["faults"] == len(FAULTS)
    assert (told["hanging"], told["lost_agent_notes"], told["lost_human_notes"]) == (0, 0, 0)
    # How soon it is back depends on who else is on this computer; that it is back by itself does not.
    assert [sentence for sentence in told["broken"] if "did not come back" in sentence or "status" in sentence] == []


def test_visitors_come_and_go_and_leave_nothing_behind(tmp_path: Path) -> None:
    told = soak(minutes=0.4, model="markov", seed=1, folder=tmp_path)
    assert told["visits"] >= 1 and told["notes"] > 20
    assert (told["hanging"], told["exit_status"]) == (0, 0)
    assert {"supervisor", "performer", "worker", "panel", "jack"} <= set(told["memory_slope_mb_per_hour"])
