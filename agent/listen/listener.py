"""All ears in one place: the session tells it what sounds, modes and cues read what it makes of it."""

from __future__ import annotations

from agent.listen.chord import Chord, ChordFinder
from agent.listen.key import KeyFinder, key_name
from agent.listen.mood import MoodFinder
from agent.listen.motif import MotifMemory
from agent.listen.phrase import PhraseFinder
from models.music import Onset

KEY_SURE_ENOUGH = 0.3
"""From here on the key helps to tell the chord."""


class Listener:
    """Chord and mood from both players; key, phrases, ideas and activity of the human. Runs on the loop."""

    def __init__(self) -> None:
        self._key = KeyFinder()
        self._chord = ChordFinder()
        self._phrase = PhraseFinder()
        self.mood, self.motifs = MoodFinder(), MotifMemory()
        self._human_onsets: list[tuple[float, int]] = []

    @property
    def key(self) -> tuple[int, int]:
        """(tonic 0..11, 0 major 1 minor)."""
        return self._key.key

    @property
    def key_name(self) -> str:
        """In words: `A minor`."""
        return key_name(self._key.key)

    @property
    def key_confidence(self) -> float:
        """0..1."""
        return self._key.confidence

    @property
    def chord(self) -> Chord | None:
        """What both sound together just now."""
        return self._chord.chord

    @property
    def phrase_end_beats(self) -> float | None:
        """Where the human's last whole phrase ended."""
        return self._phrase.last_end_beats

    def phrase_over(self, beats: float) -> float:
        """How likely, 0..1, the human's phrase is over if nothing more is heard by now."""
        self._phrase.look(beats)
        return self._phrase.confidence

    def hear(self, onset: Onset, held: list[int], seconds: float) -> None:
        """A note begins while these pitches sound, at an instant."""
        if onset.part == "drums":
            return
        if onset.human:
            # The agent's own notes must not argue it into a key of its own.
            self._key.hear(onset.beats, onset.pitch)
            self._phrase.hear(onset.beats, onset.pitch, self.key[0])
            self._human_onsets = [(b, v) for b, v in self._human_onsets[-63:] if onset.beats - b < 4.0]
            self._human_onsets.append((onset.beats, onset.velocity))
        if onset.human or onset.part == "lead":
            self.motifs.hear(onset.beats, onset.pitch, onset.human)
        self.mood.hear(seconds, onset.pitch, onset.velocity, held, (self.key, self._key.major))
        self._chord.hear(onset.beats, onset.pitch, held, self.key if self.key_confidence > KEY_SURE_ENOUGH else None)

    def lift(self, beats: float, pitch: int) -> None:
        """A key of the human's comes up."""
        self._phrase.lift(beats, pitch)

    def chroma(self) -> list[float]:
        """Twelve pitch classes, 0..1."""
        return self._key.chroma()

    def density(self, beats: float) -> float:
        """The human's notes a beat over the last four beats, on a scale where 1 is eight a beat."""
        return min(sum(beats - b < 4.0 for b, _ in self._human_onsets) / 32.0, 1.0)

    def energy(self, beats: float) -> float:
        """The human's mean velocity over the last four beats, 0..1."""
        recent = [v for b, v in self._human_onsets if beats - b < 4.0]
        return sum(recent) / (127.0 * len(recent)) if recent else 0.0
