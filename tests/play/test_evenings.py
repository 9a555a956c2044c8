"""Whole evenings of nonsense: keys, cues, answers, cables and workers in any order. The session neither hangs nor falls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.items import Item
from agent.performer import step
from agent.play.modes import MODES
from models.music import Ask, Note, Sounded
from tests.play.test_properties import assert_alternating
from tests.rubbish import NOTES, THEME, evenings
from tests.stage import Stage

EVENING_SECONDS = 6.0
RING_OUT_SECONDS = 10.0


class Scatterbrain:
    """A mind that plays notes from a list, wherever they lie."""

    def __init__(self, notes: Sequence[Note]) -> None:
        self._notes = notes
        self.heard: list[Sounded] = []

    def reset(self, seed: int) -> None:
        """Nothing to forget."""

    def hear(self, events: Sequence[Sounded]) -> None:
        """Keep what was told."""
        self.heard += events

    def play(self, ask: Ask) -> Iterator[Note]:
        """The list, each note counted from where the answer begins."""
        for note in self._notes:
            yield Note(ask.start_beats + note.onset_beats, note.length_beats, note.pitch, note.velocity, note.part)


def perform(stage: Stage, until_s: float) -> None:
    """The loop without its needles."""
    session = stage.session
    session.begin(0.0)
    while stage.clock.now() < until_s:
        due = session.next_due()
        item = stage.clock.wait(until_s if due is None else min(due, until_s))
        step(session, item, stage.clock.now())
    assert set(session.hands.ledger.sounding()) == stage.sounding()
    session.end(stage.clock.now())


SETTINGS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(sorted(MODES)),
        "latency_s": st.sampled_from((0.0, 0.05, 0.4, 3.0)),
        "sync": st.sampled_from(("internal", "estimate", "auto")),
        "thru": st.booleans(),
        "thru_channel": st.sampled_from((2, 16)),
        "breath_s": st.sampled_from((0.1, 0.5)),
        "parts": st.sampled_from((("comp",), ("bass", "comp"), ("lead", "comp", "bass", "drums"))),
        "bpm": st.integers(40, 200),
    }
)


@settings(max_examples=800)
@given(evenings(EVENING_SECONDS, fewest_items=5), st.lists(NOTES, min_size=1, max_size=6), SETTINGS)
def test_whatever_happens_nothing_hangs_and_nothing_raises(items: list[Item], notes: list[Note], how) -> None:
    stage, mind = Stage(), Scatterbrain(notes)
    stage.begin(model=mind, **how)
    stage.hear(*THEME)
    for item in items:
        stage.post(item)
    perform(stage, EVENING_SECONDS + RING_OUT_SECONDS)
    assert stage.sounding() == stage.outputs.pedals_down() == set()
    assert_alternating(stage.outputs.events)
    messages = stage.session.show.take(EVENING_SECONDS)
    assert not [args for address, args in messages if address == "/sys/error" and "fell back to listen" in str(args[0])]
    assert [args for address, args in messages if address == "/agent/held"][-1:] in ([], [(0,)])


@settings(max_examples=150)
@given(evenings(EVENING_SECONDS), SETTINGS)
def test_after_listen_and_panic_not_a_sound_is_made(items: list[Item], how) -> None:
    stage = Stage()
    stage.begin(model="drone", **how)
    for item in items:
        stage.post(item)
    stage.cue("/ctl/mode", "listen", at=EVENING_SECONDS + 0.1)
    stage.cue("/ctl/panic", 1, at=EVENING_SECONDS + 0.2)
    perform(stage, EVENING_SECONDS + 5.0)
    assert stage.outputs.events == [] or stage.outputs.events[-1][0] <= EVENING_SECONDS + 0.2
