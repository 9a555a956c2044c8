"""What a mind can say of itself: how sure it is, what surprised it, where the melody lies among all phrases. Worker only."""

# Z size of the space of phrases

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.latent import Floats, PhraseSpace
from models.music import Note, Onset, Sounded
from models.phrases import PHRASE_BEATS, phrase_of
from models.stream import Stream

LATELY = 0.25
"""How much the last note counts in what is told of the last notes."""
OPEN_NATS = math.log(12.0)
"""As open as twelve pitches that are equally likely is an entropy of 1."""
SURPRISED_NATS = 8.0
"""Instant and pitch of a note together: a chance of one in three thousand is a surprise of 1."""
REMEMBERED_NOTES, REMEMBERED_POINTS = 128, 512


class Doubt:
    """How the mind's last draws were, and the human's last note as it had expected it. Shares, 0..1."""

    def __init__(self) -> None:
        self.surprise = self.confidence = self.entropy = 0.0
        self._drawn = False

    def drew(self, log_odds: Floats, pitch: int) -> None:
        """A pitch was drawn from these."""
        chances = _chances(log_odds)
        some = chances[chances > 0.0]
        entropy = min(float(-(some * np.log(some)).sum()) / OPEN_NATS, 1.0)
        lately = LATELY if self._drawn else 1.0
        self.confidence += lately * (float(chances[pitch]) - self.confidence)
        self.entropy += lately * (entropy - self.entropy)
        self._drawn = True

    def heard(self, stream: Stream, part: int, tick: int, pitch: int) -> None:
        """The human struck this at a tick of the beat, where the stream still expects something else or the same."""
        when, which = _chances(stream.next_tick()[part]), _chances(stream.next_pitch(part, tick))
        self.surprise = min(-math.log(max(float(when[tick] * which[pitch]), 1e-9)) / SURPRISED_NATS, 1.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where two bars of melody lie. Shares: `novelty` is 0 for a phrase that was there before, 1 for one far from all."""

    novelty: float
    coordinates: tuple[float, ...]


class Musing:
    """Keeps the melody of the last two bars, and remembers where its phrases have been. Knows nothing of any model."""

    def __init__(self, space: PhraseSpace) -> None:
        self._space = space
        self._middle, self._spread = space.cloud()
        self.reset()

    def reset(self) -> None:
        """Somebody else plays now: nothing was there before."""
        self._notes: deque[Onset] = deque(maxlen=REMEMBERED_NOTES)
        self._been: deque[tuple[float, NDArray[np.float32]]] = deque(maxlen=REMEMBERED_POINTS)
        self._now_beats = 0.0

    def hear(self, events: Sequence[Sounded]) -> None:
        """Both players' notes; the human's melody goes before ours."""
        for event in events:
            self._now_beats = max(self._now_beats, event.beats)
            if isinstance(event, Onset) and (event.human or event.part == "lead"):
                self._notes.append(event)

    def place(self) -> Place | None:
        """Where the last two bars lie; None when nobody has played a melody in them."""
        end_beats = float(math.ceil(self._now_beats + 1e-6))
        melody = self._melody(end_beats - PHRASE_BEATS)
        if not melody:
            return None
        phrase = phrase_of(melody, end_beats - PHRASE_BEATS)
        point = (self._space.point(phrase) - self._middle) / self._spread
        before = [was for beats, was in self._been if end_beats - beats >= PHRASE_BEATS]
        usual = math.sqrt(2.0 * len(point))
        novelty = min((float(np.linalg.norm(point - was)) / usual for was in before), default=1.0)
        if not self._been or self._been[-1][0] < end_beats:
            self._been.append((end_beats, point))
        shares = np.clip(self._space.coordinates(phrase), 0.0, 1.0)
        return Place(round(min(novelty, 1.0), 3), tuple(round(float(share), 3) for share in shares))

    def _melody(self, start_beats: float) -> list[Note]:
        """One voice: each note lasts until the next, or a beat."""
        lately = [onset for onset in self._notes if onset.beats >= start_beats]
        voice = [onset for onset in lately if onset.human] or lately
        ends = [*(later.beats for later in voice[1:]), self._now_beats + 1.0]
        return [
            Note(onset.beats, min(max(end - onset.beats, 0.25), 1.0), onset.pitch, onset.velocity, "lead")
            for onset, end in zip(voice, ends, strict=False)
        ]


def _chances(log_odds: Floats) -> NDArray[np.float64]:
    shifted = np.exp((log_odds - log_odds.max()).astype(np.float64))
    return np.asarray(shifted / shifted.sum())
