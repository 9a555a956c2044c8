"""A room with nobody in it, visitors who come and go, and a door that closes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from agent.gallery.host import Host, opening
from agent.items import Heard
from agent.performer import Performer
from agent.replay import replay
from models.music import Control, NoteOn
from tests.stage import KEYS, Stage, stage_config

NOON = datetime(2026, 11, 24, 12)


class Room:
    """A stage with a host; `at` is the wall clock when the evening begins."""

    def __init__(self, at: datetime = NOON, **rules: object) -> None:
        self.stage = Stage()
        wanted = {"alone_after_s": 10.0, "fade_s": 2.0, "visitor_mode": "shadow", **rules}
        begun = opening(stage_config(**wanted), at).agent
        session = self.stage.begin(model="drone", mode=begun.mode, seed=begun.seed, real_ports=True, **wanted)
        now = self.stage.clock.now
        self.host = Host(session, self.stage.tape, self.stage.post, lambda: at + timedelta(seconds=now()))

    def run(self, until_s: float) -> None:
        """Let the time pass, with the host looking on."""
        stage, host = self.stage, self.host

        def carry(seconds: float, messages: list) -> None:
            stage._carry(seconds, messages)
            host.carry(seconds, messages)

        Performer(stage.session, stage.clock, host, carry).perform(lambda: stage.clock.now() < until_s)

    def modes(self) -> list[str]:
        """How it played, one after the other."""
        return [name for (name,) in self.stage.cues("/mode")]

    def asked(self, address: str) -> list[tuple[float, object]]:
        """When the host turned something, and how far."""
        items = [entry.item for entry in self.stage.tape.passes]
        return [
            (item.seconds, item.args[0])
            for item in items
            if getattr(item, "source", "") == "gallery" and item.address == address
        ]


def onsets(room: Room) -> list[float]:
    """When the agent began a note."""
    return [seconds for seconds, _, event in room.stage.outputs.events if isinstance(event, NoteOn)]


def test_alone_it_plays_from_the_first_second_and_invites() -> None:
    room = Room()
    room.run(until_s=12.0)
    assert room.modes() == ["solo"]
    assert room.stage.cues("/turn/state") == [(5,)]
    assert onsets(room)[0] < 1.5


def test_the_first_key_ends_the_solo_and_a_long_silence_begins_it_anew_with_nothing_remembered() -> None:
    room = Room()
    room.stage.hear("C4 at 5.0 for 1.0", "E4 at 7.0 for 1.0")
    room.stage.cue("/ctl/temperature", 1.9, at=7.5)
    room.stage.cue("/ctl/role/comp/level", 0.2, at=7.6)
    room.run(until_s=30.0)
    assert room.modes() == ["solo", "shadow", "solo"]
    (left, seed) = room.asked("/ctl/forget")[0]
    assert 17.0 <= left <= 18.5
    session = room.stage.session
    assert session.controls.knobs == session.config.knobs()
    assert session.hands.band.velocity("comp", 100) == 100
    assert not session.performance.human
    assert session.planner.seed == seed != session.config.agent.seed


def test_a_key_that_is_held_is_a_visitor_who_is_still_there() -> None:
    room = Room()
    room.stage.hear("C4 at 5.0 for 20.0")
    room.run(until_s=28.0)
    assert room.modes() == ["solo", "shadow"]


def test_where_it_plays_to_visitors_as_it_plays_alone_their_first_key_interrupts_nothing() -> None:
    room = Room(visitor_mode="solo")
    room.stage.hear("C4 at 5.9 for 0.1")
    room.run(until_s=9.0)
    assert room.modes() == ["solo"] and room.host.state == "visited"
    assert {5.0, 6.0, 7.0} <= {round(seconds, 1) for seconds in onsets(room)}


@pytest.mark.parametrize("by_midi", [False, True])
def test_a_sensor_sees_a_visitor_come_and_leave(by_midi: bool) -> None:
    room = Room(presence_controller=20)
    for at, share in ((4.0, 1.0), (40.0, 0.0)):
        if by_midi:
            room.stage.post(Heard(at, KEYS, Control(20, round(127 * share), 0)))
        else:
            room.stage.cue("/in/presence", share, at=at)
    room.run(until_s=50.0)
    assert room.modes() == ["solo", "shadow", "solo"]
    (left, _) = room.asked("/ctl/forget")[0]
    assert 44.5 <= left <= 46.0


def test_a_sensor_that_is_stuck_does_not_keep_the_room_waiting_for_ever() -> None:
    room = Room()
    room.stage.cue("/in/presence", 1.0, at=4.0)
    room.stage.hear("C4 at 300.0 for 1.0")
    room.run(until_s=950.0)
    assert room.modes() == ["solo", "shadow", "solo"]
    (left, _) = room.asked("/ctl/forget")[0]
    assert 905.0 <= left <= 907.5


def test_at_closing_time_it_fades_and_falls_silent_and_opens_again_with_other_draws() -> None:
    room = Room(at=NOON.replace(hour=17, minute=59, second=50), hours=("Mon-Sun 18:01-17:59", "Mon-Sun 17:59-18:00"))
    room.run(until_s=90.0)
    velocities = [(s, e.velocity) for s, _, e in room.stage.outputs.events if isinstance(e, NoteOn)]
    assert max(v for s, v in velocities if s < 10.0) == 80
    assert not [s for s, _ in velocities if 12.5 < s < 70.0]
    assert any(s > 70.0 for s, _ in velocities)
    assert room.modes() == ["solo", "listen", "solo"]
    levels = [level for _, level in room.asked("/ctl/level")]
    assert levels[0] == 1.0 and 0.0 in levels and levels[-1] == 1.0
    assert room.stage.session.planner.seed != room.stage.session.config.agent.seed


def test_a_closed_room_stays_silent_whoever_plays() -> None:
    room = Room(hours=("Mon 10:00-11:00",))
    room.stage.hear("C4 at 1.0 for 1.0")
    room.run(until_s=10.0)
    assert onsets(room) == [] and room.modes() == ["listen"]


def test_nobody_turns_it_louder_or_busier_than_the_room_allows() -> None:
    room = Room(level_max=0.5, density_max=0.4)
    for number, address in enumerate(("/ctl/density", "/ctl/level", "/ctl/*")):
        room.stage.cue(address, 1.0, at=3.0 + number)
    room.run(until_s=12.0)
    assert room.stage.session.controls.knobs.density == 0.4
    assert room.stage.session.hands.band.level == 0.5
    late = [e.velocity for s, _, e in room.stage.outputs.events if isinstance(e, NoteOn) and s < 2.9]
    assert max(late) == 40


def test_two_rooms_that_open_at_different_seconds_never_begin_alike() -> None:
    seeds = {opening(stage_config(), NOON + timedelta(hours=hour)).agent.seed for hour in range(24 * 90)}
    assert len(seeds) == 24 * 90


def test_a_recording_holds_all_that_the_host_did_and_replays_without_one() -> None:
    room = Room()
    room.stage.hear("C4 at 5.0 for 1.0", "E4 at 7.0 for 1.0", "G4 at 30.0 for 1.0")
    room.run(until_s=45.0)
    again = replay(room.stage.session.config, room.stage.tape.passes)
    assert again.first_difference is None and again.notes > 10
