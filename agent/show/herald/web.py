"""OSCQuery over HTTP, and WebSocket for browsers: cues as JSON or as OSC packets, requests in either. On the event loop.

`/json` carries every cue as JSON, `/osc` as packets, `/map/NAME` what a mapping makes of them; at any other path a WebSocket is
OSCQuery's, and is told what it asked for by LISTEN. `?only=/agent,/clock/beat` leaves the rest out.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from asyncio import Queue
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from agent.ports.osc_decode import LARGEST_PACKET_BYTES, LONGEST_TEXT, Message
from agent.ports.osc_out import pack
from agent.show.herald.hub import Hub, Tick
from agent.show.oscquery import OK, Node, Tree
from agent.show.pattern import covers

MOST_GUESTS = 32
MOST_UNREAD = 400
PING_SECONDS = 20.0
MOST_LISTENED = 512
HOMES = ("localhost", "127.0.0.1", "[::1]", "::1", "null", "")

Frame = str | bytes


@dataclass
class Door:
    """Who may come in, and what is behind it."""

    hub: Hub
    tree: Tree
    host_info: Node
    origins: Sequence[str] = ()
    mapped: dict[str, list[WebGuest]] = field(default_factory=dict)
    guests: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Everything that is asked by HTTP."""
        if not _is_our_name(request.host):
            raise web.HTTPForbidden(text="this is not the name of this computer")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._listen(request)
        if not self.hub.may_say(request.remote or "", 4.0):
            raise web.HTTPTooManyRequests(text="too many requests; wait a moment")
        query = request.query_string.split("=")[0]
        if query == "HOST_INFO":
            return web.json_response(self.host_info)
        status, body = self.tree.answer(request.path, query)
        return web.json_response(body, headers=HEADERS) if status == OK else web.Response(status=status, headers=HEADERS)

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        if self.guests >= MOST_GUESTS:
            raise web.HTTPServiceUnavailable(text="there are too many listeners already")
        kind, _, name = request.path.strip("/").partition("/")
        if kind == "map" and name not in self.mapped:
            raise web.HTTPNotFound(text=f"there is no map {name!r}; there are: {', '.join(self.mapped) or 'none'}")
        sock = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=LARGEST_PACKET_BYTES, autoping=True)
        await sock.prepare(request)
        guest = WebGuest(self.hub, kind, tuple(filter(None, request.query.get("only", "").split(","))))
        guest.may_ask = self._may_ask(request.headers.get("Origin"))
        self.guests += 1
        telling = asyncio.create_task(guest.keep_telling(sock))
        try:
            (self.mapped[name] if kind == "map" else self.hub.guests).append(guest)
            if kind in ("json", "osc"):
                guest.tell(Tick(0.0, 0.0, self.hub.states()))
            async for message in sock:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await guest.hear(message.data, request.remote or "")
        finally:
            self.guests -= 1
            telling.cancel()
            (self.mapped[name] if kind == "map" else self.hub.guests).remove(guest)
        return sock

    def _may_ask(self, origin: str | None) -> bool:
        """A page of a stranger's may look on; to turn our knobs it has to stand in `osc.origins`."""
        if origin is None or origin in self.origins:
            return True
        host = origin.partition("://")[2].rpartition(":")[0] or origin.partition("://")[2]
        return origin == "null" or host in HOMES


HEADERS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class WebGuest:
    """One WebSocket. Counts in the hub: `slow` when it is sent away, `not_allowed` when it may only look on."""

    def __init__(self, hub: Hub, kind: str, only: Sequence[str]) -> None:
        self.may_ask = True
        self._hub, self._kind, self._only = hub, kind, only
        self._listened: set[str] = set()
        self._unread: Queue[Frame | None] = Queue()

    def tell(self, tick: Tick) -> None:
        """Queue what it wants to know of this."""
        messages = [message for message in tick.messages if self._wants(message[0])]
        if not messages:
            return
        if self._kind in ("json", "map"):
            self.put(as_json(tick.seconds, self._hub.prefix, messages))
        else:
            for packet in pack(self._hub.prefix, messages, self._hub.counts):
                self.put(packet)

    def put(self, frame: Frame) -> None:
        """Queue a frame; one who is too far behind is sent away."""
        if self._unread.qsize() > MOST_UNREAD:
            return
        self._unread.put_nowait(frame)
        if self._unread.qsize() > MOST_UNREAD:
            self._hub.counts["slow"] += 1
            self._unread.put_nowait(None)

    async def keep_telling(self, sock: web.WebSocketResponse) -> None:
        """Send what is queued until it goes."""
        while (frame := await self._unread.get()) is not None:
            try:
                await (sock.send_str(frame) if isinstance(frame, str) else sock.send_bytes(frame))
            except ConnectionError:
                return
        await sock.close(message=b"too slow")

    async def hear(self, data: Frame, host: str) -> None:
        """It says something. Who says too much has to wait."""
        while not self._hub.may_say(host):
            await asyncio.sleep(0.02)
        if isinstance(data, str):
            self._hear_json(data, host)
        elif self._allowed():
            self._hub.take(data, host)

    def _hear_json(self, text: str, host: str) -> None:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = None
        match said:
            case {"COMMAND": "LISTEN", "DATA": str(path)}:
                self._listen(path)
            case {"COMMAND": "IGNORE", "DATA": str(path)}:
                self._listened.discard(path.removeprefix(self._hub.prefix))
            case {"address": str(address), "args": list(args)} | [str(address), *args] if all(map(_is_said, args)):
                if self._allowed():
                    self._hub.ask((address, tuple(int(a) if isinstance(a, bool) else a for a in args)), host)
            case _:
                self._hub.counts["malformed"] += 1

    def _allowed(self) -> bool:
        self._hub.counts["not_allowed"] += not self.may_ask
        return self.may_ask

    def _listen(self, path: str) -> None:
        address = path.removeprefix(self._hub.prefix)
        if len(self._listened) >= MOST_LISTENED:
            return
        self._listened.add(address)
        if address in self._hub.values:
            self.tell(Tick(0.0, 0.0, [(address, self._hub.values[address])]))

    def _wants(self, address: str) -> bool:
        if self._kind not in ("json", "osc", "map"):
            return address in self._listened
        return not self._only or any(covers(pattern, address) for pattern in self._only)


def as_json(seconds: float, prefix: str, messages: Sequence[Message]) -> str:
    """What was said at one instant as a frame for browsers: `{"t": 12.5, "cues": [["/antiphon/agent/on", 1.0], …]}`."""
    cues = [[prefix + address, *args] for address, args in messages]
    return json.dumps({"t": round(seconds, 4), "cues": cues}, separators=(",", ":"))


def _is_said(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    if isinstance(value, int):
        return -(2**31) <= value < 2**31
    return isinstance(value, float) and value == value and abs(value) != float("inf")


def _is_our_name(host: str) -> bool:
    """Whether a request names this computer: a page of a stranger's whose name was bent to us names another."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]").lower()
    if name in HOMES or name.removesuffix(".local") == socket.gethostname().lower().removesuffix(".local"):
        return True
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return False
