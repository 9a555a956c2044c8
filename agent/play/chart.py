"""A chord chart: one line of text a section, `| Dm7 | G7 | C^7 | % |`, with names as lead sheets and iReal write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import floor

from pychord import Chord
from pychord.utils import note_to_val

from models.music import Change, Metre

_NO_CHORD = Change(0.0, -1, ())
_NAME = re.compile(r"(?P<root>[A-G][b#]?)(?P<quality>[^/]*)(?:/(?P<bass>[A-G][b#]?))?")
_SECTION = re.compile(r"\s*(?:(?P<name>[^|:]{1,32}):)?\s*(?P<bars>\|.*\|)\s*")
_OTHER_SIGNS = {"♭": "b", "♯": "#", "Δ": "^", "△": "^", "−": "-", "–": "-", "°": "o", "ø": "h"}  # noqa: RUF001
_SAID_OTHERWISE = (
    (r"^(maj|Maj|ma|MA|MAJ|\^)", "M"),
    (r"^M$", "M7"),  # iReal's bare triangle
    (r"^(min|mi|MI|-)", "m"),
    (r"^m(\^|maj|Maj)7?", "mM7"),
    (r"^h7?", "m7-5"),
    (r"^o7", "dim7"),
    (r"^o", "dim"),
    (r"^\+", "aug"),
    (r"^aug7|^7\+$", "7+5"),
    (r"^alt|^7alt", "7+9"),
    (r"sus$", "sus4"),
    (r"^M6$", "6"),
    (r"[(),]", ""),
)
MOST_BARS = 256
HAIR_BEATS = 1e-6


class ChartError(ValueError):
    """A chart that cannot be read, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the chart: its name, and the chords of each bar, which share the bar evenly."""

    name: str
    bars: tuple[tuple[Change, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All sections in order; after the last comes the first again."""

    sections: tuple[Section, ...]
    text: str = ""  # as it was written

    @property
    def bars(self) -> list[tuple[Change, ...]]:
        """Every bar from the top."""
        return [bar for section in self.sections for bar in section.bars]

    @property
    def key(self) -> tuple[int, int] | None:
        """Home: where the chart ends, or, if it ends on a chord that leads back, where it begins."""
        named = [change for bar in self.bars for change in bar if change.root >= 0]
        if not named:
            return None
        home = named[-1] if not _leads_on(named[-1]) else named[0]
        return home.root, int(3 in home.tones)

    def first_bar(self, section: int) -> int:
        """The number of the bar on which a section begins."""
        return sum(len(earlier.bars) for earlier in self.sections[:section])


class Form:
    """Where we are in the chart. Runs on the loop."""

    def __init__(self, text: str = "") -> None:
        self.chart = read_chart(text)
        self._first_beat = 0.0  # where the top of the chart falls, this time or an earlier one

    @property
    def text(self) -> str:
        """The chart as it was written; empty without one."""
        return self.chart.text if self.chart else ""

    @property
    def state(self) -> tuple[Chart | None, float]:
        """All there is to it, to be put back one day."""
        return self.chart, self._first_beat

    def put_back(self, state: tuple[Chart | None, float]) -> None:
        """As it was then."""
        self.chart, self._first_beat = state

    def take(self, text: str, first_beat: float) -> None:
        """Put up another chart, whose top is at this beat; none with an empty text. Raises ChartError."""
        self.chart, self._first_beat = read_chart(text), first_beat

    def jump(self, section: int, beats: float, metre: Metre) -> None:
        """Let a section begin at this beat."""
        if self.chart is not None:
            section %= len(self.chart.sections)
            self._first_beat = beats - self.chart.first_bar(section) * metre.beats_per_bar

    def section(self, beats: float, metre: Metre) -> str:
        """The name of the section we are in; empty without a chart."""
        number, _ = self.place(beats, metre)
        return self.chart.sections[number].name if self.chart is not None and number >= 0 else ""

    def place(self, beats: float, metre: Metre) -> tuple[int, float]:
        """The number of the section we are in, counted from 0, and how far through it we are, 0..1; -1 without a chart."""
        if self.chart is None:
            return -1, 0.0
        bar = ((beats - self._first_beat) / metre.beats_per_bar + HAIR_BEATS) % len(self.chart.bars)
        number = next(n for n in range(len(self.chart.sections)) if bar < self.chart.first_bar(n + 1))
        return number, (bar - self.chart.first_bar(number)) / len(self.chart.sections[number].bars)

    def changes(self, start_beats: float, end_beats: float, metre: Metre) -> tuple[Change, ...]:
        """The chord in force at the start, and every change up to the end."""
        if self.chart is None:
            return ()
        bars, length = self.chart.bars, metre.beats_per_bar
        first = floor((start_beats - self._first_beat) / length + HAIR_BEATS)
        found: list[Change] = []
        bar = first
        while (top := self._first_beat + bar * length) < end_beats:
            chords = bars[bar % len(bars)]
            found += [Change(top + n * length / len(chords), c.root, c.tones) for n, c in enumerate(chords)]
            bar += 1
        begun = [change for change in found if change.beats <= start_beats + HAIR_BEATS]
        return (*begun[-1:], *(c for c in found if start_beats + HAIR_BEATS < c.beats < end_beats))


def read_chart(text: str) -> Chart | None:
    """A chart from its text, sections on lines of their own or between semicolons; None for no text. Raises ChartError."""
    lines = [line for line in re.split(r"[\n;]", text) if line.strip()]
    sections = tuple(_section(line, number) for number, line in enumerate(lines))
    if sum(len(section.bars) for section in sections) > MOST_BARS:
        raise ChartError(f"a chart has at most {MOST_BARS} bars")
    return Chart(sections, text) if sections else None


def _section(line: str, number: int) -> Section:
    found = _SECTION.fullmatch(line)
    if found is None:
        raise ChartError(f"{line.strip()[:40]!r} is no line of a chart; write it like A: | Dm7 | G7 | C^7 | % |")
    bars: list[tuple[Change, ...]] = []
    for bar in found["bars"].strip("| ").split("|"):
        if bar.strip() in ("%", ""):
            bars.append(bars[-1] if bars else (_NO_CHORD,))
        else:
            bars.append(tuple(chord_named(name) for name in bar.split()))
    return Section((found["name"] or chr(ord("A") + number % 26)).strip(), tuple(bars))


@cache
def chord_named(name: str) -> Change:
    """One chord by its name: `Dm7`, `D-7`, `Bb^7/D`, `F#ø`, `N.C.`. Raises ChartError."""
    if name in ("N.C.", "NC", "n"):
        return _NO_CHORD
    plain = "".join(_OTHER_SIGNS.get(sign, sign) for sign in name)
    found = _NAME.fullmatch(plain)
    quality = found["quality"] if found else ""
    for said, meant in _SAID_OTHERWISE:
        quality = re.sub(said, meant, quality)
    try:
        tones = Chord(f"C{quality}").components(visible=False) if found else []
    except ValueError:
        tones = []
    if not found or not tones:
        raise ChartError(f"{name[:20]!r} is no chord that I know; write it like Dm7, G7b9, C^7, F#h7, Bb/D or N.C.")
    return Change(0.0, note_to_val(found["root"]), tuple(dict.fromkeys(int(tone) % 12 for tone in tones)))


def _leads_on(change: Change) -> bool:
    return {4, 10} <= set(change.tones) or 5 in change.tones
