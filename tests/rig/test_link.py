"""Antiphon sits down in a Link session with strangers, next door or beside it: one tempo, one beat, one bar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.link_room import LinkRoom, agrees, assert_together

BLINK_LOOKS = 15
SETTLED_LOOKS = 80
"""Whose session is older sets the tempo; Link tosses a coin between two that began within half a second."""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[LinkRoom]:
    """Nobody is there yet."""
    room = LinkRoom(tmp_path)
    yield room
    room.close()


def test_a_session_is_joined_followed_and_left_without_losing_the_beat(room: LinkRoom) -> None:
    stranger = room.stranger(120.0, next_door=True)
    room.wait_for(lambda: len(stranger.looks()) > SETTLED_LOOKS, "the stranger to sit down")
    ours = room.antiphon(100.0)
    room.wait_for(lambda: agrees(ours, 120.0), "Antiphon to take up the tempo")
    assert_together(ours, stranger, seconds=2.0)
    stranger.tell("tempo 133")
    assert room.wait_for(lambda: agrees(ours, 133.0), "the new tempo") < 3.0
    assert_together(ours, stranger, seconds=2.0)
    for order, running in (("play", "1"), ("stop", "0"), ("play", "1")):
        stranger.tell(order)
        seen = len(stranger.looks())  # we run until somebody has stopped, and a blink would show us nothing of a start
        room.wait_for(lambda seen=seen: len(stranger.looks()) > seen + BLINK_LOOKS, "a moment to pass")
        room.wait_for(lambda running=running: ours.looks()[-1].rest[1] == running, order)
    stranger.leave()
    room.wait_for(lambda: agrees(ours, 133.0, "internal"), "Antiphon to go on alone")
