"""What may lie in the inbox. Everything that happens to the session is one of these, stamped with the instant it happened.

All are plain frozen data made of numbers, strings, tuples and the types of `models.music`, so that one codec
(`agent/wire.py`) carries them to disk, to the worker and back.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.music import Event, Note


@dataclass(frozen=True, slots=True)
class Heard:
    """An event came in on a MIDI port: somebody played."""

    seconds: float
    port: str
    event: Event


@dataclass(frozen=True, slots=True)
class Cue:
    """A request from a person, a pedal, a panel or a patch, by its address below the prefix: `/ctl/mode`, ("listen",)."""

    seconds: float
    address: str
    args: tuple[int | float | str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Notes from a mind for an ask, in onset order; `last` closes the ask. Stale ask ids are ignored."""

    seconds: float
    ask_id: int
    tag: str
    notes: tuple[Note, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class PortNews:
    """A port was lost or found again."""

    seconds: float
    port: str
    direction: str  # "in" or "out"
    present: bool


@dataclass(frozen=True, slots=True)
class MindNews:
    """The model's worker came up or went away."""

    seconds: float
    alive: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Clocked:
    """A master's MIDI clock spoke: one of its 24 ticks a quarter note, or a word of its transport."""

    seconds: float
    port: str
    sign: str  # "tick", "start", "stop", "continue" or "position"
    sixteenths: int = 0  # for a position: where in the song, in sixteenth notes from its beginning


@dataclass(frozen=True, slots=True)
class Shared:
    """How the beat of a Link session stands: this beat falls at this instant, and so many others share it."""

    seconds: float
    beats: float
    bpm: float
    peers: int
    playing: bool


@dataclass(frozen=True, slots=True)
class Curtain:
    """The session begins (it rises) or ends. Only recordings hold it, with how early hands strike that evening."""

    seconds: float
    rises: bool
    early_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong off the loop and should be shown: one sentence for a person."""

    seconds: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Insight:
    """What the model says of itself, in shares, and where the melody lies among all phrases; `latent` may be empty."""

    seconds: float
    surprise: float
    confidence: float
    entropy: float
    novelty: float
    latent: tuple[float, ...]


Item = Heard | Cue | Phrase | PortNews | MindNews | Insight | Clocked | Shared | Curtain | Trouble
