"""OSC address patterns name what they should, and never take long about it."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.show.cues import IN, matching
from agent.show.pattern import MOST_WILD, is_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "named", "not_named"),
    [
        ("/ctl/te*", ["/ctl/te", "/ctl/tempo"], ["/ctl/tap", "/ctl/te/mpo"]),
        ("/*/mute", ["/bass/mute", "//mute"], ["/a/b/mute"]),
        ("/ctl/t?p", ["/ctl/tap", "/ctl/top"], ["/ctl/tp", "/ctl/t/p", "/ctl/taps"]),
        ("/[a-c]x", ["/ax", "/bx", "/cx"], ["/dx", "/-x", "/x"]),
        ("/[!a-c]x", ["/dx"], ["/ax", "//x"]),
        ("/[a-]", ["/a", "/-"], ["/b"]),
        ("/{lead,bass}/level", ["/lead/level", "/bass/level"], ["/comp/level", "/leadbass/level"]),
        ("/{le,}ad", ["/lead", "/ad"], ["/leadad"]),
        ("*", ["abc", ""], ["/abc"]),
    ],
)
def test_a_pattern_names_what_it_should(pattern: str, named: list[str], not_named: list[str]) -> None:
    assert [address for address in named if not matches(pattern, address)] == []
    assert [address for address in not_named if matches(pattern, address)] == []


@pytest.mark.parametrize("pattern", ["/[abc", "/{lead,bass", "/ctl/" + "*" * (MOST_WILD + 1), "/" + "*a" * 60])
def test_a_pattern_that_is_broken_or_endless_names_nothing(pattern: str) -> None:
    assert matching(pattern) == []


@given(st.text(alphabet="abct/*?[]{}!-,l", max_size=100))
def test_any_text_is_answered(pattern: str) -> None:
    assert isinstance(matches(pattern, "/ctl/tempo"), bool)


@given(st.sampled_from(sorted(IN)), st.data())
def test_whatever_is_put_for_a_sign_still_names_it(address: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(address) - 1).filter(lambda place: address[place] != "/"))
    for sign in ("?", "*", f"[{address[at]}]", f"{{xy,{address[at]}}}"):
        pattern = address[:at] + sign + address[at + 1 :]
        assert is_pattern(pattern) and IN[address] in matching(pattern)


def test_the_worst_pattern_is_answered_soon() -> None:
    worst = ["/ctl/*[a-z]*[a-z]*[a-z]*[a-z]" + "x" * n for n in range(20)] + [
        "/{,,,,,,,,,,,,,,,,,,,,,,,,,,,}*?*?*?*" + "y" * n for n in range(20)
    ]
    began = process_time()
    for pattern in worst:
        matching(pattern)
    assert process_time() - began < 4.0  # a tenth of a second each, on a slow machine; a few milliseconds on any other
