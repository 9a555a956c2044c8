"""OSCQuery: the cue table as a tree that programs can ask, so that they build their faders by themselves.

After the proposal of Vidvox (https://github.com/Vidvox/OSCQueryProposal). Speaks no HTTP itself: a path and a query come in, a
status and plain data go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from agent.play.modes import MODES
from agent.show.cues import CUES, CueRow
from models.music import PARTS

Values = Mapping[str, tuple[Any, ...]]
Node = dict[str, Any]

OK, NO_CONTENT, BAD_REQUEST, NOT_FOUND = 200, 204, 400, 404
ATTRIBUTES = ("FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "TAGS")
EXTENSIONS = {name: True for name in ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "TAGS", "LISTEN")}
CHOICES: dict[str, tuple[str, ...]] = {"/ctl/mode": tuple(MODES), "/ctl/solo": ("", *PARTS)}
"""What may be said where only some words are understood."""
_NONE, _READ, _WRITE, _BOTH = range(4)


class Tree:
    """Every address below a prefix. Runs anywhere; `values` are those of the moment, by address without the prefix."""

    def __init__(self, prefix: str, values: Values) -> None:
        self._prefix, self._values = prefix.rstrip("/"), values
        self._rows = {self._prefix + row.address: row for row in CUES}
        self._children: dict[str, dict[str, str]] = {"/": {}}
        for full_path in self._rows:
            self._grow(full_path)

    def answer(self, path: str, attribute: str = "") -> tuple[int, Node | None]:
        """HTTP's status, and what is to be said as JSON: a node with all below it, or one attribute of it."""
        path = path.rstrip("/") or "/"
        if path not in self._children and path not in self._rows:
            return NOT_FOUND, None
        if not attribute:
            return OK, self._node(path)
        if attribute not in ATTRIBUTES:
            return BAD_REQUEST, None
        node = self._node(path)
        return (OK, {attribute: node[attribute]}) if attribute in node else (NO_CONTENT, None)

    def row(self, path: str) -> CueRow | None:
        """The row of the cue table behind a path."""
        return self._rows.get(path)

    def _grow(self, path: str) -> None:
        parent, _, name = path.rpartition("/")
        parent = parent or "/"
        if parent not in self._children:
            self._children[parent] = {}
            self._grow(parent)
        self._children[parent][name] = path

    def _node(self, path: str) -> Node:
        node: Node = {"FULL_PATH": path}
        row = self._rows.get(path)
        if row is None:
            node |= {"ACCESS": _NONE}
        else:
            value = self._values.get(row.address)
            node |= _described(row)
            node["ACCESS"] = _READ if row.direction == "out" else _WRITE if value is None else _BOTH
            if value is not None:
                node["VALUE"] = list(value)
        if path in self._children:
            node["CONTENTS"] = {name: self._node(child) for name, child in self._children[path].items()}
        return node


@cache
def _described(row: CueRow) -> Node:
    """What never changes of a node."""
    node: Node = {"DESCRIPTION": f"{row.names}: {row.meaning}" if len(row.types) > 1 else row.meaning, "TYPE": row.types or "N"}
    ranges = [row.range_of(argument) for argument in range(len(row.types))]
    if row.address in CHOICES:
        node["RANGE"] = [{"VALS": list(CHOICES[row.address])}]
    elif any(ranges):
        node["RANGE"] = [{"MIN": _plain(one[0]), "MAX": _plain(one[1])} if one else {} for one in ranges]
    if row.unit:
        node["UNIT"] = [row.unit] * len(row.types)
    if row.direction == "in" and any(ranges):
        node["CLIPMODE"] = ["both" if one else "none" for one in ranges]
    node["TAGS"] = [row.address.split("/")[1]]
    return node


def _plain(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number


def host_info(name: str, osc_port: int, port: int) -> Node:
    """Who we are, and where OSC goes."""
    return {
        "NAME": name,
        "OSC_PORT": osc_port,
        "OSC_TRANSPORT": "UDP",
        "WS_PORT": port,
        "EXTENSIONS": EXTENSIONS,
    }
