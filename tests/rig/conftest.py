"""The rig is set up once for every test that asks for it, and taken down whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A stage with JACK running and nobody on it yet."""
    stage = Rig(tmp_path)
    yield stage
    stage.close()
