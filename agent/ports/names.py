"""How a player names an instrument, and which port is meant. By name, never by number: numbers change when cables do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

VIRTUAL = "virtual"
"""The pattern that asks for a port of our own."""

_ALSA_NUMBERS = re.compile(r"\s+\d+:\d+$")
_THROUGH = "midi through"


def plain_name(name: str) -> str:
    """A port's name without the numbers the system adds, in lower case: `Launchkey:Keys 20:0` is `launchkey:keys`."""
    return " ".join(_ALSA_NUMBERS.sub("", name).lower().split())


def is_virtual(pattern: str) -> bool:
    """Does the pattern ask for a port of our own?"""
    return pattern.strip().lower() in ("", VIRTUAL)


def matching(pattern: str, names: Sequence[str]) -> list[str]:
    """The ports a pattern means: part of a name, a glob with `*` and `?`, or a regular expression between slashes.

    A glob leaves out ALSA's Midi Through, which only plays back what is sent to it, unless it names it.
    """
    wanted = " ".join(pattern.lower().split())
    return [name for name in names if _matches(wanted, plain_name(name))]


def check_pattern(pattern: str) -> None:
    """Raise ValueError with a sentence if no port can ever match."""
    if _is_regex(pattern):
        try:
            re.compile(pattern[1:-1])
        except re.error as error:
            raise ValueError(f"the port pattern {pattern} is not a regular expression: {error}") from None


def _matches(wanted: str, name: str) -> bool:
    if _is_regex(wanted):
        return re.search(wanted[1:-1], name, re.IGNORECASE) is not None
    if not any(letter in wanted for letter in "*?["):
        return wanted in name
    if _THROUGH in name and "through" not in wanted:
        return False
    return fnmatchcase(name, wanted)


def _is_regex(pattern: str) -> bool:
    return len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/")
