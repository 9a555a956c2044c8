"""The panel's own process among hostile clients: each is refused or cut, others go on, the performer hears nothing of it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from time import monotonic
from typing import Any

import aiohttp
import psutil
import pytest

from agent.items import Cue, Heard
from agent.show.panel.gate import HEADERS
from agent.show.panel.routes import BURST_MESSAGES, LARGEST_MESSAGE_BYTES, MESSAGES_PER_SECOND
from agent.show.panel.server import MOST_CONNECTIONS_EACH
from agent.show.panel_line import PANEL
from models.music import NoteOff, NoteOn
from tests.panel.house import PATIENCE_SECONDS, House, status, wait_for

PICTURE = {"now": 1.0, "beats": 2.0}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.close()
    assert (house.folder / "panel.log").read_text() == ""  # not a word of complaint


def asked(house: House) -> list[Any]:
    """What the performer was asked for since the last call."""
    items = []
    while not house.items.empty():
        items.append(house.items.get())
    return items


async def answered(line: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
    """The next message of a kind."""
    while True:
        message = await line.receive(PATIENCE_SECONDS)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        if kind in (said := json.loads(message.data)):
            return said[kind]


def at_the_socket(house: House, talk: Any) -> Any:
    """Open the live socket and talk."""

    async def open_and_talk() -> Any:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{house.where['url']}socket") as line:
            return await talk(line)

    return asyncio.run(open_and_talk())


def test_a_panel_listens_on_this_computer_alone(house: House) -> None:
    listening = [c for c in psutil.Process(house.process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert [c.laddr.ip for c in listening] == ["127.0.0.1"]


def test_it_steps_back_for_the_music(house: House) -> None:
    assert psutil.Process(house.process.pid).nice() >= 5


def test_everything_that_is_answered_wears_the_security_headers(house: House) -> None:
    for answer in (house.get("/"), house.get("/stage"), house.get("/nowhere"), house.get("/", "Host: evil.example")):
        head = answer.partition(b"\r\n\r\n")[0].decode()
        assert [name for name, value in HEADERS.items() if f"{name}: {value}" not in head] == []


def test_no_page_names_anything_outside_this_computer(house: House) -> None:
    index = house.get("/").decode()
    assert "http://" not in index.partition("\r\n\r\n")[2] and "https://" not in index.partition("\r\n\r\n")[2]


PRYING = """/css /css/ /js/ /.. /../panel/server.py /%2e%2e/server.py /css/..%2f..%2fserver.py //etc/passwd
/js/../../server.py /\\..\\server.py /css/\x00.css /index.html/ /panel.key""".split()


@pytest.mark.parametrize("path", [*PRYING, "/" + "a" * 4000])
def test_there_is_no_directory_to_look_into(house: House, path: str) -> None:
    answer = house.get(path)
    assert status(answer) in (400, 404)
    assert b"import" not in answer and b"root:" not in answer


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 2000,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 300,
    ],
)
def test_what_is_not_http_is_refused(house: House, data: bytes) -> None:
    assert status(house.raw(data)) in (0, 400, 403, 404)
    assert status(house.get("/")) == 200


def test_an_upload_is_bounded(house: House) -> None:
    assert status(house.post("/pin", b"pin=" + b"1" * 200_000, "Content-Type: application/x-www-form-urlencoded")) == 413


def test_who_says_half_a_request_is_cut(house: House) -> None:
    began = monotonic()
    assert house.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ") == b""
    assert monotonic() - began < PATIENCE_SECONDS / 2


def test_a_crowd_of_connections_is_thinned_out(house: House) -> None:
    with ExitStack() as crowd:
        callers = [crowd.enter_context(socket.create_connection(("127.0.0.1", house.port))) for _ in range(90)]
        panel = psutil.Process(house.process.pid)

        def left() -> bool:
            return sum(c.status == psutil.CONN_ESTABLISHED for c in panel.net_connections()) <= MOST_CONNECTIONS_EACH

        wait_for(left, "the doorman to look round")
        assert len(callers) == 90
    wait_for(lambda: status(house.get("/")) == 200, "room at the door")


def test_a_visitor_is_told_and_heard(house: House) -> None:
    asked(house)

    async def talk(line: aiohttp.ClientWebSocketResponse) -> Any:
        house.line.cues(2.5, [("/mode", ("solo",)), ("/next/note", (1, 60, 0.5, 0.25, 0.5, "comp"))])
        cues = await answered(line, "cues")
        house.line.show(PICTURE)
        picture = await answered(line, "picture")
        await line.send_str('{"cue": ["/ctl/density", 0.75]}')
        await line.send_str('{"key": [60, 80]}')
        wait_for(lambda: house.items.qsize() >= 2, "the key")
        return cues, picture

    cues, picture = at_the_socket(house, talk)
    assert cues == [["/mode", "solo"], ["/next/note", 1, 60, 0.5, 0.25, 0.5, "comp"]]
    assert picture["now"] == 1.0
    wait_for(lambda: house.items.qsize() >= 3, "the key to come up when the page is closed")
    items = [(type(item), getattr(item, "event", getattr(item, "args", None))) for item in asked(house)]
    assert items == [(Cue, (0.75,)), (Heard, NoteOn(60, 80)), (Heard, NoteOff(60))]


def test_a_message_that_is_too_long_ends_the_talk_and_nothing_else(house: House) -> None:
    async def talk(line: aiohttp.ClientWebSocketResponse) -> int | None:
        await line.send_str("x" * (LARGEST_MESSAGE_BYTES + 1))
        while (message := await line.receive(PATIENCE_SECONDS)).type is aiohttp.WSMsgType.TEXT:
            pass
        return message.data if message.type is aiohttp.WSMsgType.CLOSE else line.close_code

    asked(house)
    assert at_the_socket(house, talk) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    assert asked(house) == []


def test_who_talks_rubbish_is_shown_the_door(house: House) -> None:
    async def talk(line: aiohttp.ClientWebSocketResponse) -> int | None:
        with suppress(ConnectionError):
            for _ in range(300):
                await line.send_bytes(b"\xff\x00")
        while (await line.receive(PATIENCE_SECONDS)).type is aiohttp.WSMsgType.TEXT:
            pass
        return line.close_code

    asked(house)
    # Who is still talking when the door shuts does not hear why: his words find nobody, and TCP drops the reason with them.
    assert at_the_socket(house, talk) in (aiohttp.WSCloseCode.POLICY_VIOLATION, aiohttp.WSCloseCode.ABNORMAL_CLOSURE)
    assert asked(house) == []


def test_a_flood_reaches_the_performer_as_a_trickle(house: House) -> None:
    asked(house)

    async def talk(line: aiohttp.ClientWebSocketResponse) -> float:
        began = monotonic()
        with suppress(ConnectionError):
            for _ in range(20_000):
                await line.send_str('{"cue": ["/sys/ping"]}')
        while not line.closed:
            await line.receive(PATIENCE_SECONDS)
        return monotonic() - began

    seconds = at_the_socket(house, talk)
    assert len(asked(house)) <= BURST_MESSAGES + MESSAGES_PER_SECOND * (seconds + 1.0)


def test_a_browser_that_does_not_read_holds_nobody_up(house: House) -> None:
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    lines = ["GET /socket HTTP/1.1", f"Host: 127.0.0.1:{house.port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
    with socket.create_connection(("127.0.0.1", house.port)) as sleeper:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.sendall("\r\n".join(lines).encode())
        before = psutil.Process(house.process.pid).memory_info().rss

        async def talk(line: aiohttp.ClientWebSocketResponse) -> int:
            heard = 0
            for tick in range(600):
                house.line.cues(float(tick), [("/text/why", ("x" * 200,))] * 40)
                heard += len(await answered(line, "cues"))
            return heard

        assert at_the_socket(house, talk) >= 599 * 40
        assert psutil.Process(house.process.pid).memory_info().rss - before < 40e6
    assert house.line.counts["unsent"] == 0


def test_a_panel_that_was_killed_comes_back_where_it_was(house: House) -> None:
    port = house.port
    house.process.kill()
    house.process.wait()
    house.start()
    assert house.port == port
    assert house.items.empty() and PANEL
