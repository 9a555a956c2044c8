"""The protocol as people read it: the table of cues for the README, made from the table that is the protocol."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from agent.show.cues import CUES, CueRow


def markdown() -> str:
    """Every address with its arguments (name and OSC type) and its meaning, out first, as two Markdown tables."""
    out = [row for row in CUES if row.direction == "out"]
    into = [row for row in CUES if row.direction == "in"]
    return f"{_table('from Antiphon', out)}\n{_table('to Antiphon', into)}"


def _table(title: str, rows: Iterable[CueRow]) -> str:
    lines = [f"| {title} | arguments | meaning |", "| --- | --- | --- |"]
    # Addresses that say the same of different voices share a line.
    for (_, arguments, meaning), alike in groupby(sorted(rows, key=_alike), key=_alike):
        addresses = "<br>".join(f"`{row.address}`" for row in alike)
        lines.append(f"| {addresses} | {arguments} | {meaning} |")
    return "\n".join(lines) + "\n"


def _alike(row: CueRow) -> tuple[int, str, str]:
    first = next(number for number, other in enumerate(CUES) if _words(other) == _words(row))
    return first, *_words(row)


def _words(row: CueRow) -> tuple[str, str]:
    arguments = ", ".join(f"{name} `{kind}`" for name, kind in zip(row.names.split(), row.types, strict=True))
    allowed = (
        f" ({row.low:g} to {row.high:g})" if row.direction == "in" and row.low is not None and row.high is not None else ""
    )
    return arguments, row.meaning + allowed
