"""The steady beat behind shaky instants."""

from __future__ import annotations

from random import Random

import pytest

from agent.clock.sources.line import fit, fit_newest

WINDOWS = (96, 48, 24)


def ticks(count: int, step: float, shake: float = 0.0, bend: float = 0.0) -> list[float]:
    random = Random(3)
    return [7.0 + x * step + bend * x * x + random.gauss(0.0, shake) for x in range(count)]


def test_even_ticks_lie_on_their_line() -> None:
    line = fit(ticks(24, 0.02))
    assert line.last_seconds == pytest.approx(7.0 + 23 * 0.02)
    assert line.step_seconds == pytest.approx(0.02)


def test_shaky_but_steady_ticks_are_looked_back_upon_at_length() -> None:
    shaky = ticks(96, 0.02, shake=0.001)
    assert fit_newest(shaky, WINDOWS) == fit(shaky)


def test_ticks_that_hurry_are_looked_back_upon_briefly() -> None:
    hurrying = ticks(96, 0.04, bend=-3e-5)
    assert fit_newest(hurrying, WINDOWS) == fit(hurrying[-24:])


def test_a_master_that_wanders_is_followed_and_not_averaged() -> None:
    random, wandering = Random(3), [7.0]
    while len(wandering) < 96:
        wandering.append(wandering[-1] + 0.02 * random.uniform(0.8, 1.2))
    assert fit_newest(wandering, WINDOWS) == fit(wandering[-24:])
