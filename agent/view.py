"""What the musicians see on their terminal: both hands on a rolling piano roll, chord, beat, turn, latency.

Lives in the supervisor's process and draws from snapshots, so that no picture ever delays a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from math import ceil, floor
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

Snapshot = dict[str, Any]

COLUMN_SECONDS = 0.125
AHEAD_SHARE = 0.25
"""This much of the roll's width shows what the agent means to play."""
PICTURES_PER_SECOND = 10
STATUS_EVERY_SECONDS = 2.0
FEWEST_ROWS, MOST_ROWS = 8, 30
FEWEST_COLUMNS = 40

MARKS = {"human": ("●", "━"), "agent": ("◆", "┄"), "planned": ("◇", "·")}
"""Who → how a note begins and how it goes on: told apart without colour, too."""
COLOURS = {"human": "bold bright_cyan", "agent": "bold bright_magenta", "planned": "magenta", "now": "bright_black"}
HEALTH = ("ok", "degraded", "fallback plays")
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


class Screen(Protocol):
    """Something that shows snapshots while it is open."""

    def show(self, snapshot: Snapshot) -> None:
        """Take in one picture of the session."""

    def say(self, sentence: str) -> None:
        """Tell something that is worth keeping in sight."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End."""


class Roll:
    """The last seconds of both hands, remembered column by column."""

    def __init__(self) -> None:
        self._columns: dict[int, dict[int, tuple[str, bool]]] = {}
        self._down: set[tuple[str, int]] = set()
        self._now = 0
        self._planned: list[tuple[Any, ...]] = []  # dt and length in seconds, pitch, and more
        self._pitches = (48, 83)

    def take(self, snapshot: Snapshot) -> None:
        """Add what sounds in this snapshot; what is planned is drawn anew each time."""
        self._now = floor(snapshot["now"] / COLUMN_SECONDS)
        self._planned = [tuple(note) for note in snapshot["planned"]]
        held = {("human", pitch) for pitch in snapshot["held"]["human"]}
        held |= {("agent", pitch) for pitches in snapshot["held"]["agent"].values() for pitch in pitches}
        column = self._columns.setdefault(self._now, {})
        for who, pitch in sorted(held):  # the human is written last and wins where both play one pitch
            begins = (who, pitch) not in self._down
            if who == "human" or pitch not in column or column[pitch][0] == "agent":
                column[pitch] = (who, begins or column.get(pitch, ("", False)) == (who, True))
        self._down = held
        self._columns = {at: notes for at, notes in self._columns.items() if at > self._now - 400}

    def lines(self, width: int, rows: int) -> list[Text]:
        """The picture: high notes on top, the past to the left of the now-line, plans to its right."""
        past = max(floor((width - 5) * (1.0 - AHEAD_SHARE)), 1)
        first = self._now - past + 1
        cells = self._cells(first, width - 5)
        low, step, rows = self._range((pitch for _, pitch in cells), rows)
        lines = []
        for row in range(rows - 1, -1, -1):
            pitches = range(low + row * step, low + (row + 1) * step)
            line = Text(self._label(pitches), style="bright_black", no_wrap=True)
            marks = [self._mark(cells, column, pitches) for column in range(width - 5)]
            marks[past] = marks[past] if marks[past][0] != " " else ("│", COLOURS["now"])
            for style, run in groupby(marks, key=lambda mark: mark[1]):
                line.append("".join(mark for mark, _ in run), style)
            lines.append(line)
        return lines

    def _cells(self, first: int, width: int) -> dict[tuple[int, int], tuple[str, bool]]:
        cells: dict[tuple[int, int], tuple[str, bool]] = {}
        for dt_seconds, length_seconds, pitch, *_ in self._planned:
            begin = self._now - first + 1 + max(floor(dt_seconds / COLUMN_SECONDS), 0)
            for column in range(begin, min(begin + max(ceil(length_seconds / COLUMN_SECONDS), 1), width)):
                cells[column, pitch] = ("planned", column == begin)
        for at, notes in self._columns.items():
            if first <= at <= self._now:
                cells |= {(at - first, pitch): mark for pitch, mark in notes.items()}
        return cells

    def _range(self, pitches: Iterable[int], rows: int) -> tuple[int, int, int]:
        seen = [*pitches, *self._pitches]
        # Only ever wider, by octaves: a picture that jumps cannot be read.
        self._pitches = (min(seen) // 12 * 12, ceil((max(seen) + 1) / 12) * 12 - 1)
        low, high = self._pitches
        step = max(ceil((high - low + 1) / rows), 1)
        return low, step, ceil((high - low + 1) / step)

    def _mark(self, cells: dict[tuple[int, int], tuple[str, bool]], column: int, pitches: range) -> tuple[str, str]:
        there = [cells[column, pitch] for pitch in pitches if (column, pitch) in cells]
        for who in ("human", "agent", "planned") if there else ():
            found = [begins for player, begins in there if player == who]
            if found:
                return MARKS[who][0 if any(found) else 1], COLOURS[who]
        return " ", ""

    def _label(self, pitches: range) -> str:
        octave = next((pitch for pitch in pitches if pitch % 12 == 0), None)
        return "     " if octave is None else f"C{octave // 12 - 1}".ljust(4) + " "


class TerminalView:
    """The live picture. Use it as a context; `show` only remembers, a thread of rich's draws."""

    def __init__(self, title: str, console: Console | None = None) -> None:
        self._title = title
        self._told = ""
        self._roll = Roll()
        self._snapshot: Snapshot | None = None
        self._live = Live(self, console=console, refresh_per_second=PICTURES_PER_SECOND, screen=False, transient=False)

    def show(self, snapshot: Snapshot) -> None:
        """Take in one picture of the session."""
        self._roll.take(snapshot)
        self._snapshot = snapshot

    def say(self, sentence: str) -> None:
        """Put a sentence under the picture."""
        self._told = sentence

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the last picture standing."""
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The picture at the terminal's present size."""
        if self._snapshot is None:
            yield Panel(Text("taking the stage …", style="italic"), title=self._title)
            return
        width = max(options.max_width - 4, FEWEST_COLUMNS)
        rows = min(max(options.size.height - 9, FEWEST_ROWS), MOST_ROWS)
        body = Group(_header(self._snapshot), *self._roll.lines(width, rows), *_footer(self._snapshot))
        yield Panel(body, title=self._title, subtitle=self._told, border_style="bright_black")


class StatusLines:
    """One plain line now and then, for logs and for machines without a screen."""

    def __init__(self, say: Callable[[str], None], every_seconds: float = STATUS_EVERY_SECONDS) -> None:
        self._say, self._every_seconds = say, every_seconds
        self._next_seconds = 0.0
        self._error = ""

    def show(self, snapshot: Snapshot) -> None:
        """Say where the music is, if it is time to, and any new trouble at once."""
        if snapshot["error"] != self._error:
            self._error = snapshot["error"]
            self._say(f"{snapshot['now']:7.1f} s  ! {self._error}")
        if snapshot["now"] >= self._next_seconds:
            self._next_seconds = snapshot["now"] + self._every_seconds
            self._say(status_line(snapshot))

    def say(self, sentence: str) -> None:
        """Say it."""
        self._say(sentence)

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing to tidy."""


def status_line(snapshot: Snapshot) -> str:
    """A snapshot in one line of plain text."""
    counts = snapshot["counts"]
    agent = sorted(pitch for pitches in snapshot["held"]["agent"].values() for pitch in pitches)
    return "  ".join(
        (
            f"{snapshot['now']:7.1f} s",
            f"{_mode(snapshot)}/{snapshot['turn']}",
            f"{snapshot['bpm']:.0f} bpm beat {floor(snapshot['beat_in_bar']) + 1}",
            f"{snapshot['key']} {snapshot['chord'] or '-'}",
            f"you {_keys(snapshot['held']['human'])} agent {_keys(agent)}",
            f"notes {counts['human']}+{counts['agent']}",
            f"late p99 {snapshot['late_ms']['p99']:.1f} ms",
            HEALTH[snapshot["health"]],
        )
    )


def pitch_name(pitch: int) -> str:
    """A pitch as players write it, middle C being C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def _keys(pitches: list[int]) -> str:
    return " ".join(map(pitch_name, pitches[:6])) or "-"


def _header(snapshot: Snapshot) -> Text:
    beat = floor(snapshot["beat_in_bar"])
    line = Text(no_wrap=True, overflow="ellipsis")
    for number in range(snapshot["beats_per_bar"]):
        line.append("■ " if number == beat else "□ ", "bold yellow" if number == beat else "bright_black")
    line.append(f"{snapshot['bpm']:5.1f} bpm   ")
    # Padded, so that nothing jumps when a chord's name is longer than the last one's.
    for label, value, width in (
        ("chord", snapshot["chord"] or "-", 9),
        ("key", snapshot["key"], 9),
        ("mode", _mode(snapshot), 14),
    ):
        line.append(f"{label} ", "bright_black").append(f"{value:<{width}}", "bold yellow" if label == "chord" else "")
    return line.append("turn ", "bright_black").append(_turn(snapshot["turn"]), "bold")


def _mode(snapshot: Snapshot) -> str:
    """`solo`, or, where it chose that itself, `auto:solo`."""
    chosen = snapshot["why"].partition(":")[0]
    return f"{snapshot['mode']}:{chosen}" if chosen and snapshot["mode"] == "auto" else str(snapshot["mode"])


def _turn(state: str) -> str:
    return {"listen": "yours", "think": "mine", "play": "mine", "together": "both"}.get(state, state)


def _footer(snapshot: Snapshot) -> list[Text]:
    late, counts, health = snapshot["late_ms"], snapshot["counts"], snapshot["health"]
    legend = Text(no_wrap=True, overflow="ellipsis")
    for who, words in (("human", f"you {counts['human']}"), ("agent", f"Antiphon {counts['agent']}"), ("planned", "planned")):
        legend.append(f"{MARKS[who][0]}{MARKS[who][1]}{MARKS[who][1]} {words}   ", COLOURS[who])
    legend.append(f"{snapshot['now']:.0f} s", "bright_black")
    line = Text.assemble(
        ("late ", "bright_black"),
        f"p50 {late['p50']:.2f}  p95 {late['p95']:.2f}  p99 {late['p99']:.2f}  max {late['max']:.2f} ms   ",
        ("model ", "bright_black"),
        (HEALTH[health], "green" if health == 0 else "bold red"),
        no_wrap=True,
        overflow="ellipsis",
    )
    return [legend, line, Text(snapshot["error"], style="red", no_wrap=True, overflow="ellipsis")]
