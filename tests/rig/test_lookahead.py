"""What will sound is announced in time and then sounds; what will not is called off: `tests.bench.lookahead` in short."""

from __future__ import annotations

from tests.bench.lookahead import Turn, judge, play
from tests.rig.rig import Rig

LEAD_MS, SECONDS, MOST_APART_MS = 50.0, 18.0, 2.0
DESK: tuple[Turn, ...] = (
    (4.0, "/ctl/tempo", "f", "112"),
    (8.0, "/ctl/mute", "i", "1"),
    (9.0, "/ctl/mute", "i", "0"),
    (12.0, "/ctl/tempo", "f", "92"),
    (15.0, "/ctl/mode", "s", "solo"),
)


def test_what_sounds_was_announced_and_what_does_not_was_called_off(rig: Rig) -> None:
    found = judge(*play(rig, LEAD_MS, SECONDS, DESK), LEAD_MS / 1000.0)
    assert found["sounded"] > 30 and found["on_tape"] >= 0.95 * found["sounded"], found
    assert found["announced_in_time"] >= 0.99, found
    assert found["cancelled"] > 0 and found["cancelled_and_sounded"] == found["neither_sounded_nor_cancelled"] == 0, found
    assert found["announced_against_sounded_ms"]["p95"] <= MOST_APART_MS, found
