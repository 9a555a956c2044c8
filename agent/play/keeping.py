"""What was played in the last bars, for a file. Runs on the loop; whoever writes it does so elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from models.music import Note

if TYPE_CHECKING:
    from agent.play.session import Session

KEPT_BARS = 16
Kept = dict[str, list[Note]]
"""Track → notes, in beats from the first kept bar line: `human`, and `agent:` with each part."""


def last_bars(session: Session) -> tuple[Kept, int]:
    """Both players' notes since the bar line sixteen bars ago, and how many bars that is: who asks in the first half of a bar
    still means the bars before it."""
    bar = session.metre.beats_per_bar
    line = session.now.beats - session.metre.beat_in_bar(session.now.beats)
    first = max(line - KEPT_BARS * bar, 0.0)
    tracks = by_track(note for note in session.agent_notes if note.onset_beats >= first)
    human = [note for note in session.human_notes if note.onset_beats >= first]
    tracks = ({"human": human} if human else {}) | tracks
    kept = {name: [_kept(note, first, session.now.beats) for note in notes] for name, notes in tracks.items()}
    return kept, max(round((session.now.beats - first) / bar), 1)


def by_track(notes: Iterable[Note]) -> Kept:
    """The agent's notes, a track for each part."""
    tracks: Kept = {}
    for note in notes:
        tracks.setdefault(f"agent:{note.part}", []).append(note)
    return tracks


def _kept(note: Note, first_beats: float, now_beats: float) -> Note:
    """In beats from the first bar line; what still sounds is kept as far as it has been heard."""
    length_beats = min(note.length_beats, max(now_beats - note.onset_beats, 0.0))
    return replace(note, onset_beats=note.onset_beats - first_beats, length_beats=length_beats)
