"""The player's phrase said again, otherwise: variations and morphs through the space of phrases, within what the knobs allow.

Worker only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from models.keys import scale
from models.latent import PhraseSpace
from models.music import Ask, Note, change_at
from models.phrases import FRAMES_PER_BEAT, PHRASE_BEATS, Phrase, notes_of, phrase_of

_SHORTEST_BEATS = 1.0 / FRAMES_PER_BEAT


def varied(space: PhraseSpace, ask: Ask, seed: str) -> list[Note]:
    """The lead of an ask, made of its theme: two bars at a time, each a variation of the theme's, which begins anew when it
    is through.

    Up to the middle of the knob `variation` it goes further and further from the phrase; beyond, where there is a second phrase
    (`towards`), it goes over into that one. What has come out is pulled to where the knobs of the space (`latent`) stand.
    """
    rng = np.random.default_rng(list(seed.encode()))
    theme, towards = _phrases(ask.theme), _phrases(ask.towards)
    found: list[Note] = []
    loud = round(float(np.mean([note.velocity for note in ask.theme])))
    count = int(np.ceil((ask.end_beats - ask.start_beats) / PHRASE_BEATS))
    for n in range(count):
        said = _said(space, theme[n % len(theme)], towards[n % len(towards)] if towards else None, ask.knobs.variation, rng)
        said = space.pulled(said, ask.knobs.latent)
        found += notes_of(said, ask.start_beats + n * PHRASE_BEATS, min(loud, ask.knobs.velocity_max), "lead")
    return _within(found, ask)


def _said(space: PhraseSpace, phrase: Phrase, other: Phrase | None, amount: float, rng: np.random.Generator) -> Phrase:
    if other is not None and amount > 0.5:
        return space.between(space.vary(phrase, 0.1, rng), other, 2.0 * amount - 1.0)
    return space.vary(phrase, min(amount, 1.0), rng)


def _phrases(notes: Sequence[Note]) -> list[Phrase]:
    """A melody in pieces of two bars, from the beat of its first note on."""
    if not notes:
        return []
    first = float(np.floor(min(note.onset_beats for note in notes) + 1e-6))
    last = max(note.onset_beats for note in notes)
    starts = np.arange(first, last + 1e-6, PHRASE_BEATS)
    pieces = ([n for n in notes if start <= n.onset_beats + 0.1 < start + PHRASE_BEATS] for start in starts)
    return [phrase_of(piece, start) for piece, start in zip(pieces, starts.tolist(), strict=True) if piece]


def _within(notes: list[Note], ask: Ask) -> list[Note]:
    """Inside the window, the register, a key that is held for certain and a chart that is; one note at a time."""
    low, high = ask.knobs.register("lead")
    kept: list[Note] = []
    for note in notes:
        if ask.start_beats <= note.onset_beats < ask.end_beats:
            kept.append(Note(note.onset_beats, note.length_beats, _lawful(note, ask, low, high), note.velocity, "lead"))
    ends = [following.onset_beats for _, following in pairwise(kept)] + [float("inf")]
    return [
        Note(n.onset_beats, max(min(n.length_beats, end - n.onset_beats), _SHORTEST_BEATS), n.pitch, n.velocity, n.part)
        for n, end in zip(kept, ends, strict=True)
    ]


def _lawful(note: Note, ask: Ask, low: int, high: int) -> int:
    allowed = set(range(12))
    if ask.knobs.key is not None and ask.knobs.key_strength >= 1.0:
        allowed &= scale(ask.knobs.key)
    change = change_at(ask.changes, note.onset_beats)
    if change is not None and ask.knobs.chord_strength >= 1.0 and allowed & set(change.pitch_classes):
        allowed &= set(change.pitch_classes)
    reach = [pitch for pitch in range(low, high + 1) if pitch % 12 in allowed] or [min(max(note.pitch, low), high)]
    wanted = note.pitch
    while wanted > high:
        wanted -= 12
    while wanted < low:
        wanted += 12
    return min(reach, key=lambda pitch: abs(pitch - wanted))
