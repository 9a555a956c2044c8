"""Items and musical types as JSON and back: one codec for the recorder, the worker link and the panel. Never pickle."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from agent import items
from models import music


class WireError(ValueError):
    """A message that is not one of ours, said in one sentence."""


_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(items.Heard, items.Cue, items.Phrase, items.PortNews, items.MindNews, items.Curtain, items.Trouble),
        *(items.Clocked, items.Shared),
        *(
            music.NoteOn,
            music.NoteOff,
            music.Control,
            music.Bend,
            music.Pressure,
            music.Program,
            music.Note,
            music.Onset,
            music.Release,
        ),
        *(music.Metre, music.Change, music.Knobs, music.Ask),
    )
}


_SAID_AS_IT_IS = frozenset((float, int, str, bool, type(None)))


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def plain(value: Any) -> Any:
    """Data that JSON can say: a dataclass becomes a list that begins with its name."""
    if type(value) in _SAID_AS_IT_IS:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return ["#" + type(value).__name__, *(plain(getattr(value, name)) for name in _names(type(value)))]
    if isinstance(value, (list, tuple)):
        entries = [plain(entry) for entry in value]
        # A list whose first entry only looks like the name of a kind is led by a bare sign.
        return ["#", *entries] if entries and isinstance(entries[0], str) and entries[0].startswith("#") else entries
    return value


def alive(value: Any) -> Any:
    """The reverse of `plain`: lists become tuples, and named lists the dataclasses they were.

    Raises WireError for a kind that is not ours or fields that do not fit it.
    """
    if not isinstance(value, list):
        return value
    if not (value and isinstance(value[0], str) and value[0].startswith("#")):
        return tuple(alive(entry) for entry in value)
    if value[0] == "#":
        return tuple(alive(entry) for entry in value[1:])
    kind = _KINDS.get(value[0][1:])
    if kind is None:
        raise WireError(f"unknown kind of item {value[0][1:40]!r}")
    if len(value) - 1 != len(_names(kind)):
        raise WireError(f"{kind.__name__} wants {len(_names(kind))} fields, not {len(value) - 1}")
    return kind(*(alive(entry) for entry in value[1:]))


def pack(value: Any) -> bytes:
    """One message as bytes."""
    return json.dumps(plain(value), separators=(",", ":"), allow_nan=False).encode()


def unpack(message: bytes) -> Any:
    """One message from bytes. Raises WireError for rubbish."""
    try:
        return alive(json.loads(message))
    except (ValueError, RecursionError) as error:
        raise WireError(f"not a message: {error}") from None
