"""The picture on the terminal: both hands told apart without colour, and a plain line where there is no screen."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from agent.show.snapshot import snapshot
from agent.view import Roll, StatusLines, TerminalView, status_line
from tests.stage import Stage


def picture(**changes: Any) -> dict[str, Any]:
    """One instant of a song in G, half-way through the second bar."""
    still: dict[str, Any] = {
        "now": 5.0,
        "beats": 6.5,
        "beat_in_bar": 2.5,
        "beats_per_bar": 4,
        "bpm": 96.0,
        "mode": "accompany",
        "why": "",
        "turn": "together",
        "key": "G major",
        "key_confidence": 0.8,
        "chord": "D7",
        "health": 0,
        "late_ms": {"p50": 0.1, "p95": 0.2, "p99": 0.3, "max": 0.5},
        "held": {"human": [], "agent": {}},
        "planned": [],
        "error": "",
        "counts": {"human": 12, "agent": 34},
    }
    return {**still, **changes}


def drawn(view: TerminalView, width: int = 80, height: int = 40) -> str:
    console = Console(file=StringIO(), width=width, height=height, color_system=None, legacy_windows=False)
    console.print(view)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def row_of(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if label in line)


def test_the_picture_says_everything_a_player_wants_to_know() -> None:
    view = TerminalView("Antiphon")
    view.show(picture())
    text = drawn(view)
    for word in ("D7", "G major", "accompany", "both", "96.0 bpm", "□ □ ■ □", "p99 0.30", "you 12", "Antiphon 34", "model ok"):
        assert word in text


def test_both_hands_and_plans_are_told_apart_without_colour() -> None:
    roll = Roll()
    for step in range(8):
        human, agent = ([72], {"comp": [48]}) if step >= 2 else ([], {})
        roll.take(picture(now=step * 0.125, held={"human": human, "agent": agent}, planned=[[0.25, 0.5, 60, "comp"]]))
    rows = {str(line)[:4].strip(): str(line)[5:] for line in roll.lines(45, 36)}
    assert "●━━━━━" in rows["C5"]
    assert "◆┄┄┄┄┄" in rows["C3"]
    assert "◇···" in rows["C4"]
    assert rows["C4"].index("◇") > rows["C5"].index("●")


def test_where_both_play_one_pitch_the_human_is_seen() -> None:
    roll = Roll()
    roll.take(picture(held={"human": [60], "agent": {"comp": [60]}}))
    text = "\n".join(str(line) for line in roll.lines(45, 36))
    assert "●" in text
    assert "◆" not in text


def test_a_note_struck_again_begins_anew() -> None:
    roll = Roll()
    for step, held in enumerate(([60], [60], [], [60])):
        roll.take(picture(now=step * 0.125, held={"human": held, "agent": {}}))
    (row,) = (str(line) for line in roll.lines(45, 36) if "●" in str(line))
    assert "●━ ●" in row


@pytest.mark.parametrize(("width", "height"), [(20, 5), (40, 10), (80, 24), (250, 90)])
def test_any_terminal_will_do(width: int, height: int) -> None:
    view = TerminalView("Antiphon")
    assert "taking the stage" in drawn(view, 60)
    view.show(picture(held={"human": [0, 127], "agent": {"comp": [60], "drums": [35]}}, error="the model is away"))
    assert len(drawn(view, width, height).splitlines()) <= max(height, 20) + 1


def test_trouble_is_shown() -> None:
    view = TerminalView("Antiphon")
    view.show(picture(health=2, error="the model is away: the fallback plays"))
    assert "the model is away: the fallback plays" in drawn(view)
    assert "fallback plays" in row_of(drawn(view), "late")


def test_without_a_screen_a_line_every_two_seconds_says_where_the_music_is() -> None:
    said: list[str] = []
    with StatusLines(said.append) as lines:
        for step in range(100):
            lines.show(picture(now=step * 0.05, held={"human": [67], "agent": {"comp": [50, 54]}}))
    assert len(said) == 3
    assert "accompany/together" in said[0]
    assert "you G4 agent D3 F#3" in said[0]
    assert "notes 12+34" in said[0]


def test_without_a_screen_trouble_is_said_once_and_at_once() -> None:
    said: list[str] = []
    lines = StatusLines(said.append, every_seconds=100.0)
    for step in range(10):
        lines.show(picture(now=step * 0.05, error="no worker" if step > 4 else ""))
    assert said[1:] == ["    0.2 s  ! no worker"]


def test_a_real_session_can_be_drawn(stage: Stage) -> None:
    session = stage.begin(mode="accompany", model="drone")
    stage.hear("C4 at 0.1 for 5.0")
    stage.run(until_s=2.2)
    view = TerminalView("Antiphon")
    view.show(snapshot(session, 2.2))
    assert "accompany" in drawn(view)
    assert "notes 1+2" in status_line(snapshot(session, 2.2))


def test_in_auto_one_sees_what_it_has_chosen() -> None:
    assert "auto:solo/" in status_line(picture(mode="auto", why="solo: nobody plays"))
