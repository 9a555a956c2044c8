"""Mapping without code: what a program wants to hear instead of our own cues, as a TOML file. Profiles lie in `profiles/`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from agent.ports.osc_decode import Message
from agent.show.cues import OUT, STATE, CueRow
from agent.show.expression import Expression, ExpressionError, Names, NoValue, Template, Value
from agent.show.pattern import covers, is_pattern, matches

LONGEST_FILE = 200_000
PROFILES = files("agent.show") / "profiles"


class MappingError(ValueError):
    """A mapping that cannot be used, said in one sentence."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Target(_Table):
    """Where it goes, and when."""

    to: str = Field(default="127.0.0.1:9000", description="HOST:PORT; without meaning for websocket")
    by: Literal["udp", "slip", "length", "websocket"] = "udp"
    timetag: Literal["now", "sounding"] = "now"
    offset_ms: float = Field(default=0.0, ge=-450, le=10_000, description="how much later than the sound; below 0 earlier")
    cues: tuple[str, ...] = ()  # patterns of our own addresses that are passed on as they are

    @field_validator("to")
    @classmethod
    def _address(cls, to: str) -> str:
        host, _, port = to.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"{to!r} is not HOST:PORT, such as 127.0.0.1:7000")
        return to


class Clips(_Table):
    """What is kept is written into the target's set, too: for Ableton Live, in the words of AbletonOSC."""

    answers: int = Field(default=11001, ge=1, le=65535, description="the UDP port to which it answers")
    bars: int = Field(default=16, ge=1, le=64, description="no more than the last so many")
    tracks: dict[str, str] = Field(min_length=1, description="human and agent:PART to the name of a track")


class Rule(_Table):
    """When this is said, and if that holds, send so."""

    when: str
    condition: str = Field(default="", alias="if")
    send: str
    args: tuple[int | float | str, ...] = ()
    every_ms: float = Field(default=0.0, ge=0, le=60_000)


class _File(_Table):
    name: str = Field(min_length=1, max_length=64)
    target: Target = Target()
    map: tuple[Rule, ...] = Field(default=(), max_length=1000)
    clips: Clips | None = None


class Map:
    """One rule, ready to be used."""

    def __init__(self, rule: Rule) -> None:
        """Raises ExpressionError for one that cannot be."""
        self._when, self._on = _when(rule.when)
        self.rows = [row for row in OUT.values() if self._names(row.address)]
        if not self.rows:
            raise ExpressionError(f"when = {rule.when!r} names no cue; write it like agent.note.on, or clock.bar")
        self._if = Expression(rule.condition) if rule.condition else None
        self._send = Template(rule.send)
        if not rule.send.startswith("/"):
            raise ExpressionError(f"send = {rule.send[:60]!r} must begin with a slash")
        self._args = [Expression(arg) if isinstance(arg, str) else Expression(repr(arg)) for arg in rule.args]
        self._every_seconds, self._next_seconds = rule.every_ms / 1000.0, float("-inf")
        wanted = self._send.names | (self._if.names if self._if else set())
        wanted = wanted.union(*(arg.names for arg in self._args))
        for row in self.rows:
            if unknown := wanted - set(row.names.split()) - {"value", "voice", "part"} - set(state_names()):
                raise ExpressionError(f"{rule.when} has no {', '.join(sorted(unknown))}; there are: {row.names}, value, part")

    def said(self, message: Message, states: Names, seconds: float) -> Message | None:
        """What to send when this was said. Raises NoValue when the rule has no answer just now."""
        address, args = message
        if not self._names(address) or (self._on is not None and args[-1] != self._on):
            return None
        names = {**states, **event_names(OUT[address], args)}
        if (self._if is not None and not self._if(names)) or seconds < self._next_seconds:
            return None
        self._next_seconds = seconds + self._every_seconds
        return self._send(names), tuple(arg(names) for arg in self._args)

    def _names(self, address: str) -> bool:
        if self._on is not None and not address.endswith("/note"):
            return False
        return matches(self._when, address) if is_pattern(self._when) else address == self._when


