"""What an evening's recordings hold, beside what was played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.items import Heard
from agent.recorder import read_passes
from models.music import NoteOn

ONE_INSTANT = 12
"""So many notes of one instant may stand in the recording in another order than on the cable."""


def missing(played: Sequence[object], recorded: Sequence[object]) -> int:
    """How many of what was played do not stand in the recording, in this order but for those of one instant."""
    left, at, lost = list(recorded), 0, 0
    for note in played:
        try:
            found = left.index(note, max(at - ONE_INSTANT, 0), at + 4000)
        except ValueError:
            lost += 1
            continue
        left[found] = None  # each stands for one
        at = max(at, found + 1)
    return lost


def recorded(folder: Path) -> tuple[list[tuple[int, int, int]], list[int]]:
    """What the evening's recordings hold, in order: the agent's onsets (channel, pitch, velocity) and the human's pitches."""
    agent: list[tuple[int, int, int]] = []
    human: list[int] = []
    for path in sorted(folder.glob("*.jsonl"), key=_order):
        for entry in read_passes(path):
            agent += [(s.event.channel, s.event.pitch, s.event.velocity) for s in entry.sent if isinstance(s.event, NoteOn)]
            if isinstance(entry.item, Heard) and isinstance(entry.item.event, NoteOn):
                human.append(entry.item.event.pitch)
    return agent, human


def _order(path: Path) -> tuple[str, int, int]:
    evening, _, rest = path.stem.partition("~")
    life, _, page = rest.partition(".")
    return evening, int(life or 0), int(page or 0)
