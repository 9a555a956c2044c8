"""How soon the mind plans: the first bar of an evening, anew after a surprise, and from note to note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter, sleep

from agent.realtime import take_thinking_priority
from models.music import Ask, Model, Onset, Release, Sounded

ASK_BEATS, HUMAN_NOTES_A_BEAT = 4.0, 2
FEWEST = 5
REST_SECONDS = 0.001
Rest = Callable[[], object]
"""A pause before each ask, as on stage, where it is waited for."""


def rest(realtime: bool) -> None:
    """Pause. Who had to step back from real-time priority, since it has computed for long on end, comes forward again."""
    if realtime:
        take_thinking_priority()  # before the pause, which is what counts
    sleep(REST_SECONDS)


def plans(model: str, seconds: float, rest: Rest) -> dict[str, list[float]]:
    """Seconds of whole first bars, to the first note after surprises, and between notes."""
    from models.load import load_model

    mind = load_model(model)
    first = list[float]()
    ends = perf_counter() + seconds / 3
    while perf_counter() < ends or len(first) < FEWEST:
        first.append(_first_bar(mind, len(first), rest))
    surprised, between = _evening(mind, seconds * 2 / 3, rest)
    return {"first_bar": first, "surprised": surprised, "note": between}


def _first_bar(mind: Model, number: int, rest: Rest) -> float:
    """How long a mind that has heard one note takes for a bar."""
    mind.reset(number)
    mind.hear((Onset(0.0, 60 + number % 12, 80, "lead", human=True),))
    rest()
    began = perf_counter()
    for _ in mind.play(Ask(number, "plan", 0.0, 0.0, ASK_BEATS, ("comp",), number)):
        pass
    return perf_counter() - began


def _evening(mind: Model, seconds: float, rest: Rest) -> tuple[list[float], list[float]]:
    """A plan is made bar after bar, and each one is overthrown in its middle by a note that nobody expected."""
    mind.reset(0)
    surprised, between = list[float](), list[float]()
    ends, bar = perf_counter() + seconds, 0
    while perf_counter() < ends or len(surprised) < FEWEST:
        bar += 1
        now = bar * ASK_BEATS
        mind.hear(_hands(now - ASK_BEATS, bar))
        _, gaps = _planned(mind, Ask(2 * bar, "plan", now, now, now + ASK_BEATS, ("comp",), bar), rest)
        between += gaps
        later = now + ASK_BEATS / 2
        mind.hear((*_hands(now, bar + 1)[: int(ASK_BEATS)], Onset(later, 61 + bar % 7, 100, "lead", human=True)))
        to_first, _ = _planned(mind, Ask(2 * bar + 1, "plan", later, later, later + ASK_BEATS, ("comp",), bar), rest)
        surprised += to_first
        mind.hear((Release(later + 0.4, 61 + bar % 7, "lead"),))
    return surprised, between


def _planned(mind: Model, ask: Ask, rest: Rest) -> tuple[list[float], list[float]]:
    """Seconds to the first note, if there is any, and between those after it."""
    rest()
    took, began = list[float](), perf_counter()
    for _ in mind.play(ask):
        took.append(perf_counter() - began)
        began = perf_counter()
    return took[:1], took[1:]


def _hands(beats: float, number: int) -> Sequence[Sounded]:
    """A bar of eighths."""
    told: list[Sounded] = []
    for eighth in range(int(ASK_BEATS) * HUMAN_NOTES_A_BEAT):
        onset_beats, pitch = beats + eighth / HUMAN_NOTES_A_BEAT, 60 + (number + 2 * eighth) % 12
        told += [Onset(onset_beats, pitch, 80, "lead", human=True), Release(onset_beats + 0.4, pitch, "lead")]
    return told
