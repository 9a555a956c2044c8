"""What both halves of Antiphon speak: events that cross a port, notes in musical time, and what a model is asked.

Standard library only, so that the stage can use it without loading a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

PARTS = ("lead", "comp", "bass", "drums")
"""The parts of a band; the human plays one of them, the agent any set of the others."""

STYLES = ("unknown", "pop", "song", "hymn", "chorale", "quartet", "standard", "tune", "keyboard", "drums")
"""Kinds of music that a model may have learnt; the first is none in particular."""

Style = tuple[tuple[str, float], ...]
"""A blend of styles: how much of each."""

COORDINATES = 8
"""Axes of the space of phrases along which a phrase's place is told, and along which it can be pulled."""

TICKS_PER_BEAT = 24
"""The grid on which models think: 24 to a quarter note, as MIDI clock counts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant told in both clocks. Only a TempoMap makes one, so the two always agree."""

    seconds: float  # since the session began, on the monotonic clock
    beats: float  # quarter notes since the session began


@dataclass(frozen=True, slots=True)
class NoteOn:
    """A key goes down. `velocity` 1..127, `channel` 0..15."""

    pitch: int
    velocity: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class NoteOff:
    """A key comes up."""

    pitch: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Control:
    """A pedal, knob or fader moves: MIDI control change, `value` 0..127."""

    number: int
    value: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Bend:
    """The pitch wheel, or a finger that slides: -8192..8191, 0 is in tune."""

    value: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Pressure:
    """How hard keys are held down: `value` 0..127, on one key or, without a pitch, on all of the channel."""

    value: int
    channel: int = 0
    pitch: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """Another sound is chosen: `number` 0..127."""

    number: int
    channel: int = 0


Event = NoteOn | NoteOff | Control | Bend | Pressure | Program
"""What crosses a port."""


@dataclass(frozen=True, slots=True)
class Note:
    """A whole note in musical time: planned by a model or already played."""

    onset_beats: float
    length_beats: float
    pitch: int
    velocity: int
    part: str

    @property
    def end_beats(self) -> float:
        """Where it is released."""
        return self.onset_beats + self.length_beats


@dataclass(frozen=True, slots=True)
class Onset:
    """A note has begun to sound. `length_beats` is None while nobody knows when it ends: a key still down."""

    beats: float
    pitch: int
    velocity: int
    part: str
    human: bool
    length_beats: float | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A key came up whose end nobody knew before: the human's, or a note of ours that is tied to it."""

    beats: float
    pitch: int
    part: str


Sounded = Onset | Release
"""What really happened in the room, by either player, in the order in which it happened."""


@dataclass(frozen=True, slots=True)
class Metre:
    """How beats fall into bars: `first_beat` is any downbeat, so that beat in bar = (beat - first_beat) mod beats_per_bar."""

    beats_per_bar: int = 4
    first_beat: float = 0.0

    def beat_in_bar(self, beats: float) -> float:
        """Position within the bar, in beats from its downbeat."""
        return (beats - self.first_beat) % self.beats_per_bar


