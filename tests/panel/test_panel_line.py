"""The string between performer and panel: keys and cues become items, and what the panel leaves behind is tidied up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pytest

from agent.items import Cue, Heard, Item
from agent.link import Wire, connect
from agent.show.panel.line import MOST_UNHEARD, Line
from agent.show.panel_line import PANEL, PanelLine, panel_path
from models.music import NoteOff, NoteOn

PATIENCE_SECONDS = 40.0


class Hall:
    """A performer that only listens."""

    def __init__(self, folder: Path) -> None:
        self.items: SimpleQueue[Item] = SimpleQueue()
        self.line = PanelLine(panel_path(folder), lambda: 1.5, self.items.put)
        self.line.open()

    def next(self) -> Item:
        """What was posted next."""
        return self.items.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    yield hall
    hall.line.close()


def call(hall: Hall, folder: Path) -> Wire:
    """A panel calls; the performer is asked to say everything again."""
    wire = connect(panel_path(folder))
    assert hall.next() == Cue(1.5, "/sys/refresh", (), PANEL)
    return wire


def test_a_key_of_the_screen_is_heard_like_any_other(hall: Hall, tmp_path: Path) -> None:
    wire = call(hall, tmp_path)
    wire.send("key", (60, 80))
    wire.send("key", (60, 0))
    assert [hall.next(), hall.next()] == [Heard(1.5, PANEL, NoteOn(60, 80)), Heard(1.5, PANEL, NoteOff(60))]
    wire.close()


def test_a_cue_from_the_panel_is_a_cue(hall: Hall, tmp_path: Path) -> None:
    wire = call(hall, tmp_path)
    wire.send("cue", ("/ctl/density", (0.8,)))
    assert hall.next() == Cue(1.5, "/ctl/density", (0.8,), PANEL)
    wire.close()


def test_the_keys_of_a_panel_that_dies_come_up(hall: Hall, tmp_path: Path) -> None:
    wire = call(hall, tmp_path)
    wire.send("key", (67, 80))
    wire.send("key", (64, 80))
    wire.close()
    posted = [hall.next() for _ in range(4)]
    assert posted[2:] == [Heard(1.5, PANEL, NoteOff(64)), Heard(1.5, PANEL, NoteOff(67))]
    call(hall, tmp_path).close()  # and the next one is welcome


def test_rubbish_from_the_panel_is_counted_and_nothing_else(hall: Hall, tmp_path: Path) -> None:
    wire = call(hall, tmp_path)
    for kind, body in (("key", (200, 1)), ("key", "60"), ("cue", ("/ctl/mode", ({},))), ("sing", ()), ("cue", 1)):
        wire.send(kind, body)
    wire.send("cue", ("/sys/ping", ()))
    assert hall.next() == Cue(1.5, "/sys/ping", (), PANEL)
    assert hall.line.counts["rubbish"] == 5
    wire.close()


def test_a_panel_that_does_not_read_costs_nothing_but_its_own_news(hall: Hall, tmp_path: Path) -> None:
    wire = call(hall, tmp_path)
    news = [("/text/why", ("x" * 200,))] * 300
    for tick in range(200):
        hall.line.cues(float(tick), list(news))
    assert hall.line.counts["unsent"] > 0
    wire.close()


def test_cues_arrive_as_they_were_said(hall: Hall, tmp_path: Path) -> None:
    wire = call(hall, tmp_path)
    hall.line.cues(2.25, [("/mode", ("solo",)), ("/next/cancel", (7,))])
    assert wire.receive(PATIENCE_SECONDS) == ("cues", (2.25, (("/mode", ("solo",)), ("/next/cancel", (7,)))))
    wire.close()


def test_without_a_panel_nothing_is_sent(hall: Hall) -> None:
    hall.line.cues(1.0, [("/mode", ("solo",))])
    assert hall.line.counts["unsent"] == 0


class Standing:
    """An event loop that does nothing until it is told to."""

    def __init__(self) -> None:
        self.waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def call_soon_threadsafe(self, call: Callable[..., None], *args: object) -> None:
        """Keep it for later."""
        self.waiting.put(partial(call, *args))


def test_a_panel_that_has_stood_still_reads_no_faster_than_it_understands(hall: Hall, tmp_path: Path) -> None:
    heard, loop = list[tuple[str, Any]](), Standing()
    line = Line(panel_path(tmp_path), lambda kind, body: heard.append((kind, body)))
    reader = Thread(target=line._keep_calling, args=(loop,), daemon=True)
    reader.start()
    loop.waiting.get(timeout=PATIENCE_SECONDS)()
    hall.next()
    for number in range(100):
        hall.line.show({"now": number})
    most = 0
    while len(heard) < 101:
        call = loop.waiting.get(timeout=PATIENCE_SECONDS)
        most = max(most, loop.waiting.qsize() + 1)
        call()
    assert heard == [("here", None), *(("picture", {"now": number}) for number in range(100))]
    assert most <= MOST_UNHEARD
    line.close()
    reader.join(PATIENCE_SECONDS)
    assert not reader.is_alive()
