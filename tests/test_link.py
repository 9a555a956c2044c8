"""The thread of string between performer and worker, over packets and over a stream: nothing is lost, nobody waits."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import link
from agent.items import Item, MindNews, Phrase, Trouble
from agent.link import LARGEST_MESSAGE, Wire, WorkerLink, connect
from agent.wire import WireError, pack
from agent.worker import Worker
from models.music import Ask, Note, Onset
from tests.stage import Drone

KINDS = ["stream", *(["packets"] if link.HAS_PACKETS else [])]
ASK = Ask(1, "plan", 0.0, 0.0, 4.0, ("comp",), seed=3)
PATIENCE_SECONDS = 40.0


def pair_of_sockets(kind: str) -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET if kind == "packets" else socket.SOCK_STREAM)


@pytest.fixture(params=KINDS)
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Wire, Wire]]:
    """Two connected ends."""
    here, there = (Wire(end) for end in pair_of_sockets(request.param))
    yield here, there
    here.close()
    there.close()


def test_messages_arrive_whole_and_in_order(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    assert all(here.send("note", number) for number in range(50))
    assert here.send("ask", ASK)
    assert [there.receive() for _ in range(50)] == [("note", number) for number in range(50)]
    assert there.receive() == ("ask", ASK)
    assert there.receive(0.0) is None


def test_the_memory_of_a_long_evening_fits(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    memory = tuple(Onset(beat / 3.0, 60, 80, "lead", human=True, length_beats=1 / 7) for beat in range(600))
    assert here.send("hear", memory)
    assert there.receive() == ("hear", memory)


def test_who_hangs_up_is_noticed(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    there.close()
    with pytest.raises(EOFError):
        here.receive()
    assert here.send("note", 1) is False or here.send("note", 2) is False


def test_an_end_that_does_not_listen_is_never_waited_for(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    page = "x" * 60_000
    taken = 0
    while here.send("page", page):
        taken += 1
        assert taken < 1000
    assert [there.receive() for _ in range(taken - 1)] == [("page", page)] * (taken - 1)
    here.send("more", 1)  # also pushes on what the stream had taken only half of
    assert there.receive() == ("page", page)


@settings(max_examples=300)
@given(st.sampled_from(KINDS), st.binary(min_size=1, max_size=40))
def test_rubbish_on_the_line_is_a_wire_error_or_the_end(kind: str, data: bytes) -> None:
    raw, end = pair_of_sockets(kind)
    there = Wire(end)
    raw.send(data)
    raw.shutdown(socket.SHUT_WR)
    with pytest.raises((WireError, EOFError)):
        while True:
            there.receive()
    raw.close()
    there.close()


def test_a_stream_that_comes_in_crumbs_is_put_together() -> None:
    raw, end = pair_of_sockets("stream")
    there, message = Wire(end), pack(("ask", ASK))
    crumbs = struct.pack("<I", len(message)) + message
    eater: SimpleQueue[object] = SimpleQueue()
    thread = Thread(target=lambda: eater.put(there.receive(PATIENCE_SECONDS)))
    thread.start()
    for number in range(len(crumbs)):
        raw.send(crumbs[number : number + 1])
    thread.join()
    assert eater.get() == ("ask", ASK)
    raw.close()
    there.close()


def test_a_stream_that_promises_too_much_is_hung_up_on() -> None:
    raw, end = pair_of_sockets("stream")
    there = Wire(end)
    raw.send(struct.pack("<I", LARGEST_MESSAGE + 1))
    with pytest.raises(EOFError):
        there.receive()
    raw.close()
    there.close()


@pytest.fixture(params=KINDS)
def line(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerLink]:
    """The performer's end, listening; `posted` are its items."""
    monkeypatch.setattr(link, "HAS_PACKETS", request.param == "packets")
    posted: SimpleQueue[Item] = SimpleQueue()
    worker_link = WorkerLink(tmp_path / "worker.sock", lambda: 1.5, posted.put)
    worker_link.posted = posted  # type: ignore[attr-defined]
    worker_link.open()
    yield worker_link
    worker_link.close()


