"""The steady beat behind shaky instants."""

from __future__ import annotations

from random import Random

import pytest

from agent.clock.sources.line import fit, fit_bent, fit_newest

WINDOWS = (96, 48, 24)


def ticks(count: int, step: float, shake: float = 0.0, bend: float = 0.0) -> list[float]:
    random = Random(3)
    return [7.0 + x * step + bend * x * x + random.gauss(0.0, shake) for x in range(count)]


def test_even_ticks_lie_on_their_line() -> None:
    line = fit(ticks(24, 0.02))
    assert line.last_seconds == pytest.approx(7.0 + 23 * 0.02)
    assert line.step_seconds == pytest.approx(0.02)


def test_a_parabola_is_followed_to_its_very_end() -> None:
    line = fit_bent(ticks(24, 0.04, bend=-3e-5))
    assert line.last_seconds == pytest.approx(7.0 + 23 * 0.04 - 3e-5 * 23 * 23, abs=1e-9)
    assert line.step_seconds == pytest.approx(0.04 - 2 * 3e-5 * 23, abs=1e-9)


def test_shaky_but_steady_ticks_are_looked_back_upon_at_length() -> None:
    shaky = ticks(96, 0.02, shake=0.001)
    assert fit_newest(shaky, WINDOWS) == fit(shaky)


def test_ticks_that_hurry_are_looked_back_upon_briefly() -> None:
    hurrying = ticks(96, 0.04, bend=-3e-5)
    assert fit_newest(hurrying, WINDOWS).step_seconds == pytest.approx(0.04 - 2 * 3e-5 * 95, rel=0.01)
