"""One TOML file → frozen settings, checked before the first note. Every key is optional; the defaults play.

The tables below are the truth: `antiphon config init` writes them out (`agent/config_text.py`), the README's table is
tested against them.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from agent.gallery.rules import Gallery
from agent.listen.key import key_named
from agent.play.chart import read_chart
from agent.ports.rules import Midi
from agent.ports.sound_rules import OwnSound
from agent.ports.voice_rules import Voice
from agent.sections import ModeName, Part, Pitch, Section, Share
from agent.show.prompt import Prompt
from models.music import COORDINATES, PARTS, Knobs, style_named

Look = Literal["auto", "tide", "orbit", "loom", "lantern"]

_REGISTERS: Any = {part: (low, high) for part, low, high in Knobs().registers}
_FULL_LEVELS: Any = dict.fromkeys(PARTS, 1.0)


class ConfigError(ValueError):
    """A config that cannot be played, said in one sentence with file and line."""


class Agent(Section):
    """Who plays."""

    name: str = Field(default="Antiphon", min_length=1, max_length=32, description="port names and OSC hello carry it")
    mode: ModeName = Field(default="accompany", description="how it plays at first")
    switch: Literal["now", "beat", "bar"] = Field(default="now", description="when another mode is taken up")
    parts: tuple[Part, ...] = Field(default=("comp",), min_length=1, description="what the agent plays")
    human_part: Part = Field(default="lead", description="what you play")
    model: str = Field(default="duo", description="a shipped model, a .safetensors file, or markov")
    model_device: Literal["auto", "cpu", "numpy", "cuda", "mps"] = Field(default="auto", description="where the model runs")
    style_file: str = Field(default="", description="a personal style that `antiphon learn` made for the model")
    seed: int = Field(default=0, ge=0, lt=2**31, description="same seed, same draws")

    @property
    def mind(self) -> str:
        """What the worker loads: the style, which knows its model, or the model itself."""
        return self.style_file or self.model


class Clock(Section):
    """Whose time."""

    sync: Literal["auto", "link", "midi", "estimate", "internal"] = Field(
        default="auto", description="whose beat: the best there is, one of them alone, or none but bpm"
    )
    bpm: float = Field(default=100.0, ge=20, le=300, description="tempo to begin with")
    beats_per_bar: int = Field(default=4, ge=1, le=12, description="metre")
    send: bool = Field(default=False, description="send MIDI clock, start and stop")
    output: str = Field(default="", description="name pattern of the port that gets the clock; empty opens a virtual port")


class Timing(Section):
    """How far ahead, how late."""

    lookahead_beats: float = Field(default=4.0, ge=0.5, le=16, description="how far plans reach")
    commit_ms: float = Field(default=40.0, ge=0, le=2000, description="what lies nearer than this will sound whatever happens")
    lead_ms: float = Field(
        default=20.0, ge=0, le=2000, description="what is planned is announced at least so long before it sounds"
    )
    max_late_ms: float = Field(default=100.0, ge=1, le=2000, description="a later onset is dropped")
    breath_s: float = Field(default=0.8, ge=0.1, le=10, description="the silence that ends a phrase")
    trade_bars: int = Field(default=4, ge=1, le=16, description="bars of each turn in the mode trade")


class Music(Section):
    """How to play. The same knobs move live by OSC."""

    temperature: float = Field(default=Knobs().temperature, ge=0.1, le=2, description="how freely it draws")
    density: Share = Field(default=Knobs().density, description="0.5 is the model's own")
    energy: Share = Field(default=Knobs().energy, description="0.5 is the model's own")
    follow: Share = Field(default=Knobs().follow, description="how strongly it leans to your pitches")
    key_strength: Share = Field(default=Knobs().key_strength, description="1 never leaves the scale")
    chord_strength: Share = Field(default=Knobs().chord_strength, description="1 never leaves the chords of the chart")
    height: Share = Field(default=Knobs().height, description="low or high within a part's register; 0.5 is the model's own")
    surprise: Share = Field(default=Knobs().surprise, description="from likely notes to rare ones; 0.5 is the model's own")
    length: Share = Field(default=Knobs().length, description="of an answer: 0 half the call's, 1 twice as long")
    variation: Share = Field(
        default=Knobs().variation, description="how far a varied phrase goes; above 0.5 towards the one before"
    )
    latent: tuple[Share, ...] = Field(
        default=Knobs().latent,
        min_length=COORDINATES,
        max_length=COORDINATES,
        description="where varied phrases are pulled to, along each axis of `/latent`; 0.5 is not at all",
    )
    humanize: Share = Field(default=Knobs().humanize, description="how much timing and loudness vary as a hand's do")
    style: str = Field(default="", description="the music it leans to, or a blend, such as `pop 2 hymn 1`; empty is its own")
    velocity_max: int = Field(default=Knobs().velocity_max, ge=1, le=127, description="ceiling of velocity")
    polyphony: int = Field(default=Knobs().polyphony, ge=1, le=10, description="notes at once in a part")
    registers: dict[Part, tuple[Pitch, Pitch]] = Field(default=_REGISTERS, description="lowest and highest pitch of each part")

    @field_validator("style")
    @classmethod
    def _known(cls, style: str) -> str:
        style_named(style)
        return style

    @field_validator("registers")
    @classmethod
    def _every_part(cls, registers: dict[Part, tuple[Pitch, Pitch]]) -> dict[Part, tuple[Pitch, Pitch]]:
        for part, (low, high) in registers.items():
            if low > high:
                raise ValueError(f"the register of {part} begins above its end")
        return {**_REGISTERS, **registers}


class Mix(Section):
    """Who is heard."""

    level: Share = Field(default=1.0, description="how loud all parts are together; 0 rests")
    levels: dict[Part, Share] = Field(default=_FULL_LEVELS, description="how loud each part is")
    muted: tuple[Part, ...] = Field(default=(), description="parts that rest")
    solo: Literal["lead", "comp", "bass", "drums", ""] = Field(default="", description="only this part is heard")

    @field_validator("levels")
    @classmethod
    def _every_part(cls, levels: dict[Part, Share]) -> dict[Part, Share]:
        return {**_FULL_LEVELS, **levels}


class Song(Section):
    """What we play."""

    chart: str = Field(default="", description="chords, a section a line or between semicolons: `A: | Dm7 | G7 | C^7 | % |`")
    key: str = Field(default="", description="hold this key, such as `F major` or `D minor`; empty follows what is heard")

    scenes: tuple[str, ...] = Field(
        default=(), description="rigs to change to by program change or `/ctl/patch`, one TOML file each, beside this one"
    )

    @field_validator("chart")
    @classmethod
    def _readable(cls, chart: str) -> str:
        read_chart(chart)
        return chart

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if key:
            key_named(key)
        return key


class Osc(Section):
    """Cues to and from visuals."""

    targets: tuple[str, ...] = Field(default=(), description="HOST:PORT, each gets every cue")
    listen: int = Field(default=9010, ge=0, le=65535, description="UDP port for cues to us; 0 is off")
    tcp: int = Field(default=9010, ge=0, le=65535, description="TCP port for OSC, by SLIP or by length; 0 is none")
    query: int = Field(default=9011, ge=0, le=65535, description="TCP port of OSCQuery and WebSocket; 0 is none")
    maps: tuple[str, ...] = Field(default=(), description="profiles or .toml files; resolume@10.0.0.5:7000 sends elsewhere")
    origins: tuple[str, ...] = Field(default=(), description="web pages of others that may turn knobs; they all may look on")
    lan: bool = Field(default=False, description="listen to the whole network, not only this machine")
    feedback: tuple[str, ...] = Field(default=(), description="HOST:PORT, each is told where the knobs stand")
    prefix: str = Field(default="/antiphon", pattern=r"^/[A-Za-z0-9_/-]*[A-Za-z0-9_-]$", description="begins every address")

    @field_validator("targets", "feedback")
    @classmethod
    def _addresses(cls, targets: tuple[str, ...]) -> tuple[str, ...]:
        for target in targets:
            host, _, port = target.rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536:
                raise ValueError(f"{target!r} is not HOST:PORT, such as 127.0.0.1:9000")
        return targets


class Panel(Section):
    """The web page."""

    port: int = Field(default=8010, ge=0, le=65535, description="TCP port of the page; 0 is no panel")
    lan: bool = Field(default=False, description="let the whole network see it, with a PIN")
    look: Look = Field(default="auto", description="how the picture on /stage looks at first")
    pin: str = Field(default="", pattern=r"^([0-9]{4,12})?$", description="4 to 12 digits; empty draws one and says it")


class Recording(Section):
    """Everything is recorded."""

    enabled: bool = Field(default=True, description="write every session down")
    folder: str = Field(default="", description="where; empty is the user's data folder")


class Config(Section):
    """A whole rig."""

    agent: Agent = Agent()
    midi: Midi = Midi()
    sound: OwnSound = OwnSound()
    voice: Voice = Voice()
    clock: Clock = Clock()
    timing: Timing = Timing()
    music: Music = Music()
    mix: Mix = Mix()
    song: Song = Song()
    osc: Osc = Osc()
    panel: Panel = Panel()
    prompt: Prompt = Prompt()
    recording: Recording = Recording()
    gallery: Gallery = Gallery()

    def knobs(self) -> Knobs:
        """The music section as the model takes it."""
        registers = tuple((part, low, high) for part, (low, high) in self.music.registers.items())
        key = key_named(self.song.key) if self.song.key else None
        style = style_named(self.music.style)
        return Knobs(**{**self.music.model_dump(), "registers": registers, "style": style}, key=key)


def load(path: Path) -> Config:
    """Read a rig. Raises ConfigError naming file, line, and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a text file ({error})") from None
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not only TOMLDecodeError: a number may be too long, a list too deep
        raise ConfigError(f"{path}: not TOML: {error}") from None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError("; ".join(_sentence(path, text, dict(e)) for e in error.errors()[:3])) from None
    beside = tuple(str(path.parent / scene) for scene in config.song.scenes)
    return change(config, song={"scenes": beside}) if beside else config


