"""The desk: knobs turn within their range, and what is no number turns nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.items import Cue
from agent.play.controls import Controls
from agent.show.cues import IN
from models.music import Knobs
from tests.stage import Stage

FIELDS = {"/ctl/register": "height"}
KNOBS = [
    row for row in IN.values() if row.address.startswith("/ctl/") and hasattr(Knobs(), row.address[5:]) and row.types == "f"
]


def turned(address: str, *args: object) -> Knobs:
    controls = Controls(Knobs())
    controls.take(Cue(0.0, address, args))  # type: ignore[arg-type]
    return controls.knobs


@pytest.mark.parametrize("row", KNOBS, ids=lambda row: row.address)
def test_every_knob_turns_and_stops_at_its_ends(row) -> None:
    name = FIELDS.get(row.address, row.address.rpartition("/")[2])
    assert row.low is not None and row.high is not None
    assert getattr(turned(row.address, -1e9), name) == row.low
    assert getattr(turned(row.address, 1e9), name) == row.high
    assert getattr(turned(row.address, 10**400), name) == row.high


@pytest.mark.parametrize("row", KNOBS, ids=lambda row: row.address)
@pytest.mark.parametrize("args", [(), ("loud",), (float("nan"),), (float("inf"),), (0.5, "x")])
def test_what_is_no_number_turns_nothing(row, args: tuple[object, ...]) -> None:
    assert turned(row.address, *args) == Knobs()


def test_a_key_is_held_until_minus_one_lets_it_go() -> None:
    assert turned("/ctl/key", 9, 1).key == (9, 1)
    assert turned("/ctl/key", 99, 0).key == (11, 0)
    assert turned("/ctl/key", -1, 0).key is None
    assert turned("/ctl/key", 9) == Knobs()


def test_a_wildcard_turns_every_knob_it_names() -> None:
    knobs = turned("/ctl/{}*".replace("{}", "key_str"), 0.25)
    assert knobs == replace(Knobs(), key_strength=0.25)


def test_an_unknown_address_is_counted_and_changes_nothing() -> None:
    controls = Controls(Knobs())
    for address in ("/ctl/volume", "", "/", "ctl/mode", "/antiphon/ctl/mode", "/human/note", "/ctl/temperature/"):
        assert controls.take(Cue(0.0, address, (0.5,))) == []
    assert controls.knobs == Knobs() and controls.unknown == 7


ANYTHING = st.one_of(
    st.integers(), st.floats(), st.text(max_size=8), st.booleans(), st.none(), st.just(10**400), st.tuples(st.text(max_size=2))
)
ADDRESSES = st.one_of(st.sampled_from(sorted(IN)), st.from_regex(r"/(ctl|sys)/[a-z*?\[\]!-]{0,8}", fullmatch=True), st.text())


@given(st.lists(st.tuples(ADDRESSES, st.lists(ANYTHING, max_size=3)), max_size=6))
def test_no_cue_can_turn_a_knob_out_of_its_range(cues) -> None:
    controls = Controls(Knobs())
    for address, args in cues:
        controls.take(Cue(0.0, address, tuple(args)))
    for row in KNOBS:
        assert row.low <= getattr(controls.knobs, FIELDS.get(row.address, row.address.rpartition("/")[2])) <= row.high
    assert controls.knobs.key is None or (0 <= controls.knobs.key[0] <= 11 and controls.knobs.key[1] in (0, 1))


def test_a_knob_turned_on_stage_reaches_the_next_question(stage: Stage) -> None:
    asked: list[float] = []

    class Curious:
        def reset(self, seed: int) -> None: ...

        def hear(self, events) -> None: ...

        def play(self, ask):
            asked.append(ask.knobs.temperature)
            yield from ()

    stage.begin(mode="accompany", model=Curious())
    stage.hear("C4 at 0.1 for 0.2", "D4 at 0.9 for 0.2")
    stage.cue("/ctl/temperature", 1.5, at=0.7)
    stage.run(until_s=1.0)
    assert asked == [0.8, 0.8, 1.5]


def test_a_tempo_that_somebody_names_is_kept_and_shown(stage: Stage) -> None:
    stage.begin(mode="listen", sync="estimate")
    stage.cue("/ctl/tempo", 140, at=1.0)
    stage.hear(*(f"C4 at {1.5 + 0.6 * beat:.1f} for 0.1" for beat in range(20)))
    stage.run(until_s=15.0)
    assert stage.said("/clock/tempo", at=15.0) == 140.0
    assert stage.said("/clock/source", at=15.0) == "internal"


def test_ping_is_answered_and_refresh_says_every_state_again(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.cue("/sys/ping", at=0.5)
    stage.cue("/sys/refresh", at=0.6)
    stage.run(until_s=1.0)
    assert stage.cues("/sys/pong") == [(1,)]
    assert len(stage.cues("/sys/hello")) == 2
    assert [name for seconds, (name, _) in stage.messages if seconds == 0.6].count("/mode") == 1
