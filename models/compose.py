"""Music without a player: new phrases, ways between phrases, variations, and songs that go on. Numpy alone; never on stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.latent import PhraseSpace
from models.music import PARTS, Ask, Change, Knobs, Metre, Model, Note, Onset
from models.phrases import PHRASE_BEATS, notes_of, phrase_of
from models.prior import Prior

_FIRST_MIDDLE = 67
_LOWEST_MIDDLE, _HIGHEST_MIDDLE = 55, 79
_STEPS = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of every piece: bars of four beats, how freely, from which seed, over which chords."""

    bars: int = 8
    temperature: float = 0.9
    seed: int = 0
    changes: tuple[Change, ...] = ()
    parts: tuple[str, ...] = ("lead", "comp")
    metre: Metre = field(default_factory=Metre)
    bpm: float = 100.0

    @property
    def beats(self) -> float:
        """The length in beats."""
        return float(self.bars * self.metre.beats_per_bar)


def sampled(space: PhraseSpace, prior: Prior, wish: Wish) -> list[Note]:
    """A melody of phrases that follow one another, drawn from nothing."""
    rng = np.random.default_rng(wish.seed)
    notes: list[Note] = []
    before, middle = None, _FIRST_MIDDLE
    for start in np.arange(0.0, wish.beats, PHRASE_BEATS).tolist():
        before, lift = prior.draw(before, rng)
        middle = min(max(middle + (lift if start else 0), _LOWEST_MIDDLE), _HIGHEST_MIDDLE)
        phrase = space.phrase(space.from_normed(before), middle, 0.5 * wish.temperature, rng)
        notes += notes_of(phrase, start)
    return [note for note in notes if note.onset_beats < wish.beats]


def interpolated(space: PhraseSpace, one: Sequence[Note], other: Sequence[Note]) -> list[Note]:
    """The first two bars of one melody, then step by step over into those of another, two bars a step."""
    first, last = phrase_of(one, _begins(one)), phrase_of(other, _begins(other))
    notes: list[Note] = []
    for step in range(_STEPS + 1):
        notes += notes_of(space.between(first, last, step / _STEPS), step * PHRASE_BEATS)
    return notes


def varied_melody(space: PhraseSpace, melody: Sequence[Note], amount: float, seed: int) -> list[Note]:
    """A melody, each two bars of it changed so much: 0 not at all, 1 beyond recognition."""
    rng = np.random.default_rng(seed)
    first = _begins(melody)
    notes: list[Note] = []
    for start in np.arange(first, max(note.onset_beats for note in melody) + 1e-6, PHRASE_BEATS).tolist():
        here = [note for note in melody if start <= note.onset_beats + 0.1 < start + PHRASE_BEATS]
        if here:
            notes += notes_of(space.vary(phrase_of(here, start), amount, rng), start - first)
    return notes


def continued(model: Model, melody: Sequence[Note], wish: Wish) -> dict[str, list[Note]]:
    """What comes after a melody, by part; beats count on from its beginning, the chords of the wish from where it ends."""
    model.reset(wish.seed)
    end = max((note.end_beats for note in melody), default=0.0)
    bar = wish.metre.beats_per_bar
    start = float(-(-end // bar) * bar)
    knobs = Knobs(temperature=wish.temperature, chord_strength=1.0 if wish.changes else 0.5)
    model.hear([Onset(n.onset_beats, n.pitch, n.velocity, "lead", True, n.length_beats) for n in melody])
    changes = tuple(Change(start + change.beats, change.root, change.tones) for change in wish.changes)
    ask = Ask(
        1, "compose", start, start, start + wish.beats, wish.parts, wish.seed, "drums", wish.bpm, wish.metre, knobs, (), changes
    )
    played: dict[str, list[Note]] = {part: [] for part in PARTS if part in wish.parts}
    for note in model.play(ask):
        played[note.part].append(note)
    return played


def _begins(notes: Sequence[Note]) -> float:
    return float(np.floor(min(note.onset_beats for note in notes) + 1e-6))
