"""Cues in and out: plain types, small packets, and nothing a stranger sends can stop the music."""

import struct
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from agent.items import Cue, Trouble
from agent.ports.osc_decode import DEEPEST_BUNDLE, LARGEST_PACKET_BYTES, read_packet
from agent.ports.osc_in import BURST_MESSAGES, MESSAGES_PER_SECOND, OscIn
from agent.ports.osc_out import LARGEST_PACKET_BYTES as LARGEST_SENT_BYTES
from agent.ports.osc_out import pack

HEAD = b"#bundle\x00" + struct.pack(">Q", 1)

arguments = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=40),
)
addresses = st.from_regex(r"(/[a-z0-9_]{1,8}){1,4}", fullmatch=True)
messages = st.lists(st.tuples(addresses, st.lists(arguments, max_size=3).map(tuple)), max_size=40)


def message(address, *typed):
    builder = OscMessageBuilder(address)
    for kind, value in typed:
        builder.add_arg(value, kind)
    return builder.build().dgram


def bundle(*parts):
    return HEAD + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def read(data):
    counts = Counter()
    return read_packet(data, counts), counts


def listener():
    """An OscIn whose socket is never opened, its clock and what it posts."""
    seconds, items = [0.0], []
    return OscIn(9010, "/antiphon", lambda: seconds[0], items.append), seconds, items


@given(messages)
@settings(max_examples=300, deadline=None)
def test_what_is_sent_arrives_in_order_and_no_packet_is_too_long(sent):
    packets = list(pack("/antiphon", sent, Counter()))
    assert all(len(packet) <= LARGEST_SENT_BYTES for packet in packets)
    got = [message for packet in packets for message in read(packet)[0]]
    assert got == [("/antiphon" + address, args) for address, args in sent]
    theirs = [timed.message for packet in packets for timed in OscPacket(packet).messages]
    assert [(m.address, tuple(m.params)) for m in theirs] == got


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda tail: HEAD + tail)))
@settings(max_examples=5000, deadline=None)
def test_rubbish_never_raises(data):
    read(data)


@given(st.integers(0, 80), st.integers(0, 8), st.binary(max_size=4))
@settings(max_examples=3000, deadline=None)
def test_a_damaged_packet_never_raises(at, lost_bytes, added):
    packet = bundle(message("/antiphon/ctl/mode", ("s", "listen"), ("f", 0.5)), message("/b", ("i", 7)), bundle(message("/c")))
    read(packet[:at] + added + packet[at + lost_bytes :])


@pytest.mark.parametrize("size_bytes", [-4, -1, 0, 2**31 - 1])
def test_an_element_that_lies_about_its_size_ends_the_packet(size_bytes):
    assert read(HEAD + struct.pack(">i", size_bytes) + b"/a\x00\x00") == ([], {"malformed": 1})


def test_bundles_within_bundles_are_read_to_a_depth():
    inner = message("/a")
    for _ in range(DEEPEST_BUNDLE):
        inner = bundle(inner)
    assert read(inner) == ([("/a", ())], {})
    assert read(bundle(inner)) == ([], {"nested": 1})


def test_an_oversized_packet_is_not_looked_at():
    assert read(b"/" * (LARGEST_PACKET_BYTES + 1)) == ([], {"oversized": 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_is_dropped_and_its_neighbours_are_not(value):
    packet = bundle(message("/a", ("i", 1)), message("/b", ("f", value)), message("/c", ("s", "x")))
    assert read(packet) == ([("/a", (1,)), ("/c", ("x",))], {"not_a_number": 1})


@pytest.mark.parametrize("typed", [("T", True), ("b", b"blob"), ("h", 2**40), ("d", 0.5), ("N", None)])
def test_only_i_f_and_s_are_taken(typed):
    assert read(message("/a", typed)) == ([], {"types": 1})


def test_a_cue_comes_without_the_prefix_and_with_its_sender():
    osc, seconds, items = listener()
    seconds[0] = 4.5
    osc.take(message("/antiphon/ctl/mode", ("s", "listen")), "10.0.0.7", 9000)
    assert items == [Cue(4.5, "/ctl/mode", ("listen",), "10.0.0.7:9000")]


def test_what_is_meant_for_others_is_counted():
    osc, _, items = listener()
    for address in ("/composition/layers/1", "/antiphony/ctl", "/antiphon"):
        osc.take(message(address), "10.0.0.7", 9000)
    assert items == []
    assert osc.counts == {"foreign": 3}


def test_rubbish_is_complained_of_but_not_at_every_packet():
    osc, seconds, items = listener()
    for _ in range(10):
        osc.take(b"rubbish", "10.0.0.7", 9000)
    assert [type(item) for item in items] == [Trouble]
    seconds[0] = 60.0
    osc.take(b"rubbish", "10.0.0.7", 9000)
    assert len(items) == 2


def test_a_flood_is_cut_and_another_sender_is_still_heard():
    osc, seconds, items = listener()
    for _ in range(5000):
        osc.take(message("/antiphon/ctl/energy", ("f", 0.5)), "10.0.0.66", 9000)
    assert len(items) <= BURST_MESSAGES
    osc.take(message("/antiphon/ctl/energy", ("f", 0.5)), "10.0.0.7", 9000)
    assert items[-1].source == "10.0.0.7:9000"
    seconds[0], before = 1.0, len(items)
    for _ in range(5000):
        osc.take(message("/antiphon/ctl/energy", ("f", 0.5)), "10.0.0.66", 9000)
    assert MESSAGES_PER_SECOND / 2 < len(items) - before <= MESSAGES_PER_SECOND


def test_a_thousand_strangers_do_not_grow_memory():
    osc, _, _ = listener()
    for number in range(1000):
        osc.take(message("/antiphon/x"), f"10.0.{number // 250}.{number % 250}", 9000)
    assert len(osc._buckets._buckets) <= 64


def test_what_osc_cannot_say_is_counted_and_the_rest_is_sent():
    counts = Counter()
    sent = [("/a", (2**40,)), ("/b", (float("nan"),)), ("/c", (1e300,)), ("/d", ("x" * 2000,)), ("/e", (1,))]
    packets = list(pack("", sent, counts))
    assert [read(packet)[0] for packet in packets] == [[("/e", (1,))]]
    assert counts == {"unsayable": 4}


def test_a_lone_message_goes_bare_and_several_in_an_immediate_bundle():
    assert list(pack("", [("/a", ())], Counter())) == [message("/a")]
    (packet,) = pack("", [("/a", ()), ("/b", ())], Counter())
    assert packet == bundle(message("/a"), message("/b"))


def test_a_pattern_comes_as_every_address_that_it_names():
    osc, _, items = listener()
    overheard = []
    osc.overhear = overheard.append
    osc.take(message("/antiphon/ctl/role/{lead,bass}/m*", ("i", 1)), "10.0.0.7", 9000)
    assert [(cue.address, cue.args) for cue in items] == [("/ctl/role/lead/mute", (1,)), ("/ctl/role/bass/mute", (1,))]
    assert len(overheard) == 1


@pytest.mark.parametrize("address", ["/antiphon/sys/refresh", "/antiphon/sys/subscribe", "/antiphon/ctl/*"])
def test_what_asks_for_much_is_heard_less_often(address):
    osc = listener()[0]
    for _ in range(2000):
        osc.take(message(address), "10.0.0.66", 9000)
    assert osc.counts["cues"] <= BURST_MESSAGES / 20
