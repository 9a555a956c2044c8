"""What happened, told as steps: the one canonical reading of a session, so that live steps equal those of training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.harmony import name_chords
from models.music import PARTS, STYLES, TICKS_PER_BEAT, Ask, Metre, Release, Sounded, Style
from models.stream import Step
from models.vocabulary import (
    BEAT,
    CHORD,
    MAX_METRE,
    NO_CHORD,
    NO_KEY,
    NO_LENGTH,
    NOTE,
    VELOCITIES,
    band_bits,
    duration_bucket,
    key_of,
    tempo_bucket,
    velocity_bucket,
)

_OPEN = 1 << 40
_ROUND_BEATS = 8
_LATELY_NOTES = 24
_LONGEST_TICKS = 32 * TICKS_PER_BEAT


@dataclass(slots=True)
class Struck:
    """A note on the grid. `end` is far away while nobody knows it; `length` is the class of what was meant as it began."""

    tick: int
    end: int
    part: int
    pitch: int
    velocity: int
    human: bool
    length: int = NO_LENGTH

    @property
    def key(self) -> int:
        """Its index among all keys of all parts."""
        return key_of(self.part, self.pitch)


@dataclass(frozen=True, slots=True)
class Scene:
    """What does not depend on notes: the metre, the tempo, who plays, and in which style.

    A blend of styles is a round of beats, each in one of them.
    """

    metre: Metre
    tempo: int
    band: int
    styles: tuple[int, ...]

    @classmethod
    def of(cls, ask: Ask, style: int) -> Scene:
        """The scene an ask describes; `style` is meant where it names none."""
        styles = style_round(ask.knobs.style) or (style,)
        return cls(ask.metre, tempo_bucket(ask.bpm), band_bits({*ask.parts, ask.human_part}), styles)

    def step(self, kind: int, tick: int, chord: int, held: Iterable[int], note: Struck | None = None) -> Step:
        """One step at a tick of the session."""
        beat, in_beat = divmod(tick, TICKS_PER_BEAT)
        bars = min(self.metre.beats_per_bar, MAX_METRE)
        in_bar = min(int(self.metre.beat_in_bar(beat) + 1e-6), MAX_METRE - 1)
        key, velocity, length = NO_KEY, VELOCITIES, NO_LENGTH
        if note is not None:
            key, velocity, length = note.key, velocity_bucket(note.velocity), note.length
        fields = (kind, key, in_beat, velocity, in_bar, bars, self.tempo, self._style(beat), chord, self.band, length)
        return Step(fields, tuple(sorted(held)))

    def _style(self, beat: int) -> int:
        return self.styles[beat % len(self.styles)]


def style_round(blend: Style) -> tuple[int, ...]:
    """Eight beats, of which each style has its share, spread evenly; none for an empty blend."""
    total = sum(share for _, share in blend)
    if total <= 0.0:
        return ()
    owed, beats = [0.0] * len(blend), []
    for _ in range(_ROUND_BEATS if len(blend) > 1 else 1):
        owed = [debt + share / total for debt, (_, share) in zip(owed, blend, strict=True)]
        most = owed.index(max(owed))
        owed[most] -= 1.0
        beats.append(STYLES.index(blend[most][0]))
    return tuple(beats)


def to_tick(beats: float) -> int:
    """The nearest place on the grid."""
    return round(beats * TICKS_PER_BEAT)


@dataclass(slots=True)
class History:
    """The notes of a session on the grid, kept as long as they matter."""

    notes: list[Struck] = field(default_factory=list)
    last_tick: int = -_OPEN
    began: int = _OPEN
    ends: dict[int, int] = field(default_factory=dict)  # part → when the agent's last note in it ends
    lately: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # part → tick and pitch of the agent's last notes

    def rests_since(self, part: int) -> int:
        """Since which tick nobody plays an agent's part: the end of its last note, or where the music began."""
        return self.ends.get(part, self.began)

    def hear(self, events: Sequence[Sounded]) -> None:
        """Take in what sounded. An event that makes no sense (a release of nothing, an unknown part) is passed over."""
        for event in events:
            if event.part not in PARTS or not 0 <= event.pitch < 128 or not math.isfinite(event.beats):
                continue
            part, tick = PARTS.index(event.part), to_tick(event.beats)
            self.last_tick = max(self.last_tick, tick)
            if isinstance(event, Release):
                self._release(part, event.pitch, tick)
            else:
                self._release(part, event.pitch, tick)
                length = event.length_beats
                end = _OPEN if length is None else max(to_tick(event.beats + length), tick + 1)
                told = NO_LENGTH if length is None or event.human else duration_bucket(to_tick(length))
                self.notes.append(Struck(tick, end, part, event.pitch, event.velocity, event.human, told))
                self.began = min(self.began, tick)
                if not event.human:
                    self.ends[part] = max(end, self.ends.get(part, end))
                    self.lately[part] = sorted([*self.lately.get(part, []), (tick, event.pitch)])[-_LATELY_NOTES:]

    def _release(self, part: int, pitch: int, tick: int) -> None:
        for note in reversed(self.notes):
            if note.part == part and note.pitch == pitch:
                if note.end > tick:
                    note.end = max(tick, note.tick + 1)
                return

    def forget_before(self, tick: int) -> None:
        """Let go of notes that ended before a tick, and of keys that nobody can still be holding."""
        self.notes = [note for note in self.notes if note.end > tick and note.tick > tick - _LONGEST_TICKS]

    def steps(self, scene: Scene, first_beat: int, last_tick: int, chord: int = NO_CHORD) -> list[list[Step]]:
        """The steps of each beat from `first_beat` to the one `last_tick` lies in; complete beats name their chord.

        `chord` is the one named last before them.
        """
        start = first_beat * TICKS_PER_BEAT
        held = {note.key: note.end for note in self.notes if note.tick < start < note.end}
        beats = []
        by_beat: dict[int, list[Struck]] = {}
        for note in self.notes:
            if start <= note.tick <= last_tick:
                by_beat.setdefault(note.tick // TICKS_PER_BEAT, []).append(note)
        complete = last_tick // TICKS_PER_BEAT
        named = self.chords(first_beat, complete)
        for beat in range(first_beat, complete + 1):
            tick = beat * TICKS_PER_BEAT
            held = {key: end for key, end in held.items() if end > tick}
            steps = [scene.step(BEAT, tick, chord, held)]
            if beat < complete:
                chord = named[beat - first_beat]
                steps.append(scene.step(CHORD, tick, chord, held))
            for note in _in_reading_order(by_beat.get(beat, [])):
                held = {key: end for key, end in held.items() if end > note.tick}
                held[note.key] = note.end
                steps.append(scene.step(NOTE, note.tick, chord, held, note))
            beats.append(steps)
        return beats

    def chords(self, first_beat: int, end_beat: int) -> list[int]:
        """The chord of each beat in a range, by what sounded in it."""
        count = max(end_beat - first_beat, 0)
        weights, bass = np.zeros((count, 12), np.float32), np.full(count, 128)
        for note in self.notes:
            if note.part == PARTS.index("drums"):
                continue
            low = max(note.tick, first_beat * TICKS_PER_BEAT)
            high = min(note.end, end_beat * TICKS_PER_BEAT, note.tick + _LONGEST_TICKS)
            for beat in range(low // TICKS_PER_BEAT - first_beat, -(-high // TICKS_PER_BEAT) - first_beat):
                tick = (beat + first_beat) * TICKS_PER_BEAT
                weights[beat, note.pitch % 12] += max(min(high, tick + TICKS_PER_BEAT) - max(low, tick), 0)
                bass[beat] = min(bass[beat], note.pitch)
        return [int(chord) for chord in name_chords(weights, np.where(bass < 128, bass % 12, -1))]


def _in_reading_order(notes: list[Struck]) -> list[Struck]:
    """By tick; within a tick the part that came first goes first, and its pitches ascend."""
    arrival: dict[tuple[int, int], int] = {}
    for place, note in enumerate(notes):
        arrival.setdefault((note.tick, note.part), place)
    return sorted(notes, key=lambda note: (note.tick, arrival[note.tick, note.part], note.pitch))