@dataclass(frozen=True, slots=True)
class Change:
    """A chord change: from this beat on the harmony is this chord. A root below 0 leaves it open (N.C.)."""

    beats: float
    root: int  # pitch class
    tones: tuple[int, ...]  # semitones above the root

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Its tones, root first; none while it is open."""
        return tuple((self.root + tone) % 12 for tone in self.tones) if self.root >= 0 else ()


def change_at(changes: Sequence[Change], beats: float) -> Change | None:
    """The chord in force at a beat; None before the first change and where the harmony is left open."""
    begun = [change for change in changes if change.beats <= beats + 1e-6]
    return begun[-1] if begun and begun[-1].root >= 0 else None


@dataclass(frozen=True, slots=True)
class Knobs:
    """How the agent should play just now. Every field has a musical default and a range that config and cues check."""

    temperature: float = 0.8  # 0.1 .. 2: how freely it draws
    density: float = 0.5  # 0 .. 1: 0.5 is what the model itself would play
    energy: float = 0.5  # 0 .. 1: 0.5 leaves velocity as the model would have it
    key: tuple[int, int] | None = None  # (tonic 0..11, 0 major 1 minor); None follows what is heard
    key_strength: float = 0.5  # 0 .. 1: 1 never leaves the scale
    chord_strength: float = 0.5  # 0 .. 1: 1 never leaves the chords of a chart
    follow: float = 0.5  # 0 .. 1: how strongly it leans to the pitches the human holds or is expected to play
    height: float = 0.5  # 0 .. 1: low or high within a part's register; 0.5 is the model's own
    surprise: float = 0.5  # 0 .. 1: from the likeliest notes and chords to the rare ones; 0.5 is the model's own
    length: float = 0.5  # 0 .. 1: of an answer, from half the call's to twice as long
    variation: float = 0.3  # 0 .. 1: how far a varied phrase goes from what it varies; above 0.5 towards the one before
    latent: tuple[float, ...] = (0.5,) * COORDINATES  # 0 .. 1 each: where varied phrases are pulled to; 0.5 is not at all
    humanize: float = 0.3  # 0 .. 1: how much its timing and loudness vary as a hand's do
    style: Style = ()  # empty: the model's own
    velocity_max: int = 112
    polyphony: int = 6  # notes that may sound at once in one part
    registers: tuple[tuple[str, int, int], ...] = (("lead", 55, 88), ("comp", 43, 79), ("bass", 28, 52), ("drums", 35, 81))

    def register(self, part: str) -> tuple[int, int]:
        """Lowest and highest pitch of a part."""
        return next(((low, high) for name, low, high in self.registers if name == part), (0, 127))


def style_named(text: str) -> Style:
    """`hymn`, or a blend such as `pop 2 quartet 1`. Raises ValueError with a sentence."""
    words, blend = text.replace(",", " ").split(), list[tuple[str, float]]()
    for word in words:
        if word in STYLES:
            blend.append((word, 1.0))
        elif blend and _is_share(word):
            blend[-1] = (blend[-1][0], float(word))
        else:
            raise ValueError(f"{word!r} is no style; there are: {', '.join(STYLES)}; a blend is such as: pop 2 quartet 1")
    return tuple((name, share) for name, share in blend if share > 0.0)


def _is_share(word: str) -> bool:
    return word.replace(".", "", 1).isdigit() and len(word) < 8


@dataclass(frozen=True, slots=True)
class Ask:
    """What the stage wants: play `parts` from `start_beats` on. A newer ask with the same tag replaces an older one.

    What sounds up to now came through `Model.hear`; `committed` are the agent's notes between now and
    `start_beats` that will sound whatever happens. Nothing has been heard between the last event and `now_beats`.
    """

    id: int
    tag: str
    now_beats: float
    start_beats: float
    end_beats: float
    parts: tuple[str, ...]
    seed: int
    human_part: str = "lead"
    bpm: float = 100.0
    metre: Metre = field(default_factory=Metre)
    knobs: Knobs = field(default_factory=Knobs)
    committed: tuple[Note, ...] = ()
    changes: tuple[Change, ...] = ()  # the harmony that a chart gives, in order; none: the model finds its own
    theme: tuple[Note, ...] = ()  # the phrase that the lead is to vary; none: it makes up its own
    towards: tuple[Note, ...] = ()  # a second phrase that the first may go over into


class Model(Protocol):
    """A mind. Worker only, except the fallback, which is small enough for the loop."""

    def reset(self, seed: int) -> None:
        """Forget the session."""

    def hear(self, events: Sequence[Sounded]) -> None:
        """Take in what happened, in order. Cheap; discards any imagined future."""

    def play(self, ask: Ask) -> Iterator[Note]:
        """Notes for the ask's parts in onset order, drawn lazily; the same ask after the same past gives the same notes.

        Onsets lie in [start_beats, end_beats); in one part no pitch is struck again before it has ended.
        """
