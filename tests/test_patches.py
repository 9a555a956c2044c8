"""The patches we ship speak the protocol as the table has it."""

from __future__ import annotations

import re
from pathlib import Path

from agent.show.cues import CUES

PATCHES = Path(__file__).parents[1] / "patches"


def test_the_pure_data_patch_listens_only_to_addresses_that_exist() -> None:
    patch = (PATCHES / "puredata" / "antiphon-cues.pd").read_text()
    routed = {word for line in re.findall(r"\broute ([^;]+);", patch) for word in line.split()}
    known = {word for row in CUES if row.direction == "out" for word in row.address.split("/")}
    assert routed - known == {"antiphon"}
