"""The table of cues is the protocol: what is said is in it, what is in it is understood, and README and patches agree."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

from agent.items import Cue, Heard, Insight, Item
from agent.play.controls import Controls
from agent.play.modes import MODES
from agent.ports.osc_out import pack
from agent.show import cue_table
from agent.show.cues import CUES, IN, OUT, STATE, CueRow, Message, matching
from models.music import PARTS, Control, Knobs
from tests.rubbish import THEME, evenings
from tests.stage import KEYS, Stage

ROOT = Path(__file__).parents[2]
WORDS = {
    "/ctl/solo": "bass",
    "/ctl/look": "loom",
    "/ctl/chart": "| C | G7 |",
    "/ctl/scale": "F# minor",
    "/ctl/style": "pop 2 hymn 1",
    "/ctl/words": "slow, dreamy",
}
"""What cues that want a word of their own are tried with."""
TYPES = {"i": int, "f": float, "s": str}
ADDRESS = re.compile(r"/antiphon(/[a-z_/0-9]*[a-z_0-9])")


def disagreements(messages: list[Message]) -> set[str]:
    """What was said otherwise than the table has it."""
    wrong = set()
    for address, args in messages:
        row = OUT.get(address) or IN.get(address)  # where a knob stands is said under its own name
        if row is None:
            wrong.add(f"{address} is not in the table")
        elif [type(value) for value in args] != [TYPES[kind] for kind in row.types]:
            wrong.add(f"{address} wants {row.types}, got {args}")
    return wrong


# The table itself.


@pytest.mark.parametrize("row", CUES, ids=lambda row: row.address)
def test_a_row_is_well_formed(row: CueRow) -> None:
    assert row.direction in ("out", "in")
    assert re.fullmatch(r"(/[a-z_0-9]+)+", row.address)
    assert set(row.types) <= set("ifs")
    assert len(row.names.split()) == len(row.types)
    assert row.meaning and not row.meaning.endswith(".")
    assert (row.low is None) == (row.high is None)
    assert row.low is None or row.high is None or row.low < row.high


def test_no_address_stands_twice() -> None:
    assert [address for address, count in Counter(row.address for row in CUES).items() if count > 1] == []


def test_the_order_of_modes_and_turns_is_that_of_the_table() -> None:
    assert list(MODES) == ["listen", "accompany", "call_response", "shadow", "together", "solo", "auto", "vary", "trade"]
    assert OUT["/turn/state"].meaning == "0 idle 1 listen 2 think 3 play 4 together 5 attract"


# What is said.


def test_an_evening_with_everything_in_it_says_only_what_the_table_has(stage: Stage) -> None:
    stage.begin(mode="accompany", model="drone", parts=("lead", "comp", "bass", "drums"), thru=True)
    stage.hear("C4 at 0.1 for 0.5", "E4 at 0.6 for 0.3", "G4 at 1.1 for 0.5", "C5 at 4.8 for 1.0", "E5 at 5.1 for 0.3")
    for address in ("/sys/ping", "/sys/refresh", "/ctl/mode"):
        stage.cue(address, *(["duett"] if address == "/ctl/mode" else []), at=2.0)
    stage.cue("/ctl/tempo", 63.0, at=5.7)
    stage.session.scenes, stage.session.keep = {"verse": stage.session.config}, lambda *bars: "kept.mid"
    stage.cue("/ctl/patch", "verse", at=5.8)
    stage.cue("/ctl/keep", at=5.9)
    stage.cue("/ctl/learn", "/ctl/density", at=5.8)
    stage.post(Heard(5.9, KEYS, Control(74, 64)))
    stage.pull(KEYS, at=6.0)
    stage.post(Insight(6.2, 0.5, 0.5, 0.5, 0.5, (0.5,) * 8))
    stage.worker(alive=False, at=6.5)
    stage.run(until_s=8.0)
    messages = [message for _, message in stage.messages]
    assert disagreements(messages) == set()
    assert set(OUT) - {address for address, _ in messages} == set()


@settings(max_examples=100)
@given(evenings())
def test_whatever_happens_only_what_the_table_has_is_said_and_all_of_it_can_be_sent(items: list[Item]) -> None:
    stage = Stage()
    stage.begin(mode="accompany", model="drone", sync="estimate")
    stage.hear(*THEME)
    for item in items:
        stage.post(item)
    stage.run(until_s=7.0)
    messages = [message for _, message in stage.messages]
    assert disagreements(messages) == set()
    counts: Counter[str] = Counter()
    for _ in pack("/antiphon", messages, counts):
        pass
    assert counts["unsayable"] == 0


def test_every_state_is_said_again_every_two_seconds_and_events_are_not(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.hear("C4 at 0.1 for 0.1")
    stage.run(until_s=9.0)
    said = Counter(address for seconds, (address, _) in stage.messages if seconds > 1.0)
    assert all(3 <= said[address] <= 5 for address in ("/mode", "/turn", "/text/key", "/clock/tempo", "/harmony/chroma/0"))
    assert said["/human/note"] == 0 and said["/sys/hello"] == 0


def test_needles_are_read_thirty_times_a_second_at_most(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.run(until_s=10.0)
    assert 290 <= len(stage.cues("/clock/beat")) <= 310
    assert len(stage.cues("/sys/heartbeat")) == 10
    assert all(OUT[address].rate_hz or address in STATE for address in STATE)


# What is understood.


@pytest.mark.parametrize("row", IN.values(), ids=lambda row: row.address)
def test_every_cue_to_us_is_taken(row: CueRow) -> None:
    controls = Controls(Knobs())
    example = {"i": 1, "f": 0.75, "s": WORDS.get(row.address, "listen")}
    requests = controls.take(Cue(0.0, row.address, tuple(example[kind] for kind in row.types)))
    assert controls.unknown == 0
    assert not [request for request in requests if request.startswith("?")]
    assert requests or controls.knobs != Knobs(), f"{row.address} turns nothing"


def test_a_wildcard_names_the_rows_it_matches() -> None:
    assert [row.address for row in matching("/ctl/key*")] == ["/ctl/key", "/ctl/key_strength"]
    assert matching("/sys/p?ng") == [IN["/sys/ping"]]
    assert matching("/*") == []
    assert len(matching("/ctl/*")) == len([address for address in IN if re.fullmatch("/ctl/[^/]+", address)])
    assert {row.address for row in matching("/ctl/role/*/mute")} == {f"/ctl/role/{part}/mute" for part in PARTS}
    assert {row.address for row in matching("/ctl/role/{lead,bass}/m[!a]te")} == {"/ctl/role/lead/mute", "/ctl/role/bass/mute"}


# README and patches.


def test_the_readme_has_the_table_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- cues -->\n")[2].partition("<!-- /cues -->")[0]
    assert shown == cue_table.markdown(), "put what agent.show.cue_table.markdown() says between the marks in README.md"


def test_the_table_for_people_has_every_address_once() -> None:
    shown = re.findall(r"`(/[^`]*)`", cue_table.markdown())
    assert sorted(shown) == sorted(row.address for row in CUES)


@pytest.mark.parametrize("path", sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "patches").rglob("*.*")))
def test_patches_and_their_manuals_name_only_addresses_of_the_table(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8", errors="ignore")
    known = {row.address for row in CUES}
    above = {address.rsplit("/", steps)[0] for address in known for steps in range(1, address.count("/"))}
    assert set(ADDRESS.findall(text)) - known - above == set()


# What comes back.


def test_where_a_knob_stands_is_said_when_it_turns_and_to_who_wanted_it_beyond_its_end(stage: Stage) -> None:
    stage.begin(mode="listen")
    stage.cue("/ctl/density", 0.8, at=1.05)
    stage.cue("/ctl/density", 7.0, at=3.05)
    stage.cue("/ctl/density", 9.0, at=5.05)
    stage.cue("/ctl/undo", 1, at=7.05)
    stage.run(until_s=7.9)
    said = [(seconds, args[0]) for seconds, (address, args) in stage.messages if address == "/ctl/density"]
    at_once = [value for seconds, value in said if 0.0 < seconds % 2.0 - 1.05 < 0.05]
    assert at_once == [0.8, 1.0, 1.0, 0.5]


def test_refresh_says_everything_again_however_often_it_is_asked_for(stage: Stage) -> None:
    stage.begin(mode="listen")
    for _ in range(500):
        stage.cue("/sys/refresh", at=1.01)
    stage.run(until_s=1.9)
    again = Counter(address for seconds, (address, _) in stage.messages if seconds > 1.0)
    assert again["/mode"] == 1 and again["/ctl/density"] == 1
