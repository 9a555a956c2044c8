"""What a mode is: the player's mind for one way of playing. It sees the session through a View and answers with intents.

A mode is pure and quick (under a millisecond): it never sends, waits or sleeps; it says what it wants and the session does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from models.music import Change, Knobs, Metre, Moment, Note, NoteOff, NoteOn


@dataclass(frozen=True, slots=True)
class Plan:
    """Let the model play these parts in this window; what was planned from `start_beats` on is replaced when it answers.

    A mode may lean on the knobs for this plan, name the chords where no chart does, and give the lead a phrase to vary.
    """

    start_beats: float
    end_beats: float
    parts: tuple[str, ...]
    knobs: Knobs | None = None
    changes: tuple[Change, ...] = ()
    theme: tuple[Note, ...] = ()
    towards: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Play:
    """Play this note, which the mode made up itself."""

    note: Note


@dataclass(frozen=True, slots=True)
class Hold:
    """Sound this at once, for as long as the human holds the key that was pressed just now."""

    pitch: int
    velocity: int
    part: str


@dataclass(frozen=True, slots=True)
class Become:
    """Go over to another way of playing, and say why."""

    mode: str
    why: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take back what was planned from here on; what sounds rings out."""

    from_beats: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Hush:
    """Take back everything and end what sounds, at once."""


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Call me at this beat, or at this instant, by this name."""

    name: str
    beats: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is now: 0 the human's, 1 the agent's, 0.5 both."""

    agent: float
    state: str  # one of TURN_STATES


TURN_STATES = ("idle", "listen", "think", "play", "together", "attract")

Intent = Plan | Play | Hold | Become | Cancel | Hush | WakeAt | Turn


class View(Protocol):
    """What a mode may know. Read only."""

    @property
    def now(self) -> Moment:
        """This instant."""

    @property
    def metre(self) -> Metre:
        """How beats fall into bars."""

    @property
    def knobs(self) -> Knobs:
        """How to play."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that the agent plays."""

    @property
    def commit_beats(self) -> float:
        """What lies nearer than this will sound whatever happens."""

    @property
    def lookahead_beats(self) -> float:
        """How far plans reach."""

    @property
    def breath_seconds(self) -> float:
        """How long a silence ends a phrase."""

    @property
    def trade_beats(self) -> float:
        """How long each turn lasts where turns are counted."""

    @property
    def keys_down(self) -> int:
        """How many keys the human holds."""

    @property
    def held(self) -> tuple[int, ...]:
        """The pitches of those keys."""

    @property
    def key(self) -> tuple[int, int]:
        """The key we are in, held or heard: (tonic 0..11, 0 major 1 minor)."""

    @property
    def chord(self) -> tuple[int, ...]:
        """Pitch classes of the chord of the moment, root first; empty while nobody knows."""

    @property
    def human_density(self) -> float:
        """How many notes the human plays just now: 1 is eight a beat."""

    @property
    def agent_notes(self) -> list[Note]:
        """The agent's most recent notes, oldest first."""

    @property
    def human_notes(self) -> list[Note]:
        """The human's most recent closed notes, oldest first."""

    @property
    def planned_end_beats(self) -> float:
        """Where the last of the agent's notes, sounding or planned, ends; minus infinity when there is none."""

    @property
    def plan_pending(self) -> bool:
        """Whether the model still owes notes of the last plan."""

    def seconds_at(self, beats: float) -> float:
        """The instant of a beat, as the tempo stands now."""


class Mode(Protocol):
    """One way of playing together."""

    def begin(self, view: View) -> Iterable[Intent]:
        """Take the stage."""

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """The human pressed or released a key."""

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """A moment asked for by `WakeAt` has come."""


@runtime_checkable
class TurnTaker(Protocol):
    """A mode that takes turns, and can be asked to."""

    def asked(self, request: str, view: View) -> Iterable[Intent]:
        """`take` the turn, `give` it back, `pass` it to the other, or answer `again`."""