def next_item(line: WorkerLink) -> Item:
    return line.posted.get(timeout=PATIENCE_SECONDS)  # type: ignore[attr-defined,no-any-return]


def test_a_worker_calls_answers_and_goes_and_the_next_may_call(line: WorkerLink, tmp_path: Path) -> None:
    assert not line.alive and not line.send("ask", ASK)
    for name in ("duo", "markov"):
        worker = connect(tmp_path / "worker.sock")
        worker.send("ready", name, wait=True)
        assert next_item(line) == MindNews(1.5, alive=True, name=name)
        assert line.alive and line.send("ask", ASK)
        assert worker.receive() == ("ask", ASK)
        worker.send("phrase", Phrase(0.0, 1, "plan", (Note(1.0, 1.0, 60, 80, "comp"),), last=True))
        assert next_item(line) == Phrase(1.5, 1, "plan", (Note(1.0, 1.0, 60, 80, "comp"),), last=True)
        worker.close()
        assert next_item(line) == MindNews(1.5, alive=False)
    assert not line.alive


def test_a_worker_that_talks_rubbish_is_hung_up_on_and_shown(line: WorkerLink, tmp_path: Path) -> None:
    worker = connect(tmp_path / "worker.sock")
    worker.send("trouble", "out of memory")
    worker.send("gossip", 1)
    worker.send("phrase", "no phrase at all")
    worker._socket.send(b"\x02\x00\x00\x00{]")
    assert next_item(line) == Trouble(1.5, "out of memory")
    trouble = next_item(line)
    assert isinstance(trouble, Trouble) and "rubbish" in trouble.sentence
    assert next_item(line) == MindNews(1.5, alive=False)
    worker.close()


# The worker's end.


class Slow(Drone):
    """Plays its first note, then waits to be allowed the next."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = Event(), Event()

    def play(self, ask: Ask) -> Iterator[Note]:
        for note in super().play(ask):
            yield note
            self.begun.set()
            self.go_on.wait(PATIENCE_SECONDS)


def serve(model: Drone, end: Wire, beats: list[None]) -> Thread:
    def run() -> None:
        with pytest.raises(EOFError):
            Worker(model, end, lambda: beats.append(None)).serve()

    thread = Thread(target=run)
    thread.start()
    return thread


def notes_until_last(end: Wire, ask_id: int) -> list[Note]:
    """All notes of the answer to one question."""
    notes: list[Note] = []
    while True:
        message = end.receive(PATIENCE_SECONDS)
        assert message is not None and message[0] == "phrase"
        phrase: Phrase = message[1]
        if phrase.ask_id == ask_id:
            notes += phrase.notes
        if phrase.last:
            assert phrase.ask_id == ask_id
            return notes


def test_the_worker_answers_what_it_is_asked_from_what_it_has_heard(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    beats: list[None] = []
    thread = serve(Drone(), there, beats)
    here.send("reset", 0)
    here.send("hear", (Onset(0.0, 60, 80, "lead", human=True),))
    here.send("ask", ASK)
    assert [(note.onset_beats, note.pitch) for note in notes_until_last(here, 1)] == [(1.0, 48), (2.0, 48), (3.0, 48)]
    here.close()
    thread.join(PATIENCE_SECONDS)
    assert beats


def test_a_newer_question_makes_the_worker_drop_the_older(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    model = Slow()
    thread = serve(model, there, [])
    here.send("ask", ASK)
    model.begun.wait(PATIENCE_SECONDS)
    here.send("ask", Ask(2, "plan", 0.0, 8.0, 10.0, ("comp",), seed=3))
    model.go_on.set()
    assert [note.onset_beats for note in notes_until_last(here, 2)] == [9.0]
    here.close()
    thread.join(PATIENCE_SECONDS)
