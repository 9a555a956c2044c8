"""The black box: a second pair of eyes sees what a dead performer has left sounding, and when it last breathed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.blackbox import MOST_PORTS, BlackBox
from agent.play.delivery import Delivery
from models.music import NoteOff, NoteOn
from tests.stage import MemoryOutputs

PORTS = ("Out", "Out bass")


def test_what_the_performer_leaves_sounding_the_supervisor_sees(tmp_path: Path) -> None:
    performer, supervisor = (BlackBox(tmp_path / "blackbox", PORTS) for _ in range(2))
    delivery = Delivery(MemoryOutputs(lambda: 0.0), 0.0, {}, performer.watch)
    delivery.send("Out", NoteOn(60, 80, 1))
    delivery.send("Out", NoteOn(64, 80, 1))
    delivery.send("Out bass", NoteOn(36, 80, 15))
    delivery.send("Out", NoteOff(64, 1))
    performer.close()
    assert supervisor.sounding() == [("Out", 1, 60), ("Out bass", 15, 36)]
    supervisor.clear()
    assert supervisor.sounding() == []
    supervisor.close()


def test_the_heartbeat_is_seen(tmp_path: Path) -> None:
    performer, supervisor = (BlackBox(tmp_path / "blackbox", PORTS) for _ in range(2))
    assert supervisor.last_beat() == 0.0
    performer.beat(12.5)
    assert supervisor.last_beat() == 12.5
    supervisor.clear()
    assert supervisor.last_beat() == 12.5
    performer.close()
    supervisor.close()


@pytest.mark.parametrize("content", [b"", b"x", b"\xff" * 100_000])
def test_a_file_of_any_length_is_taken_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "blackbox").write_bytes(content)
    box = BlackBox(tmp_path / "blackbox", PORTS)
    box.clear()
    box.watch("Out", 15, 127, True)
    assert box.sounding() == [("Out", 15, 127)]
    box.close()


def test_a_port_beyond_its_size_is_passed_over(tmp_path: Path) -> None:
    ports = tuple(f"Out {number}" for number in range(MOST_PORTS + 2))
    box = BlackBox(tmp_path / "blackbox", ports)
    for port in (*ports, "nowhere"):
        box.watch(port, 0, 60, True)
    assert len(box.sounding()) == MOST_PORTS
    box.close()


KEYS = st.tuples(st.sampled_from(PORTS), st.integers(0, 15), st.integers(0, 127))


@settings(max_examples=200)
@given(st.lists(st.tuples(KEYS, st.booleans()), max_size=40))
def test_it_knows_exactly_what_sounds(tmp_path_factory: pytest.TempPathFactory, changes) -> None:
    box = BlackBox(tmp_path_factory.getbasetemp() / "blackbox", PORTS)
    box.clear()
    sounding: set[tuple[str, int, int]] = set()
    for key, sounds in changes:
        box.watch(*key, sounds)
        (sounding.add if sounds else sounding.discard)(key)
    assert set(box.sounding()) == sounding
    box.close()
