"""The desk: what people, pedals and patches may turn while the music plays. Values are clamped to the cue table's ranges."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any

from agent.items import Cue
from agent.listen.chord import QUALITIES
from agent.listen.key import TONICS, key_named
from agent.play.band import with_register
from agent.play.casting import WHENS
from agent.play.modes import MODES
from agent.show.cues import LOOKS, CueRow, matching
from models.music import PARTS, Knobs, style_named

_BUTTONS = ("panic", "tap", "again", "undo", "fill", "end", "keep", "start", "stop")
_WHOLE_NUMBERS = ("velocity_max", "polyphony")
_FIELDS = {"register": "height"}
"""Knobs that the model knows by another name: its `registers` are the compass of each part."""


class Controls:
    """The knobs as they stand. Runs on the loop."""

    def __init__(self, knobs: Knobs, when: str = "now") -> None:
        self.knobs = knobs
        self._when = when
        self.muted = False
        self.bpm = 0.0
        self.unknown = 0

    def take(self, cue: Cue) -> list[str]:
        """Turn what the cue asks for. Returns what the session must do itself: a word and what belongs to it, such as `mode
        solo bar`, `loop 2` or `panic`, or a complaint that begins with `?`."""
        rows = matching(cue.address)
        if not rows:
            self.unknown += 1
        return [request for row in rows if (request := self._take(row, cue.args))]

    def _take(self, row: CueRow, args: tuple[Any, ...]) -> str:
        name = row.address.rpartition("/")[2]
        if row.address == "/ctl/mode":
            return self._mode(args)
        if row.address == "/ctl/solo":
            wanted = _first(args)
            return f"solo {wanted}" if wanted in ("", *PARTS) else f"?nobody plays {wanted!r}; there are: {', '.join(PARTS)}"
        if row.address == "/ctl/chart":
            text = _first(args)
            return f"chart {text}" if isinstance(text, str) else "?a chart is a text, such as | Dm7 | G7 | C^7 | % |"
        if row.address == "/ctl/look":
            wanted = _first(args)
            return f"look {wanted}" if wanted in LOOKS else f"?unknown look {wanted!r}; there are: {', '.join(LOOKS)}"
        if row.address == "/ctl/scale":
            return self._scale(_first(args))
        if row.address == "/ctl/style":
            return self._style(_first(args))
        if row.address in ("/ctl/words", "/ctl/patch", "/ctl/learn"):
            return f"{name} {_word(args)}" if args else f"?{row.address} wants words"
        if not row.types:
            return name
        values = _numbers(row, args)
        if values is None:
            return f"?{row.address} wants {len(row.types)} number(s): {row.names}"
        if row.address.startswith("/ctl/role/"):
            return self._part(row.address.split("/")[3], name, values)
        if row.address.startswith("/ctl/latent/"):
            return self._pull(int(name), values[0])
        if row.address.startswith("/in/") or name == "level":
            return " ".join(str(value) for value in (name, *values))
        if name == "key":
            self.knobs = replace(self.knobs, key=(int(values[0]), int(values[1]) % 2) if values[0] >= 0 else None)
        elif name == "mute":
            self.muted = bool(values[0])
            return "mute" if self.muted else ""
        elif name in _BUTTONS:
            return name if values[0] else ""  # a button's release sends 0
        elif name in ("turn", "count_in", "loop", "section", "seed", "subscribe", "forget"):
            return f"{name} {int(values[0])}"
        elif name == "chord":
            return f"chart {_held_chord(int(values[0]), int(values[1]))}"
        elif name == "tempo":
            self.bpm = values[0]
            return "tempo"
        else:
            turned: dict[str, Any] = {_FIELDS.get(name, name): int(values[0]) if name in _WHOLE_NUMBERS else values[0]}
            self.knobs = replace(self.knobs, **turned)
        return ""

    def _pull(self, axis: int, share: float) -> str:
        latent = self.knobs.latent
        self.knobs = replace(self.knobs, latent=(*latent[:axis], share, *latent[axis + 1 :]))
        return ""

    def _style(self, names: Any) -> str:
        try:
            self.knobs = replace(self.knobs, style=style_named(str(names)))
        except ValueError as error:
            return f"?{error}"
        return ""

    def _part(self, part: str, what: str, values: list[float]) -> str:
        if what == "register":
            self.knobs = with_register(self.knobs, part, int(values[0]), int(values[1]))
            return ""
        return f"role {part} {what} {values[0]}"

    def _scale(self, name: Any) -> str:
        try:
            key = key_named(str(name)) if name else None
        except ValueError as error:
            return f"?{error}"
        self.knobs = replace(self.knobs, key=key)
        return ""

    def _mode(self, args: tuple[Any, ...]) -> str:
        names = list(MODES)
        wanted, when = (*args[:1], "")[0], (*args[1:2], self._when)[0]
        if _is_number(wanted) and 0 <= int(wanted) < len(names):
            wanted = names[int(wanted)]
        if wanted not in names:
            return f"?unknown mode {wanted!r}; there are: {', '.join(names)}"
        if when not in WHENS:
            return f"?a mode changes now, on the next beat or on the next bar, not {when!r}"
        return f"mode {wanted} {when}"


def _held_chord(root: int, quality: int) -> str:
    """A chart that is one chord for ever; none when the root is below 0."""
    suffixes = list(QUALITIES)
    return f"| {TONICS[root]}{suffixes[min(max(quality, 0), len(suffixes) - 1)]} |" if root >= 0 else ""


def _first(args: tuple[Any, ...]) -> Any:
    return args[0] if args else ""


def _word(args: tuple[Any, ...]) -> str:
    first = args[0]
    return str(int(first)) if isinstance(first, float) and isfinite(first) else str(first)[:200]


def _numbers(row: CueRow, args: tuple[Any, ...]) -> list[float] | None:
    if row.address.rpartition("/")[2] in _BUTTONS and not args:
        return [1.0]
    numbers = [a for a in args if _is_number(a)]
    if len(numbers) != len(args) or len(numbers) < len(row.types):
        return None
    everything = (float("-inf"), float("inf"))
    ranges = [row.range_of(argument) or everything for argument in range(len(row.types))]
    return [float(min(max(number, low), high)) for number, (low, high) in zip(numbers, ranges, strict=False)]


def _is_number(value: Any) -> bool:
    # Not `isfinite` for whole numbers: it raises for those that no float can hold.
    return isinstance(value, int) or (isinstance(value, float) and isfinite(value))
