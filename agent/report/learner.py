"""What a learner can read off an evening: the key, the timing against the beat, the ideas that came back."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from statistics import median

from agent.export import Sounded
from agent.listen.key import KeyFinder, key_name
from agent.listen.motif import Line, Shape
from agent.show.meters import percentiles
from agent.view import pitch_name
from models.tempo import TempoMap

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10, 11))
_GRIDS = (4, 3)
"""Parts of a beat that notes are meant to fall on: quarters, or thirds where these are nearer."""
MOST_IDEAS = 5
TIMING_EDGES_MS = (-90, -70, -50, -30, -10, 10, 30, 50, 70, 90)


@dataclass(frozen=True, slots=True)
class Idea:
    """Five notes that came back: their steps in semitones, an example, how often, and when first."""

    steps: Shape
    example: str
    times: int
    first_seconds: float


@dataclass(slots=True)
class Lesson:
    """What the player did. Timing in milliseconds, late above 0."""

    key: str
    in_key: float
    lowest: str
    highest: str
    late_ms: list[float]
    ideas: list[Idea]
    loudness: dict[str, float]

    @property
    def lean_ms(self) -> float:
        """How late, or early, the player usually is."""
        return round(median(self.late_ms), 1) if self.late_ms else 0.0

    @property
    def spread_ms(self) -> float:
        """Half of the notes are nearer than this to where they usually fall."""
        lean = self.lean_ms
        return round(median(abs(late - lean) for late in self.late_ms), 1) if self.late_ms else 0.0


def learn(notes: list[Sounded], tempo: TempoMap) -> Lesson | None:
    """Look through the player's notes; None if there are none."""
    if not notes:
        return None
    finder = KeyFinder(memory_beats=1e6)
    for note in notes:
        finder.hear(tempo.beats_at(note.seconds), note.pitch)
    tonic, mode = finder.key
    inside = sum((note.pitch - tonic) % 12 in _SCALES[mode] for note in notes)
    return Lesson(
        key_name(finder.key),
        inside / len(notes),
        pitch_name(min(note.pitch for note in notes)),
        pitch_name(max(note.pitch for note in notes)),
        [_late_ms(note.seconds, tempo) for note in notes],
        _ideas(notes, tempo),
        percentiles([float(note.velocity) for note in notes]),
    )


def timing_counts(late_ms: list[float]) -> list[int]:
    """How many notes fell into each piece of the scale."""
    counts = [0] * (len(TIMING_EDGES_MS) + 1)
    for late in late_ms:
        counts[bisect_right(TIMING_EDGES_MS, late)] += 1
    return counts


def _late_ms(seconds: float, tempo: TempoMap) -> float:
    beats = tempo.beats_at(seconds)
    nearest = min((round(beats * parts) / parts for parts in _GRIDS), key=lambda place: abs(place - beats))
    return round((seconds - tempo.seconds_at(nearest)) * 1000.0, 1)


def _ideas(notes: list[Sounded], tempo: TempoMap) -> list[Idea]:
    line, recent = Line(), list[Sounded]()
    times: Counter[Shape] = Counter()
    first: dict[Shape, tuple[float, str]] = {}
    for note in notes:
        shape = line.hear(tempo.beats_at(note.seconds), note.pitch)
        if shape is not None:
            times[shape] += 1
            first.setdefault(shape, (recent[-1].seconds, " ".join(pitch_name(n.pitch) for n in recent[-5:])))
        recent = [*recent[-15:], note]
    return [Idea(shape, first[shape][1], count, first[shape][0]) for shape, count in times.most_common(MOST_IDEAS) if count > 1]
