"""Public-domain tunes for the demo: a melody, and what is known about playing it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.midi_file import read_midi
from models.music import Note

FOLDER = Path(__file__).parent
TUNES = {
    "ode_to_joy": "Ode to Joy, Ludwig van Beethoven, 1824",
    "all_through_the_night": "All Through the Night (Ar Hyd y Nos), Welsh air, before 1784",
}
"""File name → title. The first is the demo's own."""
PHRASE_BEATS = 8.0


class UnknownTune(ValueError):
    """There is no such tune; the sentence names those there are."""


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody in phrases of two bars."""

    name: str
    title: str
    bpm: float
    beats_per_bar: int
    notes: tuple[Note, ...]

    @property
    def phrases(self) -> list[list[Note]]:
        """The melody cut into phrases, each with onsets counted from the phrase's own beginning."""
        cut: dict[int, list[Note]] = {}
        for note in self.notes:
            number = int(note.onset_beats // PHRASE_BEATS)
            begins = note.onset_beats - number * PHRASE_BEATS
            cut.setdefault(number, []).append(Note(begins, note.length_beats, note.pitch, note.velocity, note.part))
        return [cut[number] for number in sorted(cut)]


def load_tune(name: str) -> Tune:
    """A bundled tune by its name. Raises UnknownTune."""
    if name not in TUNES:
        raise UnknownTune(f"unknown tune {name!r}; there are: {', '.join(TUNES)}")
    score = read_midi(FOLDER / f"{name}.mid")
    return Tune(name, TUNES[name], round(score.tempo.bpm, 1), score.metre.beats_per_bar, tuple(score.notes))
