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
        *(items.Heard, items.Cue, items.Phrase, items.PortNews, items.MindNews, items.Insight, items.Curtain, items.Trouble),
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
_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; none for everything else."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def plain(value: Any) -> Any:
    """Data that JSON can say: a dataclass becomes a list that begins with its name."""
    kind: type = type(value)
    if kind in _SAID_AS_IT_IS:
        return value
    if names := _names(kind):
        # The loop packs an ask while notes wait: what says itself is not worth a call.
        told: list[Any] = ["#" + kind.__name__]
        for name in names:
            part = getattr(value, name)
            told.append(part if type(part) in _SAID_AS_IT_IS else plain(part))
        return told
    if isinstance(value, (list, tuple)):
        entries = [entry if type(entry) in _SAID_AS_IT_IS else plain(entry) for entry in value]
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
        return tuple([alive(entry) if type(entry) is list else entry for entry in value])
    parts = [alive(entry) if type(entry) is list else entry for entry in value[1:]]
    if value[0] == "#":
        return tuple(parts)
    kind = _KINDS.get(value[0][1:])
    if kind is None:
        raise WireError(f"unknown kind of item {value[0][1:40]!r}")
    if len(parts) != len(_names(kind)):
        raise WireError(f"{kind.__name__} wants {len(_names(kind))} fields, not {len(parts)}")
    return kind(*parts)


def pack(value: Any) -> bytes:
    """One message as bytes."""
    return _write(plain(value)).encode()


def unpack(message: bytes) -> Any:
    """One message from bytes. Raises WireError for rubbish."""
    try:
        return alive(json.loads(message))
    except (ValueError, RecursionError) as error:
        raise WireError(f"not a message: {error}") from None
