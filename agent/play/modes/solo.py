"""Solo: it plays alone for as long as you like, in sections of eight bars: A A B A, then another song. The knobs drive it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agent.play.mode import Intent, Plan, Turn, View, WakeAt
from models.music import Change, NoteOff, NoteOn

SECTION_BARS = 8
FORM = "AABA"
PICK_UP_BEATS = 1.5
"""Whoever comes in so late after a bar line begins with this bar: after a crash a bar of silence is long."""
MOST_ALIKE = 3
"""The same eight bars are never heard more often than this in a row."""
_STEPS = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
_FIFTH_STEP, _DOMINANT = 4, (0, 4, 7, 10)
_SONGS = (
    ((0, 5, 1, 4, 0, 5, 1, 4), (3, 4, 2, 5, 3, 4, 0, 4)),
    ((0, 0, 3, 3, 0, 5, 4, 4), (5, 5, 3, 3, 1, 1, 4, 4)),
    ((0, 4, 5, 2, 3, 0, 1, 4), (5, 2, 3, 0, 5, 2, 1, 4)),
)
"""Chords of A and of B, a bar each, as steps of the scale."""


class Solo:
    """The player in an empty gallery."""

    def __init__(self) -> None:
        self._first_beat = 0.0
        self._bar = 0
        self._last: tuple[tuple[float, int, str], ...] = ()
        self._alike = 1

    def begin(self, view: View) -> Iterable[Intent]:
        """Begin on the next bar line that the model can reach; a bar that has only just begun is not waited out."""
        bar, passed = view.metre.beats_per_bar, view.metre.beat_in_bar(view.now.beats)
        self._first_beat = view.now.beats - passed + (0 if passed < PICK_UP_BEATS else bar)
        return Turn(1.0, "attract"), *self._plan(view)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """Play on; the key that it plays in follows what it hears."""
        return ()

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """Half a bar before each bar, play on."""
        self._bar += 1
        if self._bar % SECTION_BARS == 0:
            self._listen_back(view)
        return self._plan(view)

    def _plan(self, view: View) -> Iterable[Intent]:
        bar = view.metre.beats_per_bar
        start_beats = self._first_beat + self._bar * bar
        wake = WakeAt("bar", beats=start_beats + bar / 2)
        section, in_section = divmod(self._bar, SECTION_BARS)
        letter = FORM[section % len(FORM)]
        # A breath before the next section; and whoever begins to repeat himself to death keeps silent for a bar.
        end_beats = start_beats + (bar if in_section < SECTION_BARS - 1 else bar - 1.0)
        if not view.parts or (self._alike >= MOST_ALIKE and in_section == 0):
            return (wake,)
        lift = 0.12 if letter == "B" else 0.0
        knobs = replace(view.knobs, density=min(view.knobs.density + lift, 1.0), energy=min(view.knobs.energy + lift, 1.0))
        parts = ("lead", *(part for part in view.parts if part != "lead"))
        return Plan(
            max(start_beats, view.now.beats + view.commit_beats), end_beats, parts, knobs, self._changes(view, start_beats)
        ), wake

    def _changes(self, view: View, start_beats: float) -> tuple[Change, ...]:
        section, in_section = divmod(self._bar, SECTION_BARS)
        chorus, place = divmod(section, len(FORM))
        step = _SONGS[chorus % len(_SONGS)][FORM[place % len(FORM)] == "B"][in_section]
        tonic, mode = view.key
        root, third, fifth = (_STEPS[mode][(step + up) % 7] for up in (0, 2, 4))
        tones = _DOMINANT if step == _FIFTH_STEP else (0, (third - root) % 12, (fifth - root) % 12)
        return (Change(start_beats, (tonic + root) % 12, tones),)

    def _listen_back(self, view: View) -> None:
        """Compare the section that ends with the one before."""
        bar = view.metre.beats_per_bar
        began = self._first_beat + (self._bar - SECTION_BARS) * bar
        notes = [n for n in view.agent_notes if began - 0.01 <= n.onset_beats < began + (SECTION_BARS - 1) * bar]
        played = tuple((round(n.onset_beats - began, 2), n.pitch, n.part) for n in notes)
        self._alike = self._alike + 1 if played and played == self._last else 1
        self._last = played
