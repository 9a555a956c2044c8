"""The steady beat behind shaky instants: the line of least squares through them, and how far to look back for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

NEWEST = 12
"""Whether a window is bent is seen in its newest ticks: if they lie beside its line on average, the tempo is changing."""
BENT_SECONDS = 0.0002
BENT_SHARE = 0.6  # of the scatter; the mean of twelve strays by less than this by chance


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
        if len(instants) < window:
            continue
        newest = instants[-window:]
        line = fit(newest)
        if not _bent(newest, line):
            return line
    return fit_bent(instants[-windows[-1] :])


def fit_bent(instants: Sequence[float]) -> Line:
    """The end of the parabola through the instants: true to a tempo that speeds up or slows down, though shakier."""
    line, count = fit(instants), len(instants)
    if count < NEWEST * 2:
        return line
    middle = (count - 1) / 2.0
    hollow = (count**2 - 1) / 12.0
    weights = [(x - middle) ** 2 - hollow for x in range(count)]
    curve = sum(w * (instant - instants[0]) for w, instant in zip(weights, instants, strict=True)) / sum(w * w for w in weights)
    return Line(line.last_seconds + curve * weights[-1], line.step_seconds + 2.0 * curve * middle)


def _bent(instants: Sequence[float], line: Line) -> bool:
    last = len(instants) - 1
    strays = [instant - line.last_seconds + (last - x) * line.step_seconds for x, instant in enumerate(instants)]
    scatter = sqrt(sum(stray * stray for stray in strays) / len(strays))
    newest = sum(strays[-NEWEST:]) / NEWEST
    return abs(newest) > max(BENT_SECONDS, BENT_SHARE * scatter)
