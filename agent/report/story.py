"""What happened in an evening, besides the notes: chords, keys, tempo, turns, and what was planned and then mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor

from agent.config import Config
from agent.export import HUMAN, Evening, Sounded, look_back
from agent.items import Phrase
from agent.listen.key import key_name
from agent.play.session import Session
from agent.recorder import Pass
from models.tempo import TempoMap

SAME_SECONDS = 0.06
"""A planned note and one that sounded this near to it are the same."""
KEY_SURE_ENOUGH = 0.5

Changes = list[tuple[float, str]]


@dataclass(slots=True)
class Story:
    """The evening and what went on in it, in seconds."""

    evening: Evening
    chords: Changes = field(default_factory=list)
    keys: Changes = field(default_factory=list)
    turns: Changes = field(default_factory=list)
    tempo: list[tuple[float, float]] = field(default_factory=list)
    echo: list[tuple[float, float]] = field(default_factory=list)
    beats: list[float] = field(default_factory=list)
    mended: list[tuple[float, float, int, str]] = field(default_factory=list)
    repairs: list[float] = field(default_factory=list)

    def watch(self, now: float, session: Session) -> None:
        """Look at the session after a pass."""
        ears, beat = session.listener, floor(session.now.beats)
        _note(self.chords, now, ears.chord.name if ears.chord else "")
        if ears.key_confidence > KEY_SURE_ENOUGH:
            _note(self.keys, now, key_name(ears.key))
        _note(self.turns, now, session.show.turn_state)
        if not self.beats or beat > self.beats[-1]:
            self.beats.append(beat)
            self.tempo.append((now, session.tempo.bpm))
            self.echo.append((now, ears.motifs.echo))


def tell(config: Config, passes: Sequence[Pass], tempo: TempoMap | None = None) -> Story:
    """Go through a recording once more and take down its story. `tempo` is the map of a rehearsal that followed its file."""
    story = Story(Evening([], TempoMap(config.clock.bpm), config))
    story.evening = look_back(config, passes, tempo, story.watch)
    answers = [one.item for one in passes if isinstance(one.item, Phrase)]
    story.mended = _mended(answers, story.evening)
    story.repairs = _repairs(answers)
    return story


def _note(changes: Changes, now: float, value: str) -> None:
    if value and (not changes or changes[-1][1] != value):
        changes.append((now, value))


def _mended(answers: Sequence[Phrase], evening: Evening) -> list[tuple[float, float, int, str]]:
    """Begin and end in seconds, pitch and part of each note that was planned and never sounded."""
    struck: dict[tuple[str, int], list[Sounded]] = defaultdict(list)
    for note in evening.sounded:
        struck[note.voice, note.pitch].append(note)
    gone = {}
    for answer in answers:
        for meant in answer.notes:
            begin = evening.tempo.seconds_at(meant.onset_beats)
            if not any(abs(one.seconds - begin) < SAME_SECONDS for one in struck[meant.part, meant.pitch]):
                end = evening.tempo.seconds_at(meant.end_beats)
                gone[round(begin, 2), meant.pitch, meant.part] = (begin, end, meant.pitch, meant.part)
    return sorted(gone.values())


def _repairs(answers: Sequence[Phrase]) -> list[float]:
    """When a new plan took the place of an old one that was not yet played out."""
    repairs, last = [], -1
    for answer in answers:
        if answer.ask_id != last:
            repairs.append(answer.seconds)
        last = answer.ask_id
    return repairs


def human_notes(story: Story) -> list[Sounded]:
    """What the player played."""
    return [note for note in story.evening.sounded if note.voice == HUMAN]
