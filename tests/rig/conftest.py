"""The rig is set up once for every test that asks for it, and taken down whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.rig import Rig

LONGEST_SECONDS = 400.0
"""On a busy machine a test waits until it can judge; as long as that is no failure."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Patience for every test in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST_SECONDS))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A stage with JACK running and nobody on it yet."""
    stage = Rig(tmp_path)
    yield stage
    stage.close()
