"""Imagining what comes next: both players' parts, beat by beat, as a tail of steps that may be thrown away."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.hand import Hand
from models.history import Scene, Struck, to_tick
from models.music import PARTS, TICKS_PER_BEAT, Ask, Knobs, Note, change_at
from models.originality import FIGURE_NOTES, Known
from models.sampling import (
    Taste,
    chart_leaning,
    daring,
    draw,
    height_leaning,
    key_leaning,
    shape_pitches,
    shape_ticks,
    shape_velocities,
)
from models.stream import Step, Stream
from models.vocabulary import (
    BEAT,
    CHORD,
    CHORD_TONES,
    DURATIONS,
    NEVER,
    NO_CHORD,
    NO_LENGTH,
    NOTE,
    QUALITIES,
    duration_bucket,
    key_of,
    nearest_chord,
    velocity_of,
)

Floats = NDArray[np.float32]
_HOLD_BEATS = 4
_MOST_NOTES = 40  # in one beat: enough for any music, and an end to any loop


def _chord_covers() -> Floats:
    """For each chord, which pitch classes lie in it."""
    covers = np.zeros((NO_CHORD + 1, 12), np.float32)
    for chord in range(NO_CHORD):
        root, quality = divmod(chord, len(QUALITIES))
        covers[chord, [(root + tone) % 12 for tone in CHORD_TONES[quality]]] = 1.0
    return covers


_COVERS = _chord_covers()
_ABOVE, _BELOW = np.roll(np.arange(12), 1), np.roll(np.arange(12), -1)
"""A semitone to either side of each pitch class."""
MOST_EAGER = 0.75


@dataclass(slots=True)
class Line:
    """One part in the imagined future: its hands, what is already fixed, and how far it has come."""

    part: int
    hand: Hand
    agent: bool
    first_tick: int  # nothing free may be struck before
    fixed: list[Note]
    last_tick: int = -(1 << 40)
    last_pitch: int = -1
    rests_since: int = 1 << 40  # far ahead where nothing has sounded yet
    blocked_until: int = -(1 << 40)
    lately: list[tuple[int, int]] = field(default_factory=list)  # tick and pitch of its last notes


@dataclass(slots=True)
class Past:
    """What a future grows from: where we are, which keys are held until which tick, and the key and chord so far."""

    tick: int
    held: dict[int, int]
    chord: int
    key: tuple[int, int] | None
    groove: Floats | None = None


class Future:
    """Draws the parts of an ask, and imagines the human, from the state the stream is in. Worker only."""

    def __init__(self, ask: Ask, scene: Scene, past: Past, stream: Stream, taste: Taste, known: Known | None = None) -> None:
        self._ask, self._scene, self._stream, self._taste = ask, scene, stream, taste
        self._held = dict(past.held)
        self._tick, self._chord = past.tick, past.chord
        self._human = PARTS.index(ask.human_part)
        self._in_key = key_leaning(ask.knobs, past.key, taste)
        self._in_height, self._dare = height_leaning(ask.knobs, taste), daring(ask.knobs)
        self._groove = None if past.groove is None else past.groove * np.float32(2.0 * taste.groove_weight * ask.knobs.follow)
        self._known = known
        self.drew: Callable[[Floats, int], None] = lambda log_odds, pitch: None  # is told of each of the agent's draws
        self._was_fixed = False
        self._random = Random(0)
        self._struck = 0

    def notes(self, lines: list[Line], feed: Callable[[Step], None], seed: str) -> Iterator[Note]:
        """The agent's free notes in onset order; every step taken is given to `feed`."""
        beat = self._tick // TICKS_PER_BEAT
        end_tick = math.ceil(self._ask.end_beats * TICKS_PER_BEAT - 1e-6)
        self._begin_beat(beat, seed, feed)
        while True:
            line = self._next_line(lines, beat)
            if line is None:
                beat += 1
                self._tick = beat * TICKS_PER_BEAT
                if self._tick >= end_tick:
                    return
                feed(self._scene.step(BEAT, self._tick, self._chord, self._sounding()))
                self._begin_beat(beat, seed, feed)
                continue
            note = self._strike(line)
            if note is None:
                continue
            feed(self._scene.step(NOTE, note.tick, self._chord, self._sounding(), note))
            if line.agent and line.first_tick <= note.tick < end_tick and not self._was_fixed:
                yield Note(
                    note.tick / TICKS_PER_BEAT,
                    (note.end - note.tick) / TICKS_PER_BEAT,
                    note.pitch,
                    note.velocity,
                    PARTS[line.part],
                )

    def _begin_beat(self, beat: int, seed: str, feed: Callable[[Step], None]) -> None:
        # Drawn anew from each place: the same numbers again would put off, at every repair, what has not come yet.
        self._random = Random(f"{seed}/{self._tick}")
        self._struck = 0
        knobs, taste = self._ask.knobs, self._taste
        given = change_at(self._ask.changes, self._tick / TICKS_PER_BEAT)
        charted = None if given is None else nearest_chord(given.root, given.tones)
        if charted is not None and knobs.chord_strength >= 1:
            self._name_chord(charted, feed)
            return
        if taste.chord_temperature <= 0:
            return
        in_key = np.maximum(self._in_key, -20.0) * taste.chord_key
        leaning = in_key + taste.chord_follow * knobs.follow * self._wanted()
        logits = self._stream.next_chord() + _COVERS @ leaning.astype(np.float32)
        if charted is not None:
            logits[charted] += taste.chart_chord * knobs.chord_strength
        # One number for the whole beat, so that a repair changes the chord only for a reason.
        uniform = Random(f"{seed}/{beat}/chord").random()
        chord = draw(logits, taste.chord_temperature * self._dare, taste.min_p / self._dare, uniform)
        self._name_chord(NO_CHORD if chord is None else chord, feed)

    def _name_chord(self, chord: int, feed: Callable[[Step], None]) -> None:
        self._chord = chord
        feed(self._scene.step(CHORD, self._tick, chord, self._sounding()))

    def _sounding(self) -> list[int]:
        self._held = {key: end for key, end in self._held.items() if end > self._tick}
        return list(self._held)

    def _next_line(self, lines: list[Line], beat: int) -> Line | None:
        """Who plays next within this beat, moving the clock there; None when nobody does before the next beat."""
        logits = self._stream.next_tick()
        best: Line | None = None
        best_place = (NEVER, 0.0)
        self._was_fixed = False
        for line in lines:
            tick, fixed = self._next_tick(line, logits[line.part], beat)
            place = (tick, -1.0 if fixed else self._random.random())
            if tick < NEVER and place < best_place:
                best, best_place, self._was_fixed = line, place, fixed
        if best is not None:
            self._tick = beat * TICKS_PER_BEAT + best_place[0]
        return best

    def _next_tick(self, line: Line, logits: Floats, beat: int) -> tuple[int, bool]:
        start = beat * TICKS_PER_BEAT
        if line.fixed:
            tick = max(to_tick(line.fixed[0].onset_beats), self._tick)
            return (min(tick - start, NEVER), True)
        first = max(self._tick, line.first_tick, line.blocked_until) - start
        here = (start + first) / TICKS_PER_BEAT
        if not line.hand.has_room(here):
            first = math.ceil(min(line.hand.next_room(here) * TICKS_PER_BEAT - 1e-6, start + NEVER)) - start
        if first >= NEVER or self._struck >= _MOST_NOTES:
            return NEVER, False
        density = self._ask.knobs.density if line.agent else 0.5
        if line.agent and PARTS[line.part] == "lead":
            density += self._taste.lead_eagerness
        if line.agent:
            # Silence breeds silence: a mind that hears itself rest for long goes on resting, and nobody is accompanied.
            rest_beats = (start + first - line.rests_since) / TICKS_PER_BEAT
            density += min(max(rest_beats - self._taste.rest_beats, 0.0) * self._taste.rest_eagerness, MOST_EAGER)
        shaped = shape_ticks(logits, first, density, self._taste, self._groove if line.agent else None)
        drawn = draw(shaped, self._taste.tick_temperature, 0.0, self._random.random())
        return (NEVER if drawn is None else drawn), False

    def _strike(self, line: Line) -> Struck | None:
        """Choose pitch, length and loudness of the line's note at this tick; None when it cannot play after all."""
        tick = self._tick
        if self._was_fixed:
            fixed = line.fixed.pop(0)
            length = duration_bucket(to_tick(fixed.length_beats))
            note = Struck(tick, max(to_tick(fixed.end_beats), tick + 1), line.part, fixed.pitch, fixed.velocity, False, length)
        else:
            drawn = self._draw(line, tick)
            if drawn is None:
                line.blocked_until = tick + 1
                return None
            note = drawn
        if not line.agent and line.last_tick < tick:  # a human melody: the next note ends the last
            self._held = {key: min(end, tick) if key // 128 == line.part else end for key, end in self._held.items()}
        self._sounding()
        self._struck += 1
        self._held[note.key] = note.end
        line.hand.take(note.pitch, note.end / TICKS_PER_BEAT)
        line.lately = [*line.lately[1 - FIGURE_NOTES :], (tick, note.pitch)]
        line.last_tick, line.last_pitch, line.rests_since = tick, note.pitch, note.end
        return note

    def _draw(self, line: Line, tick: int) -> Struck | None:
        knobs, taste, in_beat = self._ask.knobs, self._taste, tick % TICKS_PER_BEAT
        above = line.last_pitch if line.last_tick == tick else -1
        logits, dare = self._stream.next_pitch(line.part, in_beat), 1.0
        if line.agent and PARTS[line.part] != "drums":
            logits, dare = logits + self._in_height, self._dare
        logits = shape_pitches(logits, line.hand, tick / TICKS_PER_BEAT, above, self._leaning(line))
        pitch = draw(logits, knobs.temperature * dare, taste.min_p / dare, self._random.random())
        if pitch is not None and line.agent and self._known is not None and self._known.holds([*line.lately, (tick, pitch)]):
            others = logits.copy()
            others[pitch] = -np.inf  # by heart: another one, if there is one
            other = draw(others, knobs.temperature * dare, taste.min_p / dare, self._random.random())
            logits, pitch = (logits, pitch) if other is None else (others, other)
        if pitch is None:
            return None
        if line.agent:
            self.drew(logits, pitch)
        lengths, loudness = self._stream.next_rest(line.part, in_beat, pitch)
        length = draw(lengths, knobs.temperature, taste.min_p, self._random.random()) or 0
        loudness = shape_velocities(loudness, knobs, taste) if line.agent else loudness
        loud = draw(loudness, knobs.temperature, taste.min_p, self._random.random())
        velocity = velocity_of(loud or 0)
        if line.agent:
            velocity = max(1, min(velocity, knobs.velocity_max))
        told = length if line.agent else NO_LENGTH
        return Struck(tick, tick + DURATIONS[length], line.part, pitch, velocity, not line.agent, told)

    def _leaning(self, line: Line) -> Floats:
        """How the agent's pitch classes are favoured: by the key, and by what the human holds or is about to play."""
        if not line.agent or PARTS[line.part] == "drums":
            return np.zeros(12, np.float32)
        leaning = self._in_key
        if (given := change_at(self._ask.changes, self._tick / TICKS_PER_BEAT)) is not None:
            in_chord = leaning + chart_leaning(self._ask.knobs, given.pitch_classes, self._taste)
            # A key that is held for sure goes before a chord that has nothing in common with it.
            leaning = in_chord if np.isfinite(in_chord).any() else leaning
        follow = self._ask.knobs.follow * self._taste.follow_weight
        if follow <= 0:
            return leaning
        mine = {key % 128 % 12 for key in self._sounding() if key // 128 == line.part}
        wanted = self._wanted()
        wanted[list(mine)] = 0.0
        clash = wanted[_ABOVE] + wanted[_BELOW]
        return np.asarray(leaning + follow * (wanted - self._taste.clash * clash), np.float32)

    def _wanted(self) -> Floats:
        """Weights of the pitch classes of the human: those held now, else those expected next."""
        weights = np.zeros(12, np.float32)
        alone = self._ask.human_part in (*self._ask.parts, "drums")
        if alone or self._ask.knobs.follow <= 0:
            return weights
        held = [key % 128 % 12 for key in self._sounding() if key // 128 == self._human]
        if held:
            weights[held] = 1.0
            return weights
        expected = self._stream.next_pitch(self._human, self._tick % TICKS_PER_BEAT)
        chances = np.exp(expected - expected.max())
        np.add.at(weights, np.arange(len(chances)) % 12, chances / chances.sum())
        return weights


def open_hand(part: str) -> Hand:
    """The hands of a human, who may play anything."""
    return Hand(part, Knobs(registers=((part, 0, 127),), polyphony=10))


def held_keys(notes: list[Struck], tick: int) -> dict[int, int]:
    """The keys down at a tick and when they come up; a key that nobody has let go of is imagined down for a bar."""
    latest = tick + _HOLD_BEATS * TICKS_PER_BEAT
    return {key_of(note.part, note.pitch): min(note.end, latest) for note in notes if note.tick <= tick < note.end}
