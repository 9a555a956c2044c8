"""The steady beat behind shaky instants: the line of least squares through them, and how far to look back for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

NEWEST_SHARE = 8
"""Whether a window is bent is seen in its newest eighth: if it lies beside the line on average, the tempo is changing."""
BENT_SECONDS = 0.0002
BENT_SHARE = 1.0  # of the scatter
LOST_STEPS = 1.6
"""Instants that are this many times further apart than they should be tell that others were lost between them."""
ALIKE = 0.5
"""Strays that resemble the ones before them so much are no shake either: the master wanders, and has to be followed."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where the last instant would have been without its shake, and how far it is from one to the next."""

    last_seconds: float
    step_seconds: float


def fit(instants: Sequence[float]) -> Line:
    """The straight line through at least two instants that should be evenly spaced."""
    count = len(instants)
    middle, origin = (count - 1) / 2.0, instants[0]
    mean = sum(instant - origin for instant in instants) / count
    slope = sum((x - middle) * (instant - origin) for x, instant in enumerate(instants)) * 12.0 / (count * (count**2 - 1))
    return Line(origin + mean + slope * middle, slope)


def fit_newest(instants: Sequence[float], windows: Sequence[int]) -> Line:
    """The line through as many of the newest instants as lie on one line; `windows` go from the longest to the shortest.

    A long look back is steadier, a short one follows a change of tempo sooner.
    """
    for window in windows[:-1]:
        if len(instants) >= window:
            newest = instants[-window:]
            line = fit(newest)
            if not _wanders(newest, line):
                return line
    return fit(instants[-windows[-1] :])


def between(here: float, there: float, step: float) -> list[float]:
    """The instants that were lost between two that should be one step apart."""
    steps = round((there - here) / step) if there - here > LOST_STEPS * step > 0.0 else 1
    return [here + (there - here) * number / steps for number in range(1, steps)]


def _wanders(instants: Sequence[float], line: Line) -> bool:
    last, newest = len(instants) - 1, len(instants) // NEWEST_SHARE
    strays = [instant - line.last_seconds + (last - x) * line.step_seconds for x, instant in enumerate(instants)]
    power = sum(stray * stray for stray in strays)
    if power < len(strays) * BENT_SECONDS**2:
        return False
    beside = abs(sum(strays[-newest:]) / newest)
    alike = sum(here * there for here, there in pairwise(strays)) / power
    return alike > ALIKE or beside > BENT_SHARE * sqrt(power / len(strays))