class TargetMap:
    """A whole file: what its target is to hear."""

    def __init__(self, file: _File) -> None:
        """Raises MappingError."""
        self.name, self.target, self.clips = file.name, file.target, file.clips
        if file.clips is not None and file.target.by != "udp":
            raise MappingError("clips: AbletonOSC is spoken to by udp alone")
        self.no_value = 0
        self._last: dict[str, tuple[Value, ...]] = {}
        self.maps: list[Map] = []
        for number, rule in enumerate(file.map, 1):
            try:
                self.maps.append(Map(rule))
            except ExpressionError as error:
                raise MappingError(f"map {number}: {error}") from None

    def said(self, messages: Sequence[Message], states: Names, seconds: float) -> Iterator[Message]:
        """What to send to this target when these were said; our own cues that it wants keep their own addresses."""
        for message in messages:
            if self._is_old(message):
                continue
            for one in self.maps:
                try:
                    mapped = one.said(message, states, seconds)
                except NoValue:
                    self.no_value += 1
                    continue
                if mapped is not None:
                    yield mapped

    def _is_old(self, message: Message) -> bool:
        """A state that is only said again: nobody wants a scene fired every two seconds."""
        address, args = message
        if address not in STATE:
            return False
        same, self._last[address] = self._last.get(address) == args, args
        return same

    def wants(self, address: str) -> bool:
        """Whether a cue of ours is passed on as it is."""
        return any(covers(pattern, address) for pattern in self.target.cues)


def load_map(name: str) -> TargetMap:
    """A profile by its name, or a file by its path; `resolume@10.0.0.5:7000` sends it elsewhere. Raises MappingError."""
    wanted, _, to = name.partition("@")
    text = _text(wanted)
    try:
        data = tomllib.loads(text)
        if to:
            data.setdefault("target", {})["to"] = to
        return TargetMap(_File.model_validate(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise MappingError(f"{wanted}: {where}: {first['msg'].removeprefix('Value error, ')}") from None
    except (ValueError, RecursionError, AttributeError) as error:
        raise MappingError(f"{wanted}: {error}") from None


def profiles() -> list[str]:
    """The names of what is shipped."""
    return sorted(entry.name.removesuffix(".toml") for entry in PROFILES.iterdir() if entry.name.endswith(".toml"))


def event_names(row: CueRow, args: Sequence[Value]) -> dict[str, Value]:
    """The names of an event's arguments with their values, `value` for the first, and whose voice it is."""
    names: dict[str, Value] = dict(zip(row.names.split(), args, strict=False))
    steps = row.address.split("/")
    if steps[1] in ("human", "agent"):
        names["voice"] = steps[1]
        names.setdefault("part", steps[2] if len(steps) > 3 else "")
    return {"value": args[0] if args else 0, **names}


def state_names(values: Mapping[str, Sequence[Value]] | None = None) -> dict[str, Value]:
    """Every state by a name: `/clock/tempo` is `clock_tempo`, the root of `/harmony/chord` is `harmony_chord_root`."""
    names: dict[str, Value] = {}
    for address, row in OUT.items():
        if not row.state:
            continue
        args = (values or {}).get(address) or ["" if kind == "s" else 0 for kind in row.types]
        plain = address[1:].replace("/", "_")
        for name, value in zip(row.names.split(), args, strict=False):
            names[plain if len(row.types) == 1 else f"{plain}_{name}"] = value
    return names


def _when(when: str) -> tuple[str, int | None]:
    steps = when.strip("/").replace("/", ".").split(".")
    on = {"on": 1, "off": 0}.get(steps[-1]) if steps[-2:-1] == ["note"] else None
    return "/" + "/".join(steps[:-1] if on is not None else steps), on


def _text(wanted: str) -> str:
    if wanted in profiles():
        return (PROFILES / f"{wanted}.toml").read_text(encoding="utf-8")
    path = Path(wanted)
    try:
        if path.suffix != ".toml":
            raise MappingError(f"there is no profile {wanted!r}; there are: {', '.join(profiles())}, or a .toml file of yours")
        if path.stat().st_size > LONGEST_FILE:
            raise MappingError(f"{wanted}: longer than any mapping need be")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{wanted}: cannot be read ({error})") from None
