"""What Ableton's TEST-PLAN for Link asks of everybody who joins, without a DAW: each test names its cases.

Link is on from Antiphon's first second to its last (`clock.sync`), so that to enable it is to sit down and to disable it to go.
And it plays on where nobody has pressed start: it is there to play along.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from tests.rig.frames import Watch
from tests.rig.link_room import LinkRoom, Seat, agrees, assert_together
from tests.rig.rig import PERIOD_FRAMES, Rig
from tests.rig.tape import Tape

SETTLED_LOOKS = 80
"""Whose session is older sets the tempo; Link tosses a coin between two that began within half a second."""
FORGOTTEN_SECONDS = 6.0
"""Link forgets whom it has not heard of for five."""

MOST_APART_MS = 3.0
"""As the plan has it."""
BAR = 4
JAM = """
[agent]
model = "markov"
[midi]
api = "jack"
output = "ears"
[clock]
sync = "link"
bpm = 100
[osc]
tcp = 0
query = 0
[panel]
port = 0
[recording]
enabled = false
"""


@dataclass(frozen=True)
class Session:
    """Antiphon, a stranger beside it, and SuperCollider's LinkClock next door."""

    room: LinkRoom
    ours: Seat
    stranger: Seat
    super_collider: Seat

    def all_agree(self, bpm: float) -> None:
        """Wait until everybody has this tempo."""
        for seat in (self.stranger, self.super_collider):
            self.room.wait_for(lambda seat=seat: has_tempo(seat, bpm), f"{bpm} bpm over there")
        self.room.wait_for(lambda: agrees(self.ours, bpm), f"{bpm} bpm with us")

    def all_together(self, seconds: float = 1.5) -> None:
        """One beat and one bar for everybody, for a while."""
        assert_together(self.ours, self.stranger, self.super_collider, seconds=seconds)

    def play(self, playing: str) -> None:
        """Wait until everybody plays, or nobody."""
        for seat in (self.stranger, self.super_collider, self.ours):
            self.room.wait_for(lambda seat=seat: seat.looks()[-1].rest[1] == playing, f"play = {playing}")


def has_tempo(seat: Seat, bpm: float) -> bool:
    looks = seat.looks()
    return bool(looks) and abs(looks[-1].bpm - bpm) < 0.01


