"""The herald's middle: who is told what, what is passed on to the performer, and that strangers cost nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.ports.osc_decode import Message, read_packet
from agent.ports.osc_out import pack
from agent.show.herald.hub import BURST_MESSAGES, Hub
from agent.show.herald.target import TAGGED_AHEAD_SECONDS, HeraldTarget, Timing
from agent.show.herald.web import Door, WebGuest
from agent.show.mapping import load_map
from agent.show.oscquery import Tree

EVIL = "https://evil.example"


class Room:
    """A hub, a performer that writes down what is asked of it, and a clock that the test turns."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.seconds = 0.0
        self.hub = Hub("/antiphon", self._take, self.now, self.now)
        self._timers: list[tuple[float, Callable[..., None], tuple[Any, ...], list[bool]]] = []

    def now(self) -> float:
        return self.seconds

    def _take(self, kind: str, body: object) -> bool:
        self.asked.append(body)
        return True

    def later(self, wait_seconds: float, done: Callable[..., None], *args: Any) -> SimpleNamespace:
        alive = [True]
        self._timers.append((self.seconds + wait_seconds, done, args, alive))
        return SimpleNamespace(cancel=alive.clear)

    def pass_time(self, until_seconds: float) -> None:
        """Let what is to be done by then be done, each at its instant."""
        for seconds, done, args, alive in sorted(self._timers, key=lambda timer: timer[0]):
            if seconds <= until_seconds and alive:
                alive.clear()
                self.seconds = seconds
                done(*args)
        self.seconds = until_seconds

    def say(self, *messages: Message, seconds: float = 1.0) -> None:
        self.hub.hear("cues", (seconds, list(messages)))

    def guest(self, kind: str, *only: str) -> WebGuest:
        guest = WebGuest(self.hub, kind, only)
        self.hub.guests.append(guest)
        return guest


def unread(guest: WebGuest) -> list[Any]:
    frames = []
    while not guest._unread.empty():
        frames.append(guest._unread.get_nowait())
    return frames


def test_the_same_cues_are_told_as_json_and_as_packets() -> None:
    room = Room()
    json_guest, osc_guest = room.guest("json"), room.guest("osc")
    room.say(("/agent/on", (1.0,)), ("/text/chord", ("Dm7",)), seconds=2.5)
    (frame,), (packet,) = unread(json_guest), unread(osc_guest)
    assert json.loads(frame) == {"t": 2.5, "cues": [["/antiphon/agent/on", 1.0], ["/antiphon/text/chord", "Dm7"]]}
    assert read_packet(packet, room.hub.counts) == [("/antiphon/agent/on", (1.0,)), ("/antiphon/text/chord", ("Dm7",))]


def test_who_wants_only_some_is_told_only_these() -> None:
    room = Room()
    guest = room.guest("json", "/agent", "/clock/b*")
    room.say(("/agent/lead/on", (1.0,)), ("/clock/beat", (0.5,)), ("/clock/tempo", (96.0,)), ("/human/on", (1.0,)))
    assert [cue[0] for cue in json.loads(unread(guest)[0])["cues"]] == ["/antiphon/agent/lead/on", "/antiphon/clock/beat"]


def test_oscquery_listens_to_what_it_names_and_hears_at_once_where_it_stands() -> None:
    room = Room()
    room.say(("/clock/tempo", (96.0,)))
    guest = room.guest("")
    asyncio.run(guest.hear('{"COMMAND": "LISTEN", "DATA": "/antiphon/clock/tempo"}', "here"))
    room.say(("/clock/tempo", (97.0,)), ("/clock/beat", (0.5,)))
    asyncio.run(guest.hear('{"COMMAND": "IGNORE", "DATA": "/antiphon/clock/tempo"}', "here"))
    room.say(("/clock/tempo", (98.0,)))
    said = [message for packet in unread(guest) for message in read_packet(packet, room.hub.counts)]
    assert said == [("/antiphon/clock/tempo", (96.0,)), ("/antiphon/clock/tempo", (97.0,))]


@pytest.mark.parametrize("said", ['["/antiphon/ctl/density", 0.5]', '{"address": "/antiphon/ctl/density", "args": [0.5]}'])
def test_a_browser_turns_a_knob(said: str) -> None:
    room = Room()
    asyncio.run(room.guest("json").hear(said, "here"))
    assert room.asked == [("/ctl/density", (0.5,))]


def test_a_packet_turns_all_the_knobs_that_its_pattern_names() -> None:
    room = Room()
    (packet,) = pack("/antiphon", [("/ctl/role/*/mute", (1,))], room.hub.counts)
    room.hub.take(packet, "here")
    assert len(room.asked) == 4 and ("/ctl/role/bass/mute", (1,)) in room.asked


RUBBISH = ["", "{", "[]", "[1]", '["/antiphon/ctl/density", NaN]', '["/antiphon/ctl/density", {}]', '{"COMMAND": "LISTEN"}']
RUBBISH += ["[" * 9000, '["/antiphon/ctl/seed", 99999999999]', '["/elsewhere", 1]']


@pytest.mark.parametrize("said", RUBBISH)
def test_what_a_browser_should_not_say_is_counted_and_asks_for_nothing(said: str) -> None:
    room = Room()
    asyncio.run(room.guest("json").hear(said, "here"))
    assert room.asked == [] and room.hub.counts.total() == 1


