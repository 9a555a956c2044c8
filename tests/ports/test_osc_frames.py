"""Packets on a stream: in both framings what goes in comes out, however the network cuts it, and rubbish does not grow."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc import slip

from agent.ports.osc_decode import LARGEST_PACKET_BYTES
from agent.ports.osc_frames import LARGEST_FRAME_BYTES, Frames, Framing, Unframed, framed

packets = st.lists(st.binary(min_size=1, max_size=60).map(lambda tail: b"/" + tail), max_size=8)
framings = st.sampled_from(("slip", "length"))


@given(packets, framings, st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_packets_arrive_whole_however_the_stream_is_cut(sent: list[bytes], framing: Framing, cuts: list[int]) -> None:
    stream, frames, got, at = b"".join(framed(packet, framing) for packet in sent), Frames(), list[bytes](), 0
    while at < len(stream):
        step = cuts[at % len(cuts)]
        got += frames.feed(stream[at : at + step])
        at += step
    assert got == sent
    assert not sent or frames.framing == framing


@given(st.binary(min_size=1, max_size=100))
def test_our_slip_is_that_of_others(packet: bytes) -> None:
    assert framed(packet, "slip") == slip.encode(packet)
    assert Frames("slip").feed(slip.encode(packet)) == [packet]


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_rubbish_is_read_or_given_up_and_never_kept(chunks: list[bytes]) -> None:
    frames = Frames()
    try:
        for chunk in chunks:
            frames.feed(chunk)
    except Unframed:
        return
    assert len(frames._rest) <= LARGEST_FRAME_BYTES


@pytest.mark.parametrize("start", [struct.pack(">I", LARGEST_PACKET_BYTES + 1), b"\xc0" + b"x" * (LARGEST_FRAME_BYTES + 1)])
def test_what_claims_to_be_endless_is_given_up(start: bytes) -> None:
    with pytest.raises(Unframed):
        Frames().feed(start)
