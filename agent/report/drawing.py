"""Pictures as SVG text: no script, no font and no address of anything outside the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

PIXELS_A_SECOND, ROW = 24.0, 4.0
LEFT = 34.0
"""Room for the names of octaves."""

Bar = tuple[float, float, int]
"""Begin and end in seconds, pitch."""


def strokes(bars: Iterable[Bar], top: int, colour: str, extra: str = "") -> str:
    """Notes of one voice as a single path."""
    steps = []
    for begin, end, pitch in bars:
        length = max((end - begin) * PIXELS_A_SECOND, 1.5)
        steps.append(f"M{x(begin):.1f} {y(pitch, top):.1f}h{length:.1f}")
    return f'<path d="{"".join(steps)}" stroke="{colour}" stroke-width="{ROW - 0.8}" fill="none" {extra}/>' if steps else ""


def x(seconds: float) -> float:
    """Where an instant lies."""
    return LEFT + seconds * PIXELS_A_SECOND


def y(pitch: int, top: int) -> float:
    """Where a pitch lies, below the strip of chords."""
    return 30.0 + (top - pitch + 0.5) * ROW


def octaves(low: int, top: int, width: float) -> str:
    """A line at each C."""
    lines = []
    for pitch in range(low, top + 1):
        if pitch % 12 == 0:
            at = y(pitch, top) + ROW / 2
            lines.append(f'<path d="M{LEFT} {at:.1f}H{width:.0f}" class="line"/>')
            lines.append(f'<text x="2" y="{at:.1f}" class="small">C{pitch // 12 - 1}</text>')
    return "".join(lines)


def words(changes: Sequence[tuple[float, str]], height: float, end_seconds: float, narrowest: float = 22.0) -> str:
    """Names where they begin to hold; those that have no room are left out."""
    told, last = [], -1e9
    for seconds, name in changes:
        if seconds <= end_seconds and x(seconds) - last >= narrowest:
            last = x(seconds)
            told.append(f'<text x="{last:.1f}" y="{height}" class="small">{escape(name)}</text>')
    return "".join(told)


def curve(points: Sequence[tuple[float, float]], high: float, height: float, colour: str) -> str:
    """A line through values that hold until the next, from 0 at the bottom to `high` at the top."""
    if not points:
        return ""
    steps = [
        f"{'M' if number == 0 else 'L'}{x(seconds):.1f} {height - min(value / high, 1.0) * (height - 4.0):.1f}"
        for number, (seconds, value) in enumerate(points)
    ]
    return f'<path d="{"".join(steps)}" stroke="{colour}" stroke-width="1.5" fill="none"/>'


def histogram(labels: Sequence[str], counts: Sequence[int], colour: str) -> str:
    """Bars with their numbers."""
    most, width = max([*counts, 1]), 34.0
    parts = []
    for place, (label, count) in enumerate(zip(labels, counts, strict=True)):
        tall = 90.0 * count / most
        parts.append(f'<rect x="{place * width + 3:.0f}" y="{104 - tall:.1f}" width="28" height="{tall:.1f}" fill="{colour}"/>')
        parts.append(f'<text x="{place * width + 17:.0f}" y="{100 - tall:.1f}" class="small mid">{count or ""}</text>')
        parts.append(f'<text x="{place * width + 17:.0f}" y="118" class="small mid">{escape(label)}</text>')
    return svg("".join(parts), len(labels) * width + 6, 124)


def svg(inside: str, width: float, height: float) -> str:
    """A picture that may be wider than the screen: it is pushed sideways with a finger."""
    return f'<div class="wide"><svg width="{width:.0f}" height="{height:.0f}" role="img">{inside}</svg></div>'