def change(config: Config, **sections: dict[str, Any]) -> Config:
    """The same rig with some keys changed (as from command-line options), checked anew."""
    data = config.model_dump(exclude_unset=True)  # what nobody has chosen stays so
    for section, keys in sections.items():
        data.setdefault(section, {}).update({key: value for key, value in keys.items() if value is not None})
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError("; ".join(_complaint(dict(e)) for e in error.errors()[:3])) from None


def _sentence(path: Path, text: str, error: dict[str, Any]) -> str:
    return f"{path}:{_line(text, error['loc'])}: {_complaint(error)}"


def _complaint(error: dict[str, Any]) -> str:
    where = ".".join(str(step) for step in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {where!r}; there are: {', '.join(_known(error['loc'][:-1]))}"
    return f"{where} = {_shown(error['input'])}: {error['msg'].removeprefix('Value error, ')}"


def _shown(value: Any) -> str:
    try:
        return repr(value)[:80]
    except ValueError:
        return "a number too long to show"


def _known(loc: tuple[Any, ...]) -> list[str]:
    section: Any = Config
    for step in loc:
        field = section.model_fields.get(step) if hasattr(section, "model_fields") else None
        section = field.annotation if field else None
    return list(section.model_fields) if hasattr(section, "model_fields") else list(PARTS)


def _line(text: str, loc: tuple[Any, ...]) -> int:
    section, key = str(loc[0]), str(loc[1]) if len(loc) > 1 else ""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[+\s*{re.escape(section)}(\.[^\]]*)?\s*\]+", line):
            if not key or f".{key}" in line:
                return number
            inside = True
        elif re.match(r"\s*\[", line):
            inside = False
        elif inside and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
        elif re.match(rf"\s*{re.escape(section)}\s*(\.|=)", line):
            return number
    return 1
