"""What the panel answers to: pages, the socket that everything live goes through, the PIN."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import WSMsgType, web

from agent import __version__
from agent.play.modes import MODES
from agent.ports.token_bucket import TokenBuckets
from agent.show.cues import CUES
from agent.show.panel.gate import Gate
from agent.show.panel.pages import Pages
from agent.show.panel.rig_routes import rig_routes
from agent.show.panel.room import MOST_GUESTS, Guest, Refused, Room

LARGEST_MESSAGE_BYTES = 8192
MESSAGES_PER_SECOND, BURST_MESSAGES = 200.0, 400.0
MOST_REFUSED = 100
"""A page that has been refused so often is not ours."""
HEARTBEAT_SECONDS = 10.0
STUCK_AFTER_SECONDS = 5.0
"""A browser that takes nothing for so long is let go."""
SHOWN = ("address", "types", "names", "meaning", "low", "high")
GOING_AWAY, POLICY, TRY_AGAIN_LATER = 1001, 1008, 1013


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the routes need."""

    room: Room
    gate: Gate
    pages: Pages
    now: Callable[[], float]
    run_dir: Path


def routes(desk: Desk) -> list[web.RouteDef]:
    """Path → who answers."""
    talk = Talk(desk)

    async def page(request: web.Request) -> web.StreamResponse:
        return desk.pages.answer(request)

    async def ask_pin(request: web.Request) -> web.StreamResponse:
        return web.Response(text=desk.pages.text("/pin.html"), content_type="text/html")

    async def take_pin(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if not desk.gate.try_pin(request.remote or "", str(form.get("pin", ""))[:32]):
            raise web.HTTPForbidden(text="that is not the PIN; it stands where Antiphon was started")
        response = web.HTTPSeeOther("/")
        desk.gate.let_in(response)
        return response

    return [
        web.get("/socket", talk.answer),
        web.get("/api/table", table),
        web.get("/pin", ask_pin),
        web.post("/pin", take_pin),
        *rig_routes(desk.room, desk.run_dir),
        web.get("/{path:.*}", page),
    ]


async def table(request: web.Request) -> web.Response:
    """The protocol, so that the page has a control for every cue there is."""
    rows = [{"way": row.direction, **{name: getattr(row, name) for name in SHOWN}} for row in CUES]
    return web.json_response({"version": __version__, "modes": list(MODES), "rows": rows})


class Talk:
    """The live socket of one browser after another."""

    def __init__(self, desk: Desk) -> None:
        self._room = desk.room
        self._buckets = TokenBuckets(desk.now, MESSAGES_PER_SECOND, BURST_MESSAGES)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Tell a browser what happens and take what it asks for, until it goes or has to go."""
        if len(self._room.guests) >= MOST_GUESTS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_GUESTS} pages are open already; close one")
        line = web.WebSocketResponse(
            max_msg_size=LARGEST_MESSAGE_BYTES, heartbeat=HEARTBEAT_SECONDS, compress=False, timeout=STUCK_AFTER_SECONDS
        )
        await line.prepare(request)
        guest = self._room.welcome()
        telling = asyncio.create_task(_tell(request, line, guest))
        try:
            await self._hear(line, guest, request.remote or "")
        finally:
            self._room.goodbye(guest)
            telling.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await telling
        return line

    async def _hear(self, line: web.WebSocketResponse, guest: Guest, remote: str) -> None:
        refused = 0
        async for message in line:
            if message.type is not WSMsgType.TEXT or not self._buckets.spend(remote, 1.0):
                refused += 1
            else:
                refused += self._take(guest, message.data)
            if refused > MOST_REFUSED:
                await line.close(code=POLICY, message=b"too much that is not understood")

    def _take(self, guest: Guest, text: str) -> bool:
        """Whether a message had to be refused."""
        try:
            self._room.take(guest, text)
        except Refused as reason:
            self._room.counts["refused"] += 1
            guest.tell(json.dumps({"say": str(reason)}))
            return True
        return False


async def _tell(request: web.Request, line: web.WebSocketResponse, guest: Guest) -> None:
    with suppress(ConnectionError, asyncio.TimeoutError):
        while (text := await guest.unread.get()) is not None:
            await asyncio.wait_for(line.send_str(text), STUCK_AFTER_SECONDS)
        await line.close(code=TRY_AGAIN_LATER if guest.lost else GOING_AWAY)
        return
    # The browser is gone, or takes nothing: no close frame would reach it either.
    if request.transport is not None:
        request.transport.abort()
