"""Ardour leads us by its transport and its MIDI clock, and records each part on a track: `tests.bench.daw` in short."""

from __future__ import annotations

from pathlib import Path

from tests.bench.daw import judge, record
from tests.rig.daw import Ardour
from tests.rig.rig import PERIOD_FRAMES, SAMPLE_RATE, Rig

SECONDS, TAKES = 6.0, 4
PERIOD_MS = PERIOD_FRAMES / SAMPLE_RATE * 1000.0


def test_what_ardour_records_is_what_we_played_and_when_it_stops_so_do_we(tmp_path: Path) -> None:
    for take in range(TAKES):
        folder = tmp_path / str(take)
        folder.mkdir()
        rig = Rig(folder)
        daw = Ardour(rig)
        try:
            messages, silent = record(rig, daw, SECONDS)
            parts = judge(daw, messages)
        except TimeoutError:
            if not daw.is_thrown_out or take == TAKES - 1:
                raise
            continue
        finally:
            rig.close()
        break
    assert silent
    assert all(part["note_for_note"] and part["away_ms"]["p100"] <= PERIOD_MS for part in parts.values()), parts
    assert sum(part["recorded"] for part in parts.values()) > 20, parts
