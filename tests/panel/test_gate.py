"""Who may come in: this computer always; the network only with the PIN; another page's script and another name never."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from agent.show.panel.gate import COOKIE, PIN_TRIES, Gate, Key

KEY = Key("2718", b"secret")
HOME, NEIGHBOUR = "127.0.0.1", "192.168.1.7"
OURS = "192.168.1.2:8010"


class Door:
    """A gate, and its clock."""

    def __init__(self, lan: bool = True, key: Key = KEY) -> None:
        self.now = 0.0
        self.gate = Gate(lan, key, lambda: self.now)

    def knock(self, remote: str = NEIGHBOUR, path: str = "/", **headers: str) -> int:
        """The status with which somebody is answered."""
        named = {name.replace("_", "-"): value for name, value in {"Host": OURS, **headers}.items()}
        transport = Mock()
        transport.get_extra_info = lambda name, default=None: (remote, 50000) if name == "peername" else default
        request = make_mocked_request("GET", path, headers=named, transport=transport)

        async def inside(request: web.Request) -> web.StreamResponse:
            return web.Response(text="come in")

        async def ask() -> int:
            try:
                return (await self.gate.guard(request, inside)).status
            except web.HTTPException as answer:
                return answer.status

        return asyncio.run(ask())


def test_on_this_computer_nobody_is_asked() -> None:
    assert Door(lan=False).knock(HOME, Host="127.0.0.1:8010") == 200
    assert Door(lan=False).knock(HOME, Host="localhost:8010") == 200
    assert Door(lan=False).knock("::1", Host="[::1]:8010") == 200


def test_from_the_network_nobody_comes_in_without_the_pin() -> None:
    door = Door()
    assert door.knock() == 401
    assert door.knock(path="/socket") == 401
    assert door.knock(path="/api/table") == 401
    assert door.knock(Accept="text/html") == 303  # to the page that asks for it
    assert door.knock(path="/pin") == 200
    assert door.knock(Cookie=f"{COOKIE}=2718") == 401
    assert door.knock(Cookie=f"{COOKIE}=") == 401
    assert door.knock(Cookie=f"{COOKIE}={KEY.cookie}") == 200
    assert door.knock(Cookie=f"{COOKIE}={KEY.cookie}", path="/socket") == 200


def test_unless_it_is_opened_to_the_network_not_even_the_cookie_helps() -> None:
    assert Door(lan=False).knock(Cookie=f"{COOKIE}={KEY.cookie}") == 403


def test_a_pin_cannot_be_guessed() -> None:
    door = Door()
    assert not any(door.gate.try_pin(NEIGHBOUR, str(pin)) for pin in range(int(PIN_TRIES)))
    with pytest.raises(web.HTTPTooManyRequests):
        door.gate.try_pin(NEIGHBOUR, "2718")
    door.now += 61.0
    assert door.gate.try_pin(NEIGHBOUR, "2718")


def test_nor_from_many_addresses() -> None:
    door = Door()
    with pytest.raises(web.HTTPTooManyRequests):
        for number in range(100):
            door.gate.try_pin(f"192.168.1.{number}", "0000")


def test_without_a_pin_there_is_no_right_one() -> None:
    assert not Door(key=Key("", b"secret")).gate.try_pin(NEIGHBOUR, "")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8010", "null"])
def test_another_page_may_not_speak_for_you(origin: str) -> None:
    assert Door(lan=False).knock(HOME, "/socket", Host="127.0.0.1:8010", Origin=origin) == 403


def test_our_own_page_may() -> None:
    assert Door(lan=False).knock(HOME, "/socket", Host="127.0.0.1:8010", Origin="http://127.0.0.1:8010") == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8010", "127.0.0.1.evil.example", "192.168.1.2", "", "[", "127.1"]
)
def test_a_name_that_is_not_ours_is_not_answered(host: str) -> None:
    assert Door(lan=False).knock(HOME, Host=host) == 403


def test_who_asks_too_often_waits_and_nobody_else_does() -> None:
    door = Door(lan=False)
    answers = [door.knock(HOME, Host="localhost") for _ in range(400)]
    assert answers[:200] == [200] * 200 and answers[-1] == 429
    assert door.knock("127.0.0.2", Host="localhost") == 200
    door.now += 10.0
    assert door.knock(HOME, Host="localhost") == 200
