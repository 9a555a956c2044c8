"""Every address both ways, by every door, with programs of other hands: liblo, python-osc, python-oscquery, SuperCollider."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from pythonoscquery.osc_query_client import OSCQueryClient
from zeroconf import ServiceBrowser, ServiceInfo, Zeroconf

from agent.show.cues import IN, OUT, STATE
from tests.rig.rig import Rig, free_port, rms
from tests.rig.venue import Listener, Venue, addresses, by_tcp, by_udp, by_websocket
from tests.show.live_set import LiveSet, Track, on_air

WORDS = {"/ctl/mode": "solo", "/ctl/chart": "| C | G7 |", "/ctl/scale": "F# minor", "/ctl/solo": "", "/ctl/style": "pop"}
AUDIBLE = 0.01
NEVER_SENT = {"/ctl/panic", "/ctl/stop", "/ctl/mute", "/ctl/end"}
"""Sent last, since they end what the others need."""
STUDIO = """
name = "Studio"
[target]
to = "127.0.0.1:{port}"
[clips]
answers = {answers}
tracks = {{"agent:bass" = "Bass"}}
"""
RARE = {"/sys/error", "/next/cancel", "/next/move"}


@pytest.fixture(scope="module")
def live() -> Iterator[LiveSet]:
    """A double of Ableton Live."""
    with on_air(LiveSet([Track("Bass", [None])], answers=free_port())) as live:
        yield live


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory, live: LiveSet) -> Iterator[Venue]:
    """One evening for all: nothing that a guest does here is in the way of the others."""
    rig = Rig(tmp_path_factory.mktemp("venue"))
    dump, udp, sound = free_port(), free_port(), free_port()
    rig.oscdump(dump)
    studio = rig.folder / "studio.toml"
    studio.write_text(STUDIO.format(port=live.port, answers=live.answers))
    evening = Venue(rig, targets=(dump, udp, sound), maps=(str(studio),))
    evening.udp, evening.sound = udp, sound
    yield evening
    rig.close()


def test_every_address_from_us_reaches_liblo(venue: Venue) -> None:
    rig = venue.rig
    target = f"osc.udp://127.0.0.1:{venue.listen}"

    def send(address: str, *arguments: str) -> None:
        rig.start("oscsend", "oscsend", target, f"/antiphon{address}", *arguments).wait(10)

    send("/sys/ping")
    for pitch in ("60", "64", "67"):
        send("/in/note", "ifi", pitch, "0.6", "1")
    send("/ctl/tempo", "f", "133")  # what was announced moves
    send("/ctl/mode", "s", "duett")  # and something to complain of
    send("/ctl/role/comp/mute", "i", "1")  # and something to call off
    send("/ctl/learn", "s", "/ctl/density")
    send("/in/cc", "if", "21", "0.5")
    send("/ctl/patch", "s", "again")
    send("/ctl/keep", "i", "1")

    def said() -> set[str]:
        return set(re.findall(r"/antiphon(/\S+) [ifs]", rig.log("oscdump")))

    rig.wait_for(lambda: set(OUT) - said() <= RARE, "every cue to reach liblo")
    for tempo in range(100, 140, 3):
        send("/ctl/tempo", "f", str(tempo))
        send("/ctl/role/bass/mute", "i", str(tempo % 2))
    rig.wait_for(lambda: set(OUT) <= said(), "the rare ones to reach liblo")


def test_super_collider_plays_the_patch_that_ships(venue: Venue) -> None:
    rig = venue.rig
    target = f"osc.udp://127.0.0.1:{venue.listen}"
    sclang, left = rig.super_collider(venue.sound)
    rig.wait_for(lambda: rms(rig.ear.hear(left, 0.5)) > AUDIBLE, "SuperCollider to be heard")
    rig.wait_for(lambda: re.search(r"in 0\.\d+ s: pitch \d+", rig.log("sclang")) is not None, "a note to be told ahead")
    rig.wait_for(lambda: "\nchord " in rig.log("sclang"), "a chord to be named")
    rig.start("oscsend", "oscsend", target, "/antiphon/ctl/stop", "i", "1").wait(10)
    rig.wait_for(lambda: rms(rig.ear.hear(left, 0.5)) == 0.0, "each voice to end")
    rig.start("oscsend", "oscsend", target, "/antiphon/ctl/start", "i", "1").wait(10)
    rig.wait_for(lambda: rms(rig.ear.hear(left, 0.5)) > AUDIBLE, "SuperCollider to be heard again")
    assert "ERROR" not in rig.log("sclang") and "FAILURE" not in rig.log("sclang")
    rig.end(sclang)


def test_what_is_kept_comes_into_lives_set(venue: Venue, live: LiveSet) -> None:
    rig = venue.rig
    rig.start("oscsend", "oscsend", f"osc.udp://127.0.0.1:{venue.listen}", "/antiphon/ctl/keep", "i", "1").wait(10)
    scenes = live.tracks[0].slots
    rig.wait_for(lambda: any(clip is not None and clip.name and clip.notes for clip in scenes), "a clip with the bass in it")


def test_the_same_notes_are_told_by_every_door(venue: Venue) -> None:
    rig = venue.rig
    doors = {
        "udp": by_udp(venue.udp),
        "slip": by_tcp(venue.tcp, "slip"),
        "length": by_tcp(venue.tcp, "length"),
        "json": by_websocket(venue.query, "/json"),
        "packets": by_websocket(venue.query, "/osc"),
        "listen": by_websocket(venue.query, "/", '{"COMMAND": "LISTEN", "DATA": "/antiphon/agent/note"}'),
    }
    rig.wait_for(lambda: all(len(guest.note_ids()) > 15 for guest in doors.values()), "every door to tell of some notes")
    for guest in doors.values():
        guest.leave()
    first = max(guest.note_ids()[0] for guest in doors.values())
    last = min(guest.note_ids()[-1] for guest in doors.values())
    told = {door: [number for number in guest.note_ids() if first <= number <= last] for door, guest in doors.items()}
    assert len(told["udp"]) > 8
    assert all(numbers == told["udp"] for numbers in told.values()), told
    states = {f"/antiphon{address}" for address in STATE}
    for door in ("slip", "length", "json", "packets"):
        assert len(states & set(addresses(doors[door]))) > 0.9 * len(states), door


def test_who_turns_a_knob_by_one_door_is_seen_turning_it_by_every_other(venue: Venue) -> None:
    rig = venue.rig
    watching = by_websocket(venue.query, "/json?only=/ctl")
    packet = b"/antiphon/ctl/follow\x00\x00\x00\x00,f\x00\x00\x3f\x40\x00\x00"
    says = {"/json": '["/antiphon/ctl/follow", 0.25]', "/osc": packet}
    for path, wanted in (("/json", 0.25), ("/osc", 0.75)):
        guest = by_websocket(venue.query, path, says[path])
        rig.wait_for(lambda wanted=wanted: _last(watching) == wanted, f"the knob turned at {path}")
        guest.leave()
    for kind, port, wanted in (("tcp", venue.tcp, 0.5), ("udp", venue.listen, 0.125)):
        rig.start("oscsend", "oscsend", f"osc.{kind}://127.0.0.1:{port}", "/antiphon/ctl/follow", "f", str(wanted)).wait(10)
        rig.wait_for(lambda wanted=wanted: _last(watching) == wanted, f"the knob turned by liblo's {kind}")
    watching.leave()


def test_programs_on_the_network_find_us_and_an_oscquery_client_of_other_hands_lists_reads_and_listens(venue: Venue) -> None:
    rig = venue.rig
    found: dict[str, ServiceInfo] = {}

    def told(zeroconf: Zeroconf, service_type: str, name: str, state_change: object) -> None:
        info = zeroconf.get_service_info(service_type, name, 3000)
        if info is not None and (info.port in (venue.query, venue.listen)):
            found[service_type] = info

    with Zeroconf(interfaces=["127.0.0.1"]) as network:
        browser = ServiceBrowser(network, ["_oscjson._tcp.local.", "_osc._udp.local."], handlers=[told])
        rig.wait_for(lambda: len(found) == 2, "both services to be found")
        browser.cancel()
    client = OSCQueryClient(found["_oscjson._tcp.local."])
    info, tempo = client.get_host_info(), client.query_node("/antiphon/clock/tempo")
    assert (info.name, info.osc_port) == ("Antiphon", venue.listen)
    assert tempo.value[0] > 20.0 and "tempo" in tempo.description
    with urlopen(f"http://127.0.0.1:{venue.query}/") as answer:
        assert set(_paths(json.load(answer))) == {f"/antiphon{address}" for address in (*OUT, *IN)}
    beats = by_websocket(venue.query, "/", '{"COMMAND": "LISTEN", "DATA": "/antiphon/clock/beat"}')
    rig.wait_for(lambda: len(beats.heard) > 20, "the beat")
    beats.leave()
    assert set(addresses(beats)) == {"/antiphon/clock/beat"}


def test_the_herald_may_die_and_comes_back(venue: Venue) -> None:
    rig = venue.rig
    before = by_tcp(venue.tcp, "slip")
    rig.wait_for(lambda: len(before.note_ids()) > 2, "notes before")
    pids = json.loads((rig.folder / "run" / "pids.json").read_text())
    os.kill(pids["herald"], signal.SIGKILL)
    time.sleep(1.0)

    def back() -> Listener | None:
        try:
            return by_tcp(venue.tcp, "length")
        except OSError:
            return None

    guests: list[Listener] = []
    rig.wait_for(lambda: bool((guest := back()) and guests.append(guest) is None), "the herald to come back")
    rig.wait_for(lambda: len(guests[0].note_ids()) > 2, "notes after")
    assert venue.errors() == []


def test_every_address_to_us_is_taken_from_liblo(venue: Venue) -> None:
    rig = venue.rig
    rows = sorted(IN.values(), key=lambda row: row.address in NEVER_SENT)
    for row in rows:
        values = {"i": "1", "f": "0.5", "s": WORDS.get(row.address, "auto")}
        target = f"osc.udp://127.0.0.1:{venue.listen}"
        arguments = [row.types, *(values[kind] for kind in row.types)] if row.types else []
        rig.start("oscsend", "oscsend", target, f"/antiphon{row.address}", *arguments).wait(10)
    rig.wait_for(lambda: set(IN) <= {address for address, _ in venue.recorded()}, "every cue to be recorded")
    wanted = {row.address: row.types for row in rows}
    taken = {address: args for address, args in venue.recorded() if address in wanted}
    kinds = {int: "i", float: "f", str: "s"}
    assert {address: "".join(kinds[type(value)] for value in args) for address, args in taken.items()} == wanted
    assert venue.errors() == []


def _last(guest: Listener) -> object:
    return next((args[0] for address, args in reversed(guest.heard) if address == "/antiphon/ctl/follow"), None)


def _paths(node: dict[str, object]) -> list[str]:
    below = node.get("CONTENTS", {})
    assert isinstance(below, dict)
    own = [str(node["FULL_PATH"])] if "TYPE" in node else []
    return own + [path for child in below.values() for path in _paths(child)]
