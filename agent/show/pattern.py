"""OSC address patterns: `?` any sign, `*` any signs, `[a-f]` `[!xy]` one of these, `{lead,bass}` one of these words.

None reaches over a slash. A pattern comes from strangers: reading and comparing take a bounded time, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

LONGEST_PATTERN = 96
MOST_WILD = 8
SIGNS = frozenset("*?[{")
"""An address without any of these is no pattern."""

_Step = str | frozenset[str] | tuple[str, ...] | None
"""`*`, or the signs of which one stands here, or the words of which one does; None stands for any sign."""


def is_pattern(address: str) -> bool:
    """Whether an address may name several."""
    return not SIGNS.isdisjoint(address)


@lru_cache(maxsize=512)
def matches(pattern: str, address: str) -> bool:
    """Whether a pattern names an address. One that is malformed or too long names nothing."""
    steps = _read(pattern)
    if steps is None:
        return False
    # All places in the address that the pattern can have reached: no going back, so no pattern is slow.
    places = {0}
    for step in steps:
        places = {after for place in places for after in _after(step, address, place)}
        if not places:
            return False
    return len(address) in places


def covers(pattern: str, address: str) -> bool:
    """Whether a pattern names an address, or a folder in which it lies."""
    steps = address.split("/")
    return any(matches(pattern, "/".join(steps[:depth])) for depth in range(len(steps), 1, -1))


def _after(step: _Step, address: str, place: int) -> Iterable[int]:
    if step == "*":
        end = address.find("/", place)
        return range(place, (len(address) if end < 0 else end) + 1)
    if isinstance(step, tuple):
        return [place + len(word) for word in step if address.startswith(word, place)]
    if place == len(address):
        return []
    sign = address[place]
    fits = sign != "/" if step is None else sign in step
    return [place + 1] if fits else []


@lru_cache(maxsize=64)
def _read(pattern: str) -> tuple[_Step, ...] | None:
    if len(pattern) > LONGEST_PATTERN or sum(sign in SIGNS for sign in pattern) > MOST_WILD:
        return None
    steps: list[_Step] = []
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        closing = {"[": "]", "{": "}"}.get(sign)
        if closing is None:
            steps.append({"*": "*", "?": None}.get(sign, frozenset(sign)))
            at += 1
            continue
        end = pattern.find(closing, at + 1)
        if end < 0:
            return None
        inside = pattern[at + 1 : end]
        steps.append(_class(inside) if sign == "[" else tuple(inside.split(",")))
        at = end + 1
    return tuple(steps)


def _class(inside: str) -> frozenset[str]:
    """The signs that `a-fx` or `!a-f` stand for; among those of ASCII, for no address has others."""
    wanted, at, negated = set[str](), 0, inside.startswith("!")
    inside = inside[1:] if negated else inside
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            wanted |= {chr(code) for code in range(ord(inside[at]), min(ord(inside[at + 2]), 126) + 1)}
            at += 3
        else:
            wanted.add(inside[at])
            at += 1
    return frozenset(chr(code) for code in range(33, 127)) - wanted - {"/"} if negated else frozenset(wanted - {"/"})
