"""Ardour leads us by its transport and its MIDI clock, and records each part on a track: `tests.bench.daw` in short."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.bench.daw import recorded
from tests.rig.daw import Ardour, on_stage
from tests.rig.orchestra import TICKS_PER_BEAT, Figures
from tests.rig.rig import PERIOD_FRAMES, SAMPLE_RATE, Rig
from tests.rig.studio import Studio

SECONDS = 6.0
PERIOD_MS = PERIOD_FRAMES / SAMPLE_RATE * 1000.0
TWO_BARS = 8.0
BAR_FIVE, BAR_SIX = 16.0, 20.0
"""In beats of Ardour's song."""
TIMES = 3


def test_what_ardour_records_is_what_we_played_and_when_it_stops_so_do_we(tmp_path: Path) -> None:
    silent, parts = on_stage(tmp_path, lambda rig, daw: recorded(rig, daw, SECONDS))
    assert silent
    assert all(part["note_for_note"] and part["away_ms"]["p100"] <= PERIOD_MS for part in parts.values()), parts
    assert sum(part["recorded"] for part in parts.values()) > 20, parts


def test_it_is_in_phase_with_ardour_after_two_bars_and_each_time_round_a_loop(tmp_path: Path) -> None:
    def play(rig: Rig, daw: Ardour) -> tuple[Figures, list[Figures]]:
        studio = Studio(rig, daw)
        straight = studio.follow(4 * TICKS_PER_BEAT, after_beats=TWO_BARS)
        return straight, studio.loop(BAR_FIVE, BAR_SIX, TIMES)

    straight, rounds = on_stage(tmp_path, play)
    assert np.percentile(straight, 95) <= 5.0
    assert len(rounds) >= TIMES
    assert all(np.percentile(errors, 95) <= 5.0 for errors in rounds), rounds
