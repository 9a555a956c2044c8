"""What hypothesis draws from: notes, events, cues and whole evenings, sensible and absurd."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from agent.items import Clocked, Cue, Heard, Item, MindNews, Phrase, PortNews, Shared, Trouble
from agent.play.modes import MODES
from agent.show.cues import IN
from models.music import PARTS, Control, Note, NoteOff, NoteOn
from tests.stage import BASS, KEYS, OUT

FEW_PITCHES = st.integers(58, 62)
"""So few that keys collide."""
BEATS = st.sampled_from((0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0))
"""A coarse grid rather than any float: hypothesis likes floats so small or so large that nothing would ever meet."""
LENGTHS = st.sampled_from((0.0, 0.01, 0.25, 0.5, 1.0, 3.0))
SANE_NOTES = st.builds(Note, BEATS, LENGTHS, FEW_PITCHES, st.integers(1, 127), st.sampled_from(PARTS))
ABSURD_NOTES = st.builds(
    Note,
    st.one_of(BEATS, st.floats(), st.just(1e300)),
    st.one_of(BEATS, st.floats(), st.just(-1.0)),
    st.one_of(FEW_PITCHES, st.integers()),
    st.one_of(st.integers(1, 127), st.integers()),
    st.one_of(st.sampled_from(PARTS), st.text(max_size=4)),
)


THEME = [f"C4 at {at} for 0.2" for at in (0.1, 0.4, 0.7, 1.0, 3.1, 3.4, 3.7, 4.0)]
"""Besides the nonsense somebody plays a tune with a breath in it, so that there is something to answer."""


def mostly(*weighted: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """One of several, the first number saying how often; `one_of` would take each as often as any other."""
    every = [strategy for times, strategy in weighted for _ in range(times)]
    return st.integers(0, len(every) - 1).flatmap(every.__getitem__)


NOTES = mostly((4, SANE_NOTES), (1, ABSURD_NOTES))

EVENTS = st.one_of(
    st.builds(NoteOn, FEW_PITCHES, st.integers(1, 127), st.integers(0, 1)),
    st.builds(NoteOff, FEW_PITCHES, st.integers(0, 1)),
    st.builds(Control, st.sampled_from((1, 64)), st.integers(0, 127), st.integers(0, 1)),
)
SIGNS = st.sampled_from(("tick", "tick", "tick", "start", "stop", "continue", "position"))
PRESSES = st.builds(NoteOn, FEW_PITCHES, st.integers(1, 127))
PHRASES = st.lists(NOTES, max_size=4).map(tuple)
ARGUMENTS = st.one_of(
    st.integers(-2, 300), st.floats(), st.text(max_size=6), st.sampled_from((*sorted(MODES), "beat", "bar", "| Dm7 | G7 C |"))
)


def items(until_s: float) -> st.SearchStrategy[Item]:
    """Anything that may happen to a session in its first seconds."""
    seconds = st.integers(0, int(until_s * 20)).map(lambda twentieth: twentieth / 20)
    told = st.lists(ARGUMENTS, max_size=2).map(tuple)
    return mostly(
        (5, st.builds(Heard, seconds, st.just(KEYS), PRESSES)),
        (5, st.builds(Heard, seconds, st.sampled_from((KEYS, "pads")), EVENTS)),
        (2, st.builds(Cue, seconds, st.sampled_from(sorted(IN)), told)),
        (1, st.builds(Cue, seconds, st.just("/ctl/mode"), st.sampled_from(sorted(MODES)).map(lambda name: (name,)))),
        (1, st.builds(Cue, seconds, st.just("/ctl/tempo"), st.integers(10, 400).map(lambda bpm: (float(bpm),)))),
        (2, st.builds(Phrase, seconds, st.integers(0, 12), st.just("plan"), PHRASES, st.booleans())),
        (1, st.builds(PortNews, seconds, st.sampled_from((OUT, BASS)), st.just("out"), st.booleans())),
        (1, st.builds(PortNews, seconds, st.just(KEYS), st.just("in"), st.booleans())),
        (1, st.builds(MindNews, seconds, st.booleans(), st.just("worker"))),
        (4, st.builds(Clocked, seconds, st.sampled_from((KEYS, "pads")), SIGNS, st.integers(0, 0x3FFF))),
        (1, st.builds(Shared, seconds, st.floats(-1e6, 1e6), st.floats(20.0, 999.0), st.integers(0, 2), st.booleans())),
        (1, st.builds(Trouble, seconds, st.text(max_size=10))),
    )


def evenings(until_s: float = 6.0, fewest_items: int = 0, most_items: int = 25) -> st.SearchStrategy[list[Item]]:
    """A list of things that happen, in any order on paper."""
    return st.lists(items(until_s), min_size=fewest_items, max_size=most_items)
