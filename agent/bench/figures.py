"""What a measurement comes to: the middle, the rare and the worst, in milliseconds, beside its floor. Never the mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}


@dataclass(frozen=True, slots=True)
class Figures:
    """How long something took, over `count` times."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float], scale: float = 1000.0) -> Figures:
        """Sum up; seconds become milliseconds unless another scale is named."""
        ordered = sorted(values)
        if not ordered:
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        at = {name: ordered[min(int(share * len(ordered)), len(ordered) - 1)] for name, share in _SHARES.items()}
        return cls(len(ordered), **{name: round(value * scale, 4) for name, value in at.items()})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the bench: what was measured, beside the least that this machine could have done in the same run."""

    part: str
    name: str
    figures: Figures
    floor: Figures | None = None
    floor_is: str = ""
    unit: str = "ms"
    bar: str = ""
    ok: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


Verdict = Callable[[Figures, Figures | None], bool]


@dataclass(frozen=True, slots=True)
class Bar:
    """What is promised of a figure."""

    text: str
    holds: Verdict
    unit: str = "ms"

    def row(self, part: str, name: str, figures: Figures, floor: Figures | None, floor_is: str) -> Row:
        """A line with its verdict; without a single measurement nothing is promised or broken."""
        ok = self.holds(figures, floor) if figures.count else None
        return Row(part, name, figures, floor, floor_is, self.unit, self.text, ok)


ON_TIME = Bar("p99 ≤ 0.5 ms", lambda figures, _: figures.p99 <= 0.5)
"""Lateness with real-time priority."""
ON_TIME_WITHOUT = Bar(
    "p99 ≤ 2 ms or ≤ twice its floor", lambda figures, floor: figures.p99 <= max(2.0, 2.0 * floor.p99 if floor else 0.0)
)
"""Lateness where real-time priority is not granted."""
THRU = Bar("p99 ≤ 1 ms above its floor", lambda figures, floor: figures.p99 <= 1.0 + (floor.p99 if floor else 0.0))
STEP = Bar(
    "p99 ≤ 1.5 ms, p50 ≤ 4 times its floor",
    lambda figures, floor: figures.p99 <= 1.5 and floor is not None and figures.p50 <= 4.0 * floor.p50,
)
IDLE_STEP = Bar("p50 ≤ 1.5 ms, p99 ≤ 3 ms", lambda figures, _: figures.p50 <= 1.5 and figures.p99 <= 3.0)
LATE_STEP = Bar("p50 ≤ 1.1 times its floor", lambda figures, floor: floor is not None and figures.p50 <= 1.1 * floor.p50)
FIRST_PLAN = Bar("p95 ≤ 30 ms", lambda figures, _: figures.p95 <= 30.0)
SURPRISE = Bar("p95 ≤ 10 ms", lambda figures, _: figures.p95 <= 10.0)
RIVAL = Bar("p50 ≤ a fifth of its floor", lambda figures, floor: floor is not None and 5.0 * figures.p50 <= floor.p50)
MEMORY = Bar("≤ 400 MB", lambda figures, _: figures.max <= 400.0, "MB")
SHADOW = Bar("p95 ≤ 8 ms", lambda figures, _: figures.p95 <= 8.0)
ANSWER = Bar("p95 ≤ 30 ms", lambda figures, _: figures.p95 <= 30.0)
