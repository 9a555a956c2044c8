"""The patches we ship speak the protocol as the table has it, and are whole files of their kind."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from agent.show.cues import CUES

PATCHES = Path(__file__).parents[1] / "patches"
FOLDERS = sorted(path for path in PATCHES.iterdir() if path.is_dir())
KNOWN = {f"/antiphon{row.address}" for row in CUES}
ADDRESS = re.compile(r"(?<![\w.])/antiphon(?:/[a-z0-9_]+)+/?")


def test_the_pure_data_patch_listens_only_to_addresses_that_exist() -> None:
    patch = (PATCHES / "puredata" / "antiphon-cues.pd").read_text()
    routed = {word for line in re.findall(r"\broute ([^;]+);", patch) for word in line.split()}
    known = {word for row in CUES if row.direction == "out" for word in row.address.split("/")}
    assert routed - known == {"antiphon"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_address_in_a_patch_is_one_of_the_table(folder: Path) -> None:
    named = {address for path in folder.iterdir() for address in ADDRESS.findall(path.read_text(encoding="utf-8"))}
    begun = {address for address in named if address.endswith("/") and any(known.startswith(address) for known in KNOWN)}
    assert {address for address in named - begun if address not in KNOWN} - {"/antiphon/harmony/chroma"} == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_folder_says_how_in_a_few_lines(folder: Path) -> None:
    assert 4 <= len((folder / "README.md").read_text(encoding="utf-8").splitlines()) <= 16


@pytest.mark.parametrize("path", sorted(PATCHES.rglob("*.maxpat")), ids=lambda path: path.stem)
def test_the_cords_of_a_max_patch_end_in_its_boxes(path: Path) -> None:
    patcher = json.loads(path.read_text(encoding="utf-8"))["patcher"]
    boxes = {box["box"]["id"]: box["box"] for box in patcher["boxes"]}
    assert len(boxes) == len(patcher["boxes"])
    for cord in (line["patchline"] for line in patcher["lines"]):
        (source, outlet), (destination, inlet) = cord["source"], cord["destination"]
        assert outlet < boxes[source]["numoutlets"] and inlet < boxes[destination]["numinlets"], cord


def test_the_scripts_for_touchdesigner_are_python_within_python() -> None:
    text = (PATCHES / "touchdesigner" / "build_network.py").read_text(encoding="utf-8")
    inner = [
        node.value.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    ]
    for script in (value for value in inner if isinstance(value, str)):
        ast.parse(script)


@pytest.mark.parametrize(
    "path", [p for p in PATCHES.rglob("*.*") if p.suffix in (".scd", ".js", ".rb", ".lua")], ids=lambda p: p.name
)
def test_what_is_opened_in_a_script_is_closed(path: Path) -> None:
    comment = {".scd": "//", ".js": "//", ".rb": "#", ".lua": "--"}[path.suffix]
    text = "\n".join(line.split(f"{comment} ")[0] for line in path.read_text(encoding="utf-8").splitlines())
    text = re.sub(r'"[^"\n]*"', '""', text)
    assert [(a, b) for a, b in ("()", "[]", "{}") if text.count(a) != text.count(b)] == []
