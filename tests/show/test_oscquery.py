"""The cue table as a tree: every address is in it, with what the proposal wants said of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.show.cues import CUES, CueRow
from agent.show.oscquery import ATTRIBUTES, BAD_REQUEST, NO_CONTENT, NOT_FOUND, OK, Node, Tree, host_info

VALUES = {"/clock/tempo": (96.0,), "/ctl/density": (0.25,), "/harmony/chord": (5, 0, 5), "/section": (1,)}


@pytest.fixture
def tree() -> Tree:
    return Tree("/antiphon", VALUES)


def found(tree: Tree, path: str) -> Node:
    status, node = tree.answer(path)
    assert status == OK and node is not None
    return node


@pytest.mark.parametrize("row", CUES, ids=lambda row: row.address)
def test_every_address_can_be_asked_for_and_is_where_its_path_says(tree: Tree, row: CueRow) -> None:
    node: Any = found(tree, "/")
    for step in f"/antiphon{row.address}".split("/")[1:]:
        node = node["CONTENTS"][step]
    assert node == found(tree, f"/antiphon{row.address}")
    assert node["FULL_PATH"] == f"/antiphon{row.address}"
    assert node["TYPE"] == (row.types or "N") and row.meaning in node["DESCRIPTION"]
    assert set(node) <= set(ATTRIBUTES)
    assert len(node.get("RANGE", row.types)) in (len(row.types), 1)


def test_what_can_be_read_has_a_value_and_what_can_be_turned_says_so(tree: Tree) -> None:
    tempo, density, panic = (found(tree, f"/antiphon{a}") for a in ("/clock/tempo", "/ctl/density", "/ctl/panic"))
    assert (tempo["ACCESS"], tempo["VALUE"], tempo["UNIT"]) == (1, [96.0], ["bpm"])
    assert (density["ACCESS"], density["VALUE"], density["RANGE"]) == (3, [0.25], [{"MIN": 0, "MAX": 1}])
    assert density["CLIPMODE"] == ["both"]
    assert panic["ACCESS"] == 2 and "VALUE" not in panic
    assert "solo" in found(tree, "/antiphon/ctl/mode")["RANGE"][0]["VALS"]


def test_a_node_may_have_a_value_and_others_below_it(tree: Tree) -> None:
    section = found(tree, "/antiphon/section")
    assert section["VALUE"] == [1] and list(section["CONTENTS"]) == ["progress"]


@pytest.mark.parametrize(
    ("path", "attribute", "status"),
    [
        ("/antiphon/clock/tempo", "VALUE", OK),
        ("/antiphon/clock/tempo/", "TYPE", OK),
        ("/antiphon/ctl/panic", "VALUE", NO_CONTENT),
        ("/antiphon/clock", "VALUE", NO_CONTENT),
        ("/antiphon/clock", "COLOUR", BAD_REQUEST),
        ("/antiphon/nowhere", "", NOT_FOUND),
        ("/clock/tempo", "", NOT_FOUND),
        ("//", "", OK),
    ],
)
def test_the_status_is_that_of_the_proposal(tree: Tree, path: str, attribute: str, status: int) -> None:
    assert tree.answer(path, attribute)[0] == status


def test_all_of_it_is_json_and_says_who_we_are(tree: Tree) -> None:
    assert json.loads(json.dumps(found(tree, "/")))["CONTENTS"]["antiphon"]["CONTENTS"]["clock"]
    info = host_info("Antiphon", 9010, 9011)
    assert (info["NAME"], info["OSC_PORT"], info["WS_PORT"], info["EXTENSIONS"]["LISTEN"]) == ("Antiphon", 9010, 9011, True)
