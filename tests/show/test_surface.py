"""The control surface has what the table has."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from agent.cli import app
from agent.show.cues import IN, OUT


def test_every_knob_is_on_the_surface_with_its_range_and_nothing_that_is_not_in_the_table(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["config", "surface", str(tmp_path / "surface.json")])
    assert done.exit_code == 0 and "--send 127.0.0.1:9010" in done.output
    session = json.loads((tmp_path / "surface.json").read_text())
    widgets = [widget for tab in session["content"]["tabs"] for widget in tab["widgets"]]
    assert len({widget["id"] for widget in widgets}) == len(widgets)
    shown = {widget["address"].removeprefix("/antiphon"): widget for widget in widgets}
    assert set(shown) <= set(IN) | set(OUT)
    single = {address for address, row in IN.items() if address.startswith("/ctl/") and len(row.types) == 1}
    assert single <= set(shown)
    fader, panic, mode = shown["/ctl/temperature"], shown["/ctl/panic"], shown["/ctl/mode"]
    assert (fader["type"], fader["range"]) == ("fader", {"min": 0.1, "max": 2.0})
    assert (panic["type"], panic["mode"]) == ("button", "push")
    assert mode["type"] == "switch" and "solo" in mode["values"]
