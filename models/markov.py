"""A small mind without a network: it learns this session's key, steps and rhythm, and plays along in them.

The fallback when the big mind is away, the baseline it must beat, and the double that tests play with. Standard library only.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from random import Random

from models.hand import hands_for, in_order
from models.keys import KeySense, scale
from models.music import TICKS_PER_BEAT, Ask, Note, Onset, Release, Sounded, change_at

_DEGREE_WEIGHT = (1.0, 0.3, 0.2, 0.7, 0.8, 0.6, 0.0)  # how much a song likes the chord on each step of the scale
_CHORD_BEATS = 2
_MEMORY = 256
_DRUMS = {0: ((36, 0), (42, 12)), 1: ((38, 0), (42, 0), (42, 12)), 2: ((36, 0), (42, 0), (36, 12)), 3: ((38, 0), (42, 12))}


class MarkovMind:
    """Plays chords, bass, a simple beat and melodies out of what it has heard. Small enough for the loop."""

    def __init__(self) -> None:
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget the session."""
        self._seed = seed
        self._sounded: deque[Sounded] = deque(maxlen=_MEMORY)
        self._key = KeySense()
        self._steps: dict[int, Counter[int]] = {}
        self._rhythms: deque[tuple[int, tuple[int, ...]]] = deque(maxlen=16)  # (beat, ticks the human struck in it)
        self._last = (0, 60)  # last interval and last pitch of the human
        self._velocity = 72.0

    def hear(self, events: Sequence[Sounded]) -> None:
        """Take in what happened: keys, steps from note to note, rhythm and loudness."""
        for event in events:
            self._sounded.append(event)
            if isinstance(event, Release) or event.part == "drums":
                continue
            self._key.hear(event.pitch, 1.0 if event.human else 0.3)
            if event.human:
                self._learn(event)

    def _learn(self, event: Onset) -> None:
        interval, last = self._last
        step = max(min(event.pitch - last, 12), -12)
        self._steps.setdefault(interval, Counter())[step] += 1
        self._last = (step, event.pitch)
        self._velocity += 0.1 * (event.velocity - self._velocity)
        beat, tick = divmod(round(event.beats * TICKS_PER_BEAT), TICKS_PER_BEAT)
        if self._rhythms and self._rhythms[-1][0] == beat:
            tick_set = sorted({*self._rhythms.pop()[1], tick})
            self._rhythms.append((beat, tuple(tick_set)))
        else:
            self._rhythms.append((beat, (tick,)))

    def play(self, ask: Ask) -> Iterator[Note]:
        """Notes for the asked parts, beat by beat. The same beat of the same ask is always played alike."""
        hands = hands_for(ask, self._sounded)
        key = ask.knobs.key or self._key.key()
        melody = self._last
        for beat in range(math.floor(ask.start_beats), math.ceil(ask.end_beats)):
            chord = self._chord(ask, beat, key)
            planned: list[Note] = []
            for part in dict.fromkeys(ask.parts):
                rng = Random(f"{self._seed}/{ask.seed}/{part}/{beat}")
                if part == "lead":
                    melody, notes = self._melody(ask, beat, key, melody, rng)
                elif part == "drums":
                    notes = self._drums(ask, beat, rng)
                elif part == "bass":
                    notes = self._bass(ask, beat, chord, rng)
                else:
                    notes = self._comp(ask, beat, chord, rng)
                planned += notes
            for note in in_order(planned):
                hand = hands[note.part]
                in_time = ask.start_beats - 1e-9 <= note.onset_beats < ask.end_beats
                if in_time and hand.can_strike(note.pitch, note.onset_beats):
                    hand.take(note.pitch, note.end_beats)
                    yield note

    def _chord(self, ask: Ask, beat: int, key: tuple[int, int]) -> tuple[int, ...]:
        """Pitch classes of the triad, root first, for this half bar: a chart or what the human plays decides."""
        if (given := change_at(ask.changes, beat)) is not None:
            return _in_reach(given.pitch_classes[:3], ask)
        slot = math.floor((beat - ask.metre.first_beat) / _CHORD_BEATS)
        heard: Counter[int] = Counter()
        for event in reversed(self._sounded):
            if event.beats < ask.now_beats - 3.0:
                break
            if isinstance(event, Onset) and event.human and event.part != "drums":
                heard[event.pitch % 12] += 2 if event.beats >= ask.now_beats - 1.0 else 1
        steps = sorted((pitch_class - key[0]) % 12 for pitch_class in scale(key))
        rng = Random(f"{self._seed}/{ask.seed}/chord/{slot}")
        best: tuple[int, ...] = ()
        best_score = -1.0
        for degree, liking in enumerate(_DEGREE_WEIGHT):
            triad = tuple((steps[(degree + third) % 7] + key[0]) % 12 for third in (0, 2, 4))
            fit = sum(count for pitch_class, count in heard.items() if pitch_class in triad) / max(sum(heard.values()), 1)
            score = liking + 2.0 * (0.5 + ask.knobs.follow) * fit + 0.8 * ask.knobs.surprise * rng.random()
            if score > best_score:
                best, best_score = triad, score
        return best

    def _note(self, ask: Ask, at_beats: float, length: float, pitch: int, part: str, accent: float = 1.0) -> Note:
        downbeat = 1.06 if ask.metre.beat_in_bar(math.floor(at_beats)) < 0.5 else 1.0
        loud = self._velocity * (0.6 + 0.6 * ask.knobs.energy) * accent * downbeat
        return Note(at_beats, length, pitch, max(1, min(round(loud), ask.knobs.velocity_max)), part)

    def _comp(self, ask: Ask, beat: int, chord: tuple[int, ...], rng: Random) -> list[Note]:
        """A left hand on the half bar, the chord above it: held, in eighths or broken, as dense as asked."""
        low, high = ask.knobs.register("comp")
        floor = min(max(low, 52 + _raised(ask)), max(high - 14, low))
        upper = [_nearest(pitch_class, floor + 6, low, high) for pitch_class in chord]
        strong = math.floor(beat - ask.metre.first_beat) % _CHORD_BEATS == 0
        notes = []
        if strong:
            root = _nearest(chord[0], floor - 7, low, high)
            notes.append(self._note(ask, beat, 1.9, root, "comp"))
        density = ask.knobs.density + 0.1 * (rng.random() - 0.5)
        if density < 0.35:
            return notes + [self._note(ask, beat, 1.9, pitch, "comp", 0.8) for pitch in upper if strong]
        if density < 0.6:
            ticks = ((0, upper[1:2]), (12, [upper[2], upper[0]])) if strong else ((0, upper[1:]), (12, upper[:1]))
            return notes + [
                self._note(ask, beat + tick / TICKS_PER_BEAT, 0.5, p, "comp", 0.8) for tick, pitches in ticks for p in pitches
            ]
        figure = [upper[0], upper[2], upper[1], upper[2]]
        return notes + [self._note(ask, beat + i / 4, 0.25, p, "comp", 0.8) for i, p in enumerate(figure)]

    def _bass(self, ask: Ask, beat: int, chord: tuple[int, ...], rng: Random) -> list[Note]:
        low, high = ask.knobs.register("bass")
        strong = math.floor(beat - ask.metre.first_beat) % _CHORD_BEATS == 0
        if not strong and rng.random() > 0.3 + 0.6 * ask.knobs.density:
            return []
        pitch_class = chord[0] if strong else rng.choice((chord[0], chord[2]))
        return [self._note(ask, beat, 0.95, _nearest(pitch_class, (low + high) // 2 + _raised(ask), low, high), "bass")]

    def _drums(self, ask: Ask, beat: int, rng: Random) -> list[Note]:
        hits = _DRUMS[math.floor(ask.metre.beat_in_bar(beat)) % 4]
        low, high = ask.knobs.register("drums")
        kept = [hit for hit in hits if low <= hit[0] <= high and rng.random() < 0.6 + 0.8 * ask.knobs.density]
        return [self._note(ask, beat + tick / TICKS_PER_BEAT, 0.2, pitch, "drums") for pitch, tick in kept]

    def _melody(
        self, ask: Ask, beat: int, key: tuple[int, int], last: tuple[int, int], rng: Random
    ) -> tuple[tuple[int, int], list[Note]]:
        """One beat of melody: a rhythm the human has played, steps the human has taken, in the key."""
        low, high = ask.knobs.register("lead")
        given = change_at(ask.changes, beat) if ask.knobs.chord_strength >= 0.75 else None
        allowed = _in_reach(given.pitch_classes, ask) if given else tuple(scale(key))
        ticks = rng.choice(self._rhythms)[1] if self._rhythms else (0,)
        ticks = tuple(tick for tick in ticks if rng.random() < 0.4 + ask.knobs.density)
        interval, pitch = last
        notes: list[Note] = []
        for here, after in zip(ticks, (*ticks[1:], TICKS_PER_BEAT), strict=False):
            choices = self._steps.get(interval) or Counter({-2: 3, 2: 3, 0: 1, 4: 1, -3: 1})
            # Surprise levels what is usual and what is rare, or makes the usual still more so.
            weights = [count ** (2.0 - 2.0 * ask.knobs.surprise) for count in choices.values()]
            interval = rng.choices(list(choices), weights)[0]
            wanted = low + (high - low) * ask.knobs.height
            drift = abs(2.0 * ask.knobs.height - 1.0) * 0.4 * (wanted - pitch)
            pitch = _nearest_of(allowed, pitch + interval + round(drift), low, high)
            notes.append(self._note(ask, beat + here / TICKS_PER_BEAT, (after - here) / TICKS_PER_BEAT, pitch, "lead"))
        return (interval, pitch), notes


def _raised(ask: Ask) -> int:
    """Semitones up or down, by the knob for it: at most an octave."""
    return round((ask.knobs.height - 0.5) * 24)


def _in_reach(tones: tuple[int, ...], ask: Ask) -> tuple[int, ...]:
    """Three chord tones, moved into the key where it must not be left."""
    if ask.knobs.key is not None and ask.knobs.key_strength >= 1:
        allowed = scale(ask.knobs.key)
        tones = tuple(min(allowed, key=lambda pc: min((pc - tone) % 12, (tone - pc) % 12)) for tone in tones)
    return (*tones, *tones)[:3] if len(tones) < 3 else tones


def _nearest(pitch_class: int, centre: int, low: int, high: int) -> int:
    """The pitch of a class nearest to a centre within a register; the nearest edge where the register is too narrow."""
    inside = [pitch for pitch in range(low, high + 1) if pitch % 12 == pitch_class]
    return min(inside, key=lambda pitch: abs(pitch - centre)) if inside else min(max(centre, low), high)


def _nearest_of(allowed: tuple[int, ...], pitch: int, low: int, high: int) -> int:
    inside = [candidate for candidate in range(low, high + 1) if candidate % 12 in allowed]
    return min(inside, key=lambda candidate: abs(candidate - pitch)) if inside else min(max(pitch, low), high)
