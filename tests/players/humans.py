"""Simulated humans: a performance, and what people do to performances. All go in where a keyboard goes in.

Each habit takes keys and gives keys, so that habits add up: `unsteady(changes_key(keys, ...), ...)`. Same seed, same human.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from agent.items import Heard, Item
from models.music import Control, Note, NoteOff, NoteOn
from models.tempo import TempoMap

SUSTAIN = 64
LONGEST_SLIP = 2


@dataclass(frozen=True, slots=True)
class Key:
    """A key goes down at an instant and comes up at another, or, with an absent-minded player, never."""

    down_s: float
    up_s: float | None
    pitch: int
    velocity: int = 80


Keys = list[Key]


def performed(notes: Iterable[Note], tempo: TempoMap) -> Keys:
    """A score played exactly as it is written."""
    return [Key(tempo.seconds_at(n.onset_beats), tempo.seconds_at(n.end_beats), n.pitch, n.velocity) for n in notes]


def moved(key: Key, seconds: float) -> Key:
    """The same key a little later."""
    return replace(key, down_s=max(key.down_s + seconds, 0.0), up_s=None if key.up_s is None else max(key.up_s + seconds, 0.01))


def bent(keys: Keys, clock: Callable[[float], float]) -> Keys:
    """Played by another clock: written second to real second."""
    return [replace(k, down_s=clock(k.down_s), up_s=None if k.up_s is None else clock(k.up_s)) for k in keys]


# Habits.


def unsteady(keys: Keys, spread_s: float, seed: int = 0) -> Keys:
    """A hand that is early and late."""
    rng = Random(seed)
    return [moved(key, rng.gauss(0.0, spread_s)) for key in keys]


def clumsy(keys: Keys, share: float, seed: int = 0) -> Keys:
    """Wrong notes: a neighbour is struck instead, or brushed as well."""
    rng, played = Random(seed), list[Key]()
    for key in keys:
        slip = rng.choice((-LONGEST_SLIP, -1, 1, LONGEST_SLIP)) if rng.random() < share else 0
        played.append(replace(key, pitch=key.pitch + slip))
        if slip and rng.random() < 0.5:
            played.append(replace(key, velocity=30))
    return played


def drifting(keys: Keys, last_speed: float) -> Keys:
    """A tempo that drifts, from as written to this many times as fast."""
    length_s = max((key.down_s for key in keys), default=1.0)

    def clock(seconds: float) -> float:
        return seconds / (1.0 + (last_speed - 1.0) * min(seconds / length_s, 1.0) / 2)

    return bent(keys, clock)


def at_double_tempo(keys: Keys, from_s: float, speed: float = 2.0) -> Keys:
    """From an instant on, suddenly faster."""
    return bent(keys, lambda seconds: seconds if seconds < from_s else from_s + (seconds - from_s) / speed)


def breaking_off(keys: Keys, at_s: float) -> Keys:
    """Stops in the middle; what is down comes up."""
    return [replace(k, up_s=None if k.up_s is None else min(k.up_s, at_s)) for k in keys if k.down_s < at_s]


def in_another_key(keys: Keys, from_s: float, semitones: int) -> Keys:
    """From an instant on, somewhere else."""
    return [replace(key, pitch=key.pitch + semitones) if key.down_s >= from_s else key for key in keys]


def doubled(keys: Keys, semitones: int = 12, late_s: float = 0.012) -> Keys:
    """Every note twice: in octaves, or, with 0 semitones, a keyboard that bounces."""
    return sorted((*keys, *(replace(moved(key, late_s), pitch=key.pitch + semitones) for key in keys)), key=lambda k: k.down_s)


def silent(keys: Keys, from_s: float, to_s: float) -> Keys:
    """Rests between two instants."""
    return breaking_off(keys, from_s) + [key for key in keys if key.down_s >= to_s]


def barging_in(keys: Keys, at_s: Sequence[float]) -> Keys:
    """Strikes a key at these instants, whoever's turn it is."""
    return sorted((*keys, *(Key(at, at + 0.2, 74) for at in at_s)), key=lambda key: key.down_s)


def never_letting_go(keys: Keys, every: int = 3) -> Keys:
    """Forgets a finger on every third key."""
    return [replace(key, up_s=None) if n % every == 0 else key for n, key in enumerate(keys)]


# On stage.


def items(keys: Keys, port: str, pedal_s: Sequence[float] = ()) -> list[Item]:
    """What comes in on a port: keys in the order in which a keyboard sends them, and a sustain pedal pressed and left down."""
    up: list[Item] = [Heard(key.up_s, port, NoteOff(key.pitch)) for key in keys if key.up_s is not None]
    down: list[Item] = [Heard(key.down_s, port, NoteOn(key.pitch, key.velocity)) for key in keys]
    pedal: list[Item] = [Heard(at, port, Control(SUSTAIN, 127)) for at in pedal_s]
    return sorted([*up, *down, *pedal], key=lambda item: item.seconds)
