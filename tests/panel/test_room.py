"""Who looks at the panel is told everything, and may ask only for what the cue table has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.show.panel.room import MOST_UNREAD, Guest, Refused, Room


class Performer:
    """Hears what the room asks for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.here = True

    def ask(self, kind: str, body: object) -> bool:
        """Note it down."""
        if self.here:
            self.asked.append((kind, body))
        return self.here


@pytest.fixture
def performer() -> Performer:
    return Performer()


@pytest.fixture
def room(performer: Performer) -> Room:
    return Room(performer.ask)


def told(guest: Guest) -> list[Any]:
    """Everything that a guest has been told since it was last asked."""
    texts = [guest.unread.get_nowait() for _ in range(guest.unread.qsize())]
    return [None if text is None else json.loads(text) for text in texts]


def test_a_page_that_opens_late_hears_every_state_and_no_old_note(room: Room) -> None:
    room.hear("here", None)
    room.hear("cues", (1.0, (("/mode", ("solo",)), ("/agent/comp/note", (1, 60, 0.5, 2, 1)))))
    room.hear("picture", {"now": 1.1, "beats": 2.0})
    assert told(room.welcome()) == [
        {"stage": "here", "log": []},
        {"t": 1.1, "cues": [["/mode", "solo"]]},
        {"picture": {"now": 1.1, "beats": 2.0, "restarts": {}, "guests": 0}},
    ]


def test_everybody_is_told_the_same(room: Room) -> None:
    guests = [room.welcome(), room.welcome()]
    room.hear("cues", (2.0, (("/next/note", (7, 64, 0.5, 0.4, 0.2, "comp")),)))
    for guest in guests:
        assert told(guest)[-1] == {"t": 2.0, "cues": [["/next/note", 7, 64, 0.5, 0.4, 0.2, "comp"]]}


def test_who_cannot_keep_up_is_sent_away_and_holds_nobody_up(room: Room) -> None:
    slow, quick = room.welcome(), room.welcome()
    for tick in range(3 * MOST_UNREAD):
        room.hear("cues", (tick / 30, (("/clock/beat", (0.5,)),)))
        told(quick)
    heard = told(slow)
    assert slow.lost is False and len(heard) <= MOST_UNREAD + 2  # everything was taken off just now
    assert heard[-1] is None


def test_a_cue_of_the_table_is_passed_on(room: Room, performer: Performer) -> None:
    room.take(room.welcome(), '{"cue": ["/ctl/mode", "solo", "bar"]}')
    assert performer.asked == [("cue", ("/ctl/mode", ("solo", "bar")))]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[" * 100_000,
        "null",
        '{"cue": []}',
        '{"cue": "/ctl/mode"}',
        '{"cue": ["/nowhere", 1]}',
        '{"cue": ["/agent/note", 1]}',
        '{"cue": ["/ctl/density", [1]]}',
        '{"cue": ["/ctl/density", null]}',
        '{"cue": ["/ctl/density", 1e400]}',
        '{"cue": ["/ctl/density", NaN]}',
        '{"cue": ["/ctl/density", 1' + "0" * 400 + "]}",
        '{"cue": ["/ctl/density", 1, 2, 3, 4, 5, 6, 7, 8, 9]}',
        json.dumps({"cue": ["/ctl/chart", "x" * 5000]}),
        '{"key": [60]}',
        '{"key": [128, 1]}',
        '{"key": [60, 128]}',
        '{"key": [60, -1]}',
        '{"key": ["60", 1]}',
        '{"key": [60.5, 1]}',
    ],
)
def test_rubbish_is_refused_with_a_sentence(room: Room, performer: Performer, text: str) -> None:
    with pytest.raises(Refused, match=r"\w"):
        room.take(room.welcome(), text)
    assert performer.asked == []


@given(some.recursive(some.none() | some.booleans() | some.integers() | some.floats() | some.text(), some.lists))
def test_whatever_json_says_only_what_is_ours_gets_through(said: Any) -> None:
    performer = Performer()
    room = Room(performer.ask)
    for text in (json.dumps(said), json.dumps({"cue": said}), json.dumps({"key": said})):
        try:
            room.take(room.welcome(), text)
        except Refused:
            continue
    assert all(kind == "key" for kind, _ in performer.asked)


def test_a_key_that_two_people_hold_comes_up_with_the_last(room: Room, performer: Performer) -> None:
    one, two = room.welcome(), room.welcome()
    room.take(one, '{"key": [60, 80]}')
    room.take(two, '{"key": [60, 90]}')
    room.take(one, '{"key": [60, 0]}')
    assert ("key", (60, 0)) not in performer.asked
    room.take(two, '{"key": [60, 0]}')
    assert performer.asked[-1] == ("key", (60, 0))


def test_the_keys_of_a_page_that_is_closed_come_up(room: Room, performer: Performer) -> None:
    guest = room.welcome()
    room.take(guest, '{"key": [64, 80]}')
    room.goodbye(guest)
    assert performer.asked == [("key", (64, 80)), ("key", (64, 0))]
    assert room.guests == set()


def test_while_the_performer_is_away_a_request_is_answered_so(room: Room, performer: Performer) -> None:
    performer.here = False
    with pytest.raises(Refused, match="the performer is away"):
        room.take(room.welcome(), '{"cue": ["/ctl/panic", 1]}')