def test_a_page_of_a_strangers_may_look_on_and_turn_nothing() -> None:
    room = Room()
    door = Door(room.hub, Tree("/antiphon", {}), {}, ("https://hydra.ojack.xyz",))
    allowed = [None, "null", "http://localhost:5500", "http://127.0.0.1:9011", "https://hydra.ojack.xyz"]
    assert all(door._may_ask(origin) for origin in allowed)
    assert not any(door._may_ask(origin) for origin in (EVIL, "http://localhost.evil.example", "https://ojack.xyz"))
    guest = room.guest("json")
    guest.may_ask = False
    asyncio.run(guest.hear('["/antiphon/ctl/density", 0.5]', "here"))
    assert room.asked == []
    room.say(("/agent/on", (1.0,)))
    assert unread(guest)


def test_one_who_does_not_read_is_sent_away_and_costs_no_memory() -> None:
    room = Room()
    guest = room.guest("json")
    for number in range(5000):
        room.say(("/agent/count", (number,)))
    frames = unread(guest)
    assert len(frames) < 500 and frames[-1] is None and room.hub.counts["slow"] == 1


def test_patterns_count_for_more() -> None:
    room = Room()
    for _ in range(2000):
        room.hub.ask(("/antiphon/ctl/role/*/mute", (1,)), "here")
    assert len(room.asked) <= 4 * BURST_MESSAGES / 20


Sent = tuple[float, Message, float | None]


def evening(name: str, *ticks: tuple[float, Message]) -> list[Sent]:
    """What a target is sent when these are said at these seconds: when, what, and for when."""
    room, sent = Room(), list[Sent]()

    def out(messages: Sequence[Message], wall_seconds: float | None) -> None:
        sent.extend((room.seconds, message, wall_seconds) for message in messages)

    room.hub.guests.append(HeraldTarget(load_map(name), room.hub, out, Timing(room.now, room.later)))
    for seconds, message in ticks:
        room.pass_time(seconds)
        room.say(message, seconds=seconds)
    room.pass_time(ticks[-1][0] + 1.0)
    return sent


ANNOUNCED: Message = ("/next/note", (5, 69, 0.5, 0.25, 0.5, "comp"))
STRUCK: list[Message] = [("/agent/note", (5, 69, 0.5, 2, 1)), ("/agent/comp/note", (5, 69, 0.5, 2, 1))]
ENDED: list[Message] = [("/agent/note", (5, 69, 0.0, 2, 0)), ("/agent/comp/note", (5, 69, 0.0, 2, 0))]


def test_a_note_is_sent_ahead_with_its_instant_and_only_once() -> None:
    ticks = [(0.0, ANNOUNCED), *((0.25, said) for said in STRUCK), *((0.4, said) for said in ENDED)]
    on, off = evening("supercollider", *ticks)
    played = ("/s_new", ("antiphon", 100005, 0, 0, "freq", pytest.approx(440.0), "amp", pytest.approx(0.15)))
    assert on == (pytest.approx(0.25 - TAGGED_AHEAD_SECONDS), played, pytest.approx(0.25))
    assert off == (pytest.approx(0.4), ("/n_set", (100005, "gate", 0)), None)


def test_notes_that_were_announced_and_others_take_turns() -> None:
    alone: list[Message] = [("/agent/note", (6, 60, 0.5, 2, 1)), ("/agent/note", (6, 60, 0.0, 2, 0))]
    sent = evening(
        "supercollider", *((0.3, said) for said in alone), (0.5, ANNOUNCED), *((0.75, said) for said in (*STRUCK, *ENDED))
    )
    assert [message[0] for _, message, _ in sent] == ["/s_new", "/n_set", "/s_new", "/n_set"]


def test_a_note_that_moves_is_sent_for_its_new_instant() -> None:
    (on,) = evening("supercollider", (0.0, ANNOUNCED), (0.1, ("/next/move", (5, 0.3))))
    assert on[0] == pytest.approx(0.4 - TAGGED_AHEAD_SECONDS) and on[2] == pytest.approx(0.4)


def test_a_note_that_is_called_off_in_time_is_never_sent() -> None:
    assert evening("supercollider", (0.0, ANNOUNCED), (0.05, ("/next/cancel", (5,)))) == []


def test_a_note_that_is_called_off_too_late_is_ended() -> None:
    sent = evening("supercollider", (0.0, ANNOUNCED), (0.24, ("/next/cancel", (5,))))
    assert [message[0] for _, message, _ in sent] == ["/s_new", "/n_set"]


def test_a_note_that_nobody_announced_is_sent_as_it_sounds() -> None:
    sent = evening("supercollider", *((0.0, said) for said in (*STRUCK, *ENDED)))
    assert [(message[0], wall) for _, message, wall in sent] == [("/s_new", None), ("/n_set", None)]


@pytest.mark.parametrize(("offset_ms", "at_seconds"), [(-200.0, 0.05), (0.0, 0.25), (150.0, 0.4)])
def test_a_slow_projector_is_told_earlier_and_a_slow_room_later(tmp_path: Path, offset_ms: float, at_seconds: float) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'name = "Mine"\n[target]\noffset_ms = {offset_ms}\n[[map]]\nwhen = "agent.note.on"\nsend = "/hit"\n')
    sent = evening(str(path), (0.0, ANNOUNCED), *((0.25, said) for said in STRUCK))
    assert [(seconds, message) for seconds, message, _ in sent] == [(pytest.approx(at_seconds), ("/hit", ()))]
