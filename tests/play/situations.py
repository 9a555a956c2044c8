"""Fifty situations on a stage: what somebody plays, when we look, and how a good partner would be playing by then.

Written down from the musician's side, before and apart from any rule of `auto`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

Key = tuple[float, float, int]
"""A key goes down at a second, comes up at a second, and has a pitch."""

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)
TUNE = (0, 1, 2, 0, 2, 3, 4, 4, 5, 4, 3, 2, 1, 2, 0, 0)
TRIADS = ((48, 60, 64, 67), (53, 60, 65, 69), (55, 59, 62, 67), (45, 60, 64, 69))


@dataclass(frozen=True)
class Situation:
    """What is played, and what is right at an instant."""

    name: str
    keys: list[Key]
    look_s: float
    right: str


def line(begin: float, end: float, spaces: Iterable[float], legato: float = 0.9, seed: int = 0) -> list[Key]:
    """A melody with these spaces between its notes, again and again."""
    rng, keys, at, count = Random(seed), list[Key](), begin, 0
    pattern = list(spaces)
    while at < end:
        space = pattern[count % len(pattern)]
        pitch = SCALE[(TUNE[count % len(TUNE)] + rng.randrange(2) * (seed > 0)) % 8]
        keys.append((at, at + space * legato, pitch))
        at, count = at + space, count + 1
    return keys


def chords(begin: float, end: float, space: float, length: float = 0.8) -> list[Key]:
    """Four-note chords, in time."""
    beats = int((end - begin) / space)
    return [
        (begin + i * space + 0.004 * n, begin + (i + length) * space, pitch)
        for i in range(beats)
        for n, pitch in enumerate(TRIADS[i // 2 % 4])
    ]


def phrases(count: int, length: float, pause: float, space: float, seed: int = 0) -> list[Key]:
    """Phrases with a pause after each."""
    return [k for n in range(count) for k in line(n * (length + pause), n * (length + pause) + length, (space,), 0.9, seed + n)]


def human(keys: list[Key], timing: float, seed: int = 7) -> list[Key]:
    """The same with the unsteadiness of a hand."""
    rng = Random(seed)
    return [(max(on + rng.gauss(0, timing), 0.0), off + abs(rng.gauss(0, timing)) + timing, p) for on, off, p in keys]


def both(*layers: list[Key]) -> list[Key]:
    """Two hands."""
    return [key for layer in layers for key in layer]


def shifted(keys: list[Key], semitones: int) -> list[Key]:
    """The same, lower or higher."""
    return [(on, off, pitch + semitones) for on, off, pitch in keys]


Row = tuple[str, Callable[[], list[Key]], float, str]

ROWS: tuple[Row, ...] = (
    # An empty room, and whoever comes in.
    ("nothing yet", lambda: [], 5.0, "listen"),
    ("one key, to see whether it sounds", lambda: line(2, 2.1, (1,)), 8.0, "listen"),
    ("two keys, and a cough", lambda: line(1, 2, (0.8,)), 9.0, "listen"),
    ("the first three notes", lambda: line(1, 2.3, (0.6,)), 2.6, "listen"),
    ("nobody for half a minute", lambda: [], 30.0, "solo"),
    ("somebody touched a key and left", lambda: line(2, 2.1, (1,)), 45.0, "solo"),
    ("a tune, and the player has left", lambda: line(0, 15, (0.5,)), 50.0, "solo"),
    ("chords, and the player has left", lambda: chords(0, 12, 0.6), 45.0, "solo"),
    ("trading, and the player has left", lambda: phrases(3, 3, 3, 0.4), 60.0, "solo"),
    ("somebody comes in while it plays alone", lambda: line(30, 31, (0.5,)), 31.2, "listen"),
    ("back after a long rest", lambda: both(line(0, 10, (0.5,)), line(40, 41, (0.5,))), 41.3, "listen"),
    ("back, and the tune goes on", lambda: both(line(0, 10, (0.5,)), line(40, 55, (0.5,))), 54.0, "accompany"),
    # Melodies.
    ("crotchets at a walking pace", lambda: line(0, 20, (0.6,)), 15.0, "accompany"),
    ("quavers", lambda: line(0, 20, (0.33,)), 15.0, "accompany"),
    ("a folk tune, long and short", lambda: line(0, 20, (0.6, 0.3, 0.3, 0.6, 0.3, 0.3, 0.9, 0.3)), 15.0, "accompany"),
    ("dotted rhythm", lambda: line(0, 20, (0.45, 0.15, 0.6)), 15.0, "accompany"),
    ("swing", lambda: line(0, 20, (0.4, 0.2)), 15.0, "accompany"),
    ("a tune of a beginner, out of time", lambda: human(line(0, 20, (0.6,)), 0.07), 15.0, "accompany"),
    ("staccato", lambda: line(0, 20, (0.5,), legato=0.25), 15.0, "accompany"),
    ("very legato, every note overlapping", lambda: line(0, 20, (0.5,), legato=1.4), 15.0, "accompany"),
    ("phrases with short breaths", lambda: phrases(6, 3.2, 0.7, 0.4), 18.0, "accompany"),
    ("a tune in thirds", lambda: both(line(0, 20, (0.5,)), shifted(line(0, 20, (0.5,)), -4)), 15.0, "accompany"),
    ("a waltz tune", lambda: line(0, 20, (0.8, 0.4, 0.4, 0.4, 0.4)), 15.0, "accompany"),
    ("brisk quavers at 120", lambda: line(0, 20, (0.25,)), 15.0, "accompany"),
    ("a tune with a bass note a bar", lambda: both(line(0, 20, (0.5,)), shifted(line(0, 20, (2.0,)), -24)), 15.0, "accompany"),
    ("unsteady quavers", lambda: human(line(0, 20, (0.36,)), 0.04), 15.0, "accompany"),
    ("a slow start, then the tune", lambda: both(line(0, 8, (1.6,)), line(8, 25, (0.45,))), 22.0, "accompany"),
    ("chords first, then the tune alone", lambda: both(chords(0, 10, 0.8), line(10, 30, (0.5,))), 24.0, "accompany"),
    # Long notes.
    ("minims, slow", lambda: line(0, 30, (2.0,), legato=0.98), 25.0, "shadow"),
    ("long notes that overlap", lambda: line(0, 30, (1.6,), legato=1.15), 25.0, "shadow"),
    ("a slow air", lambda: human(line(0, 30, (1.2, 1.2, 2.4), legato=0.99), 0.1), 25.0, "shadow"),
    ("a drone and a slow voice above", lambda: both([(0.0, 30.0, 48)], line(1, 30, (1.5,), legato=1.0)), 25.0, "shadow"),
    ("whole notes", lambda: line(0, 40, (3.0,), legato=0.99), 35.0, "shadow"),
    ("the tune dies down to long notes", lambda: both(line(0, 10, (0.5,)), line(10, 35, (1.8,), legato=0.99)), 32.0, "shadow"),
    ("a slow hymn tune, a little unsteady", lambda: human(line(0, 30, (1.3,), legato=1.0), 0.06), 25.0, "shadow"),
    # Phrases that wait.
    ("two bars, two bars' wait", lambda: phrases(4, 3.0, 3.0, 0.4), 20.0, "call_response"),
    ("a motif of four notes, and a wait", lambda: phrases(6, 1.6, 2.0, 0.4), 14.0, "call_response"),
    ("long phrases, long waits", lambda: phrases(3, 7.0, 5.0, 0.5), 30.0, "call_response"),
    ("fast licks, and a wait", lambda: phrases(5, 2.0, 2.5, 0.18), 15.0, "call_response"),
    (
        "hits in chords, and a wait",
        lambda: both(*[shifted(chords(5 * n, 5 * n + 2.4, 0.6), 0) for n in range(4)]),
        18.0,
        "call_response",
    ),
    ("slow phrases, and a wait", lambda: phrases(4, 4.0, 3.5, 0.8), 24.0, "call_response"),
    ("unsteady phrases, and a wait", lambda: human(phrases(5, 3.0, 2.2, 0.45, seed=3), 0.05), 19.0, "call_response"),
    (
        "a tune first, then phrases that wait",
        lambda: both(line(0, 12, (0.5,)), shifted_by(14.0, phrases(4, 2.5, 3.0, 0.4))),
        34.0,
        "call_response",
    ),
    # Full hands.
    ("block chords", lambda: chords(0, 20, 0.6), 15.0, "together"),
    ("slow block chords", lambda: chords(0, 30, 1.5, 0.95), 22.0, "together"),
    ("comping in short chords", lambda: chords(0, 20, 0.4, 0.3), 15.0, "together"),
    ("fast runs", lambda: line(0, 20, (0.11,)), 15.0, "together"),
    ("broken chords in both hands", lambda: both(line(0, 20, (0.16,)), shifted(line(0, 20, (0.32,)), -24)), 15.0, "together"),
    ("a melody over full chords", lambda: both(line(0, 20, (0.6,)), shifted(chords(0, 20, 0.6), -12)), 15.0, "together"),
    ("a tune first, then fast runs", lambda: both(line(0, 10, (0.5,)), line(10, 25, (0.13,))), 22.0, "together"),
)


def shifted_by(seconds: float, keys: list[Key]) -> list[Key]:
    """The same, later."""
    return [(on + seconds, off + seconds, pitch) for on, off, pitch in keys]


SITUATIONS = tuple(Situation(name, keys(), look_s, right) for name, keys, look_s, right in ROWS)
