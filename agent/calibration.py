"""How long an instrument takes from note to sound: clicks go out, and what comes back tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

CLICKS, FIRST_SECONDS, GAP_SECONDS, LENGTH_SECONDS = 16, 0.5, 0.35, 0.05
LONGEST_SECONDS = 0.2
"""An answer that comes later than this is not taken for one."""
FEWEST, WIDEST_MS = 0.75, 10.0


class NotLearnt(ValueError):
    """What came back says nothing; the message says what to look at."""


@dataclass(frozen=True)
class Delay:
    """Milliseconds from note to sound: the middle one, how wide most of them lie (10th to 90th of a hundred), how many."""

    ms: float
    spread_ms: float
    answers: int


def instants(now: float) -> list[float]:
    """When the clicks are, in session seconds; uneven, so that nobody else's beat is taken for theirs."""
    random = Random(1)
    return [now + FIRST_SECONDS + GAP_SECONDS * (number + random.uniform(-0.2, 0.2)) for number in range(CLICKS)]


def click(
    seconds: Sequence[float], ahead_seconds: float, send: Callable[[bool, float], None], wait: Callable[[float], None]
) -> None:
    """Play them: `send` is told of each beginning (True) and end and its instant, `ahead_seconds` before it."""
    sounds = [(second, True) for second in seconds] + [(second + LENGTH_SECONDS, False) for second in seconds]
    for second, begins in sorted(sounds):
        wait(second - ahead_seconds)
        send(begins, second)
    wait(seconds[-1] + LONGEST_SECONDS)


def learn(sent: Sequence[float], heard: Sequence[float]) -> Delay:
    """The delay, from when clicks were sent and when something was heard. Raises NotLearnt."""
    delays_ms: list[float] = []
    for second in sent:
        answer = min((at for at in heard if -0.005 <= at - second <= LONGEST_SECONDS), default=None)
        if answer is not None:
            delays_ms.append((answer - second) * 1000.0)
    if len(delays_ms) < FEWEST * len(sent):
        raise NotLearnt(
            f"only {len(delays_ms)} of {len(sent)} clicks came back; is the cable in, and is the instrument loud enough?"
        )
    delays_ms.sort()
    spread_ms = delays_ms[int(0.9 * (len(delays_ms) - 1))] - delays_ms[int(0.1 * (len(delays_ms) - 1))]
    if spread_ms > WIDEST_MS:
        raise NotLearnt(f"the clicks came back {spread_ms:.0f} ms apart: something else sounds, or the computer is too busy")
    return Delay(round(median(delays_ms), 1), round(spread_ms, 1), len(delays_ms))