def assert_beat_is_steady(seat: Seat, since: float, bpm: float) -> None:
    """No jump and no bend: the beat lies on one line."""
    looks = [look for look in seat.looks() if look.second >= since]
    assert len(looks) > 20
    on_a_line = np.array([look.beat - look.second * bpm / 60.0 for look in looks])
    assert np.ptp(on_a_line) < 0.002  # beats


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkRoom]:
    """Nobody is there yet."""
    room = LinkRoom(tmp_path_factory.mktemp("room"))
    yield room
    room.close()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Three have sat down, one after the other: Antiphon, which would rather play at 100, is the last to come."""
    room = LinkRoom(tmp_path_factory.mktemp("session"))
    super_collider = room.super_collider()
    room.wait_for(lambda: len(super_collider.looks()) > SETTLED_LOOKS, "SuperCollider")
    stranger = room.stranger(130.0)
    room.wait_for(lambda: has_tempo(stranger, 90.0), "a stranger")
    yield Session(room, room.antiphon(100.0), stranger, super_collider)
    room.close()


def test_tempo_1_a_tempo_changed_here_or_there_is_everybodys(session: Session) -> None:
    session.room.wait_for(lambda: agrees(session.ours, session.stranger.looks()[-1].bpm), "us to join")
    for seat, order, bpm in (
        (session.ours, "/ctl/tempo 104", 104.0),
        (session.super_collider, "tempo 150", 150.0),
        (session.stranger, "tempo 97.3", 97.3),
    ):
        seat.tell(order)
        session.all_agree(bpm)
        session.all_together()


def test_tempo_2_who_opens_with_link_on_takes_up_the_sessions_tempo(empty: LinkRoom) -> None:
    alone = empty.antiphon(100.0)
    empty.wait_for(lambda: agrees(alone, 100.0, "internal"), "us to sit down")
    alone.leave()
    stranger = empty.stranger(130.0, next_door=True)
    empty.wait_for(lambda: len(stranger.looks()) > SETTLED_LOOKS, "the stranger")
    ours = empty.antiphon(100.0)
    empty.wait_for(lambda: agrees(ours, 130.0), "us to join")
    assert {look.bpm for look in stranger.looks()} == {130.0}
    assert stranger.looks()[-1].rest[0] == "1"


def test_tempo_3_another_scene_does_not_change_the_sessions_tempo(session: Session) -> None:
    session.stranger.tell("tempo 130")
    session.all_agree(130.0)
    since = len(session.stranger.looks())
    session.ours.tell("/ctl/patch other")
    session.all_together()
    assert {round(look.bpm, 3) for look in session.stranger.looks()[since:]} == {130.0}
    assert agrees(session.ours, 130.0)


def test_tempo_4_a_tempo_beyond_ours_is_played_in_halves(session: Session) -> None:
    session.stranger.tell("tempo 20")
    session.all_agree(20.0)
    session.stranger.tell("tempo 999")
    session.room.wait_for(lambda: has_tempo(session.super_collider, 999.0), "999 bpm over there")
    session.room.wait_for(lambda: agrees(session.ours, 999.0 / 4.0), "a quarter of it with us")
    time.sleep(0.5)  # until the new beat is met
    assert_together(session.ours, session.stranger, session.super_collider, seconds=1.0, times=4.0)
    session.stranger.tell("tempo 120")
    session.all_agree(120.0)
    session.all_together()


def test_tempo_5_beattime_1_beattime_2_alone_the_tempo_and_the_beat_are_our_own_and_who_joins_changes_neither(
    empty: LinkRoom,
) -> None:
    ours = empty.antiphon(93.0)
    empty.wait_for(lambda: agrees(ours, 93.0, "internal"), "us to sit down")
    began = ours.looks()[0].second
    time.sleep(1.0)
    assert_beat_is_steady(ours, began, 93.0)
    ours.tell("/ctl/tempo 97")
    empty.wait_for(lambda: agrees(ours, 97.0, "internal"), "the tempo that we name")
    named = time.perf_counter()
    time.sleep(1.0)
    stranger = empty.stranger(140.0)
    empty.wait_for(lambda: has_tempo(stranger, 97.0), "the stranger to adapt")
    empty.wait_for(lambda: agrees(ours, 97.0), "us to see the stranger")
    assert_together(ours, stranger, seconds=1.5)
    stranger.leave()
    empty.wait_for(lambda: agrees(ours, 97.0, "internal"), "us to be alone again")
    time.sleep(1.0)  # alone again, our session is a new one: older by less than half a second, a coin would be tossed
    back = empty.stranger(60.0, next_door=True)
    empty.wait_for(lambda: has_tempo(back, 97.0) and agrees(ours, 97.0), "the stranger to come back")
    assert_together(ours, back, seconds=1.5)
    assert_beat_is_steady(ours, named, 97.0)


def test_startstopstate_1_the_others_start_and_stop_us_also_in_a_while(session: Session) -> None:
    session.stranger.tell("stop")
    session.room.wait_for(lambda: session.stranger.looks()[-1].rest[1] == "0", "the stranger to stop")
    session.stranger.tell("play")
    session.play("1")
    session.stranger.tell("stop")
    session.play("0")
    pressed = time.perf_counter()
    session.stranger.tell("play 1.5")  # as who starts with the next bar
    session.play("1")
    began = next(look.second for look in session.ours.looks() if look.second > pressed and look.rest[1] == "1")
    assert began - pressed == pytest.approx(1.5, abs=0.25)


def test_startstopstate_2_we_start_and_stop_the_others(session: Session) -> None:
    session.stranger.tell("play")
    session.play("1")
    session.ours.tell("/ctl/stop 1")
    session.play("0")
    session.ours.tell("/ctl/start 1")
    session.play("1")
    session.all_together()


def test_when_the_network_is_gone_for_a_while_all_are_on_the_same_beat_of_the_same_bar_again(session: Session) -> None:
    session.room.cable(False)
    session.room.wait_for(lambda: session.super_collider.looks()[-1].rest[0] == "0", "SuperCollider to be alone")
    session.ours.tell("/ctl/tempo 110")
    time.sleep(FORGOTTEN_SECONDS)
    session.room.cable(True)
    session.room.wait_for(lambda: session.super_collider.looks()[-1].rest[0] == "2", "SuperCollider to be back")
    session.all_agree(110.0)
    session.all_together()


def test_audioengine_1_what_we_strike_sounds_on_the_shared_beat(rig: Rig, empty: LinkRoom) -> None:
    stranger = empty.stranger(120.0, next_door=True)
    tape, watch = Tape(rig.folder / "tape.jsonl"), Watch(rig)
    rig.peer("capture_midi.py", tape.path, "ears")
    rig.ear.port("ears:in")
    settings = rig.folder / "rig.toml"
    settings.write_text(JAM)
    empty.jam(settings)
    rig.wait_for(lambda: bool(rig.ear.cables("ears:in")), "Antiphon to find its instrument")
    empty.wait_for(lambda: stranger.looks()[-1].rest[0] == "1", "Antiphon to join")
    time.sleep(2.0)  # until the beat is met
    empty.call("oscsend", "osc.udp://127.0.0.1:9010", "/antiphon/ctl/count_in", "i", "1")
    rig.wait_for(lambda: len(tape.note_ons()) >= BAR, "a bar to be counted")
    frames = np.array([message.frame - PERIOD_FRAMES for message in tape.note_ons()[:BAR]], dtype=np.float64)
    struck = watch.seconds(frames)
    empty.wait_for(lambda: stranger.looks()[-1].second > struck[-1], "the stranger to look after the last stroke")
    looks = stranger.looks()
    beats = np.interp(struck, [look.second for look in looks], [look.beat for look in looks])
    assert np.round(beats[0]) % BAR == 0  # the first is the first of a bar over there
    assert np.abs(beats - np.round(beats[0]) - np.arange(BAR)).max() * 500.0 <= MOST_APART_MS
