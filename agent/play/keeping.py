"""`keep`: what was played in the last bars, for a file. Runs on the loop; whoever writes it does so elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.music import Note

if TYPE_CHECKING:
    from agent.play.session import Session

KEPT_BARS = 16
Kept = dict[str, list[Note]]
"""Track → notes, in beats from the first kept bar line: `human`, and `agent:` with each part."""


def last_bars(session: Session) -> Kept:
    """Both players' notes since the bar line sixteen bars ago."""
    bar = session.metre.beats_per_bar
    line = session.now.beats - session.metre.beat_in_bar(session.now.beats)
    first = max(line - KEPT_BARS * bar, 0.0)
    tracks: Kept = {"human": [n for n in session.human_notes if n.onset_beats >= first]}
    for note in session.agent_notes:
        if note.onset_beats >= first:
            tracks.setdefault(f"agent:{note.part}", []).append(note)
    return {name: [_kept(note, first, session.now.beats) for note in notes] for name, notes in tracks.items() if notes}


def _kept(note: Note, first_beats: float, now_beats: float) -> Note:
    """In beats from the first bar line; what still sounds is kept as far as it has been heard."""
    length_beats = min(note.length_beats, max(now_beats - note.onset_beats, 0.0))
    return replace(note, onset_beats=note.onset_beats - first_beats, length_beats=length_beats)
