"""What every test may ask for."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.stage import Stage

# The machine may be shared and slow; what is bounded here is the number of cases, not the clock. The draws are the same
# on every machine, so that a red test is red for everybody.
UNTIMED = (HealthCheck.too_slow,)
settings.register_profile("stage", deadline=None, derandomize=True, print_blob=False, suppress_health_check=UNTIMED)
settings.load_profile("stage")


@pytest.fixture
def stage() -> Stage:
    """An empty stage: `begin` it, write what happens, `run` it, and read what sounded."""
    return Stage()
