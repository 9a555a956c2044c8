"""A control surface made from the cue table: every knob as a fader, every button as a button, for Open Stage Control.

Its sessions are JSON (https://openstagecontrol.ammd.net/docs/); a widget's `address` is what it sends and what it listens to,
so that our echo moves it.
"""

from __future__ import annotations

import json
from typing import Any

from agent import __version__
from agent.show.cues import IN, OUT, CueRow
from agent.show.oscquery import CHOICES

Widget = dict[str, Any]

COLUMNS = 6
WATCHED = ("/clock/beat", "/clock/bar", "/agent/energy", "/human/energy", "/turn", "/presence", "/mood/energy")
READ = ("/text/key", "/text/chord", "/text/section", "/text/why", "/mode", "/sys/error")


def open_stage_control(prefix: str) -> str:
    """A session file. Start it with `--send 127.0.0.1:9010 --osc-port 9001` and name 127.0.0.1:9001 in `osc.feedback`."""
    parts = [row for row in IN.values() if row.address.startswith("/ctl/role/")]
    desk = [row for row in IN.values() if row.address.startswith("/ctl/") and row not in parts]
    meters = [_meter(prefix, OUT[address]) for address in WATCHED] + [_text(prefix, OUT[address]) for address in READ]
    tabs = {
        "desk": [widget for row in desk for widget in _control(prefix, row)],
        "parts": [widget for row in parts for widget in _control(prefix, row)],
        "meters": meters,
    }
    root = {"type": "root", "id": "root", "tabs": [_tab(name, widgets) for name, widgets in tabs.items()]}
    session = {"createdWith": f"Antiphon {__version__}", "version": "1.0.0", "type": "session", "content": root}
    return json.dumps(session, indent=1) + "\n"


def _tab(name: str, widgets: list[Widget]) -> Widget:
    return {"type": "tab", "id": f"tab_{name}", "label": name, "layout": "grid", "gridTemplate": COLUMNS, "widgets": widgets}


def _control(prefix: str, row: CueRow) -> list[Widget]:
    common = _common(prefix, row)
    if row.address in CHOICES:
        return [common | {"type": "switch", "values": list(CHOICES[row.address])}]
    if row.types == "s":
        return [common | {"type": "input"}]
    found = row.range_of(0)
    if len(row.types) != 1 or found is None:
        return []
    low, high = found
    if row.types == "i" and (low, high) == (0, 1):
        lasting = row.address.endswith("mute")
        return [common | {"type": "button", "mode": "toggle" if lasting else "push", "on": 1, "off": 0, "typeTags": "i"}]
    return [common | {"type": "fader", "range": {"min": low, "max": high}, "decimals": 0 if row.types == "i" else 3}]


def _meter(prefix: str, row: CueRow) -> Widget:
    return _common(prefix, row) | {"type": "fader", "design": "compact", "interaction": False, "range": {"min": 0, "max": 1}}


def _text(prefix: str, row: CueRow) -> Widget:
    return _common(prefix, row) | {"type": "text"}


def _common(prefix: str, row: CueRow) -> Widget:
    name = row.address.removeprefix("/ctl/").removeprefix("role/").removeprefix("/")
    widget = {"id": row.address[1:].replace("/", "_"), "label": name, "address": prefix + row.address, "comments": row.meaning}
    return widget | ({"typeTags": row.types} if row.direction == "in" else {})
