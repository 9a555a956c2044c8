"""Drawing from a head: masks and leanings first, then temperature and min-p, then one uniform number decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.hand import Hand
from models.keys import scale
from models.music import Knobs
from models.vocabulary import NEVER, PITCHES, VELOCITIES, velocity_of

Floats = NDArray[np.float32]
_NO = np.float32(-np.inf)
_CLASSES = np.arange(PITCHES) % 12


@dataclass(frozen=True, slots=True)
class Taste:
    """How a mind draws, found by measuring; see `models/LOG.md`."""

    min_p: float = 0.03
    chord_temperature: float = 0.7
    tick_temperature: float = 1.0
    rest_beats: float = 1.5
    rest_eagerness: float = 0.225
    follow_weight: float = 12.0
    chord_follow: float = 9.0
    clash: float = 0.3
    groove_weight: float = 1.0
    own_groove: float = 2.0
    key_weight: float = 6.0
    chart_weight: float = 4.0
    chart_chord: float = 16.0  # how much the chord of a chart is favoured before it is named, at full strength
    chord_key: float = 0.5
    density_weight: float = 4.0
    energy_weight: float = 0.6
    height_weight: float = 2.0
    lead_eagerness: float = 0.225  # added to density: sung melodies rest for bars, a player who is asked for one should not


def draw(logits: Floats, temperature: float, min_p: float, uniform: float) -> int | None:
    """The index that a uniform number in [0, 1) picks; None when everything is masked.

    Choices less likely than `min_p` times the likeliest are never drawn.
    """
    scaled = logits / max(temperature, 1e-3)
    top = scaled.max()
    if top == _NO:
        return None
    chances = np.exp((scaled - top).astype(np.float64))
    if min_p > 0.0:
        chances[chances < min_p] = 0.0
    running = chances.cumsum()
    drawn = int(running.searchsorted(uniform * running[-1], side="right"))
    # Only rounding can go past the last chance there is.
    return drawn if drawn < len(chances) else int(np.flatnonzero(chances)[-1])


def shape_ticks(logits: Floats, first: int, density: float, taste: Taste, groove: Floats | None = None) -> Floats:
    """When: nothing before `first`; fewer or more notes as the density knob leans; in the beat as the human's groove leans."""
    shaped = logits.copy()
    if groove is not None:
        shaped[:NEVER] += groove
    shaped[: min(first, NEVER)] = _NO
    shaped[NEVER] += np.float32((0.5 - density) * taste.density_weight)
    return shaped


def shape_pitches(logits: Floats, hand: Hand, beats: float, above: int, leaning: Floats) -> Floats:
    """Which pitch: only keys the hand can strike, above the notes already struck at this instant, leaning by pitch class."""
    shaped = logits + leaning[_CLASSES]
    shaped[: max(hand.low, above + 1)] = _NO
    shaped[hand.high + 1 :] = _NO
    if not hand.has_room(beats):
        shaped[:] = _NO
    shaped[hand.sounding(beats)] = _NO
    return np.asarray(shaped, np.float32)


def height_leaning(knobs: Knobs, taste: Taste) -> Floats:
    """How much each pitch is favoured by the knob for it, an octave by its weight."""
    return np.asarray((knobs.height - 0.5) * taste.height_weight / 12.0 * np.arange(-60, PITCHES - 60), np.float32)


def daring(knobs: Knobs) -> float:
    """How much more freely than usual pitches and chords are drawn: a half to twice."""
    return float(4.0 ** (knobs.surprise - 0.5))


def key_leaning(knobs: Knobs, heard_key: tuple[int, int] | None, taste: Taste) -> Floats:
    """How much each pitch class is favoured by the key: a pull at low strength, a wall at full strength."""
    leaning = np.zeros(12, np.float32)
    key = knobs.key or heard_key
    if key is None or knobs.key_strength <= 0:
        return leaning
    outside = [pitch_class for pitch_class in range(12) if pitch_class not in scale(key)]
    walled = knobs.key is not None and knobs.key_strength >= 1
    leaning[outside] = _NO if walled else np.float32(-taste.key_weight * knobs.key_strength)
    return leaning


def chart_leaning(knobs: Knobs, tones: tuple[int, ...], taste: Taste) -> Floats:
    """How much each pitch class is favoured by the chord of a chart: a pull at low strength, a wall at full strength."""
    leaning = np.zeros(12, np.float32)
    if not tones or knobs.chord_strength <= 0:
        return leaning
    outside = [pitch_class for pitch_class in range(12) if pitch_class not in tones]
    leaning[outside] = _NO if knobs.chord_strength >= 1 else np.float32(-taste.chart_weight * knobs.chord_strength)
    return leaning


def shape_velocities(logits: Floats, knobs: Knobs, taste: Taste) -> Floats:
    """How loud: the energy knob leans, the ceiling walls off."""
    shaped = logits + np.float32((knobs.energy - 0.5) * taste.energy_weight) * np.arange(VELOCITIES, dtype=np.float32)
    shaped[[bucket for bucket in range(1, VELOCITIES) if velocity_of(bucket) > knobs.velocity_max]] = _NO
    return np.asarray(shaped, np.float32)
