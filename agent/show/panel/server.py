"""Opens the panel's door: which port, who may come in, and that nobody stands in it for ever."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import socket
from collections import Counter
from contextlib import suppress
from pathlib import Path
from time import monotonic

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from agent.config import Config
from agent.config import Panel as PanelConfig
from agent.parent import is_orphan
from agent.show.panel.gate import Gate, Handler, Key, dress
from agent.show.panel.health import Health
from agent.show.panel.line import Line
from agent.show.panel.pages import Pages
from agent.show.panel.room import Room
from agent.show.panel.routes import Desk, routes
from agent.show.panel_line import panel_path

NICENESS = 5
PORTS_TRIED = 10
LARGEST_BODY_BYTES = 64 * 1024
LOOK_SECONDS = 1.0
SLOWEST_REQUEST_SECONDS = 5.0
"""A connection that has said nothing whole for so long is cut."""
MOST_CONNECTIONS_EACH, MOST_CONNECTIONS = 48, 160
DOOR, KEY = "panel.json", "panel.key"
"""Files in the run directory: where the panel is, and what opens it from the network."""


class Doorman:
    """Looks round every second: cuts connections that are too slow or too many."""

    def __init__(self) -> None:
        self._seen_seconds: dict[object, float] = {}  # connection → when it was first seen; for ever, once it has asked

    @web.middleware
    async def mark(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware that notes who has said a whole request."""
        self._seen_seconds[request.protocol] = float("inf")
        return await handler(request)

    def look(self, server: web.Server) -> None:
        """Cut what has to be cut."""
        now, crowd = monotonic(), Counter[str]()
        connections = list(server.connections)
        self._seen_seconds = {one: self._seen_seconds.get(one, now) for one in connections}
        for number, one in enumerate(connections):
            if one.transport is None:
                continue
            remote = str((one.transport.get_extra_info("peername") or ("",))[0])
            crowd[remote] += 1
            slow = self._seen_seconds[one] < now - SLOWEST_REQUEST_SECONDS
            if slow or crowd[remote] > MOST_CONNECTIONS_EACH or number >= MOST_CONNECTIONS:
                one.transport.abort()


class OurFaults(logging.Filter):
    """Keeps strangers' bad requests out of the log, which they could fill."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is for us to mend."""
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def serve(config: Config, run_dir: Path) -> None:
    """Be there until asked to stop or until the parent has died. Raises OSError when no port can be had."""
    line = Line(panel_path(run_dir), lambda kind, body: room.hear(kind, body))
    room = Room(line.send)
    key = _key(config.panel.pin, run_dir / KEY)
    logging.getLogger("aiohttp.server").addFilter(OurFaults())
    gate, doorman = Gate(config.panel.lan, key), Doorman()
    app = web.Application(middlewares=[doorman.mark, gate.guard], client_max_size=LARGEST_BODY_BYTES)
    app.on_response_prepare.append(dress)
    app.add_routes([*Health(run_dir).routes(), *routes(Desk(room, gate, Pages(), monotonic, run_dir))])
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0, keepalive_timeout=20.0)
    await runner.setup()
    try:
        port = await _open(runner, config.panel)
        line.open()
        _say_where(config.panel, port, key, run_dir / DOOR)
        await _stay(runner, doorman, room, run_dir)
    finally:
        line.close()
        for guest in room.guests:
            guest.leave()
        await runner.cleanup()


async def _open(runner: web.AppRunner, wanted: PanelConfig) -> int:
    """Two rigs may run on one computer: the second takes the next port."""
    host = "0.0.0.0" if wanted.lan else "127.0.0.1"  # where it was asked for  # nosec B104
    for port in range(wanted.port, min(wanted.port + PORTS_TRIED, 65536)):
        try:
            await web.TCPSite(runner, host, port, backlog=64).start()
            return port
        except OSError:
            continue
    raise OSError(f"ports {wanted.port} to {wanted.port + PORTS_TRIED - 1} are taken; choose another panel.port")


async def _stay(runner: web.AppRunner, doorman: Doorman, room: Room, run_dir: Path) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    while not stopped.is_set() and not is_orphan():
        if runner.server is not None:
            doorman.look(runner.server)
        with suppress(OSError):
            (run_dir / "panel.beat").touch()
        with suppress(OSError, ValueError):
            room.restarts = json.loads((run_dir / "restarts.json").read_text())
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopped.wait(), LOOK_SECONDS)


def _key(pin: str, path: Path) -> Key:
    """The PIN of the rig, else one that is drawn; kept for the evening, so that nobody has to say it twice."""
    with suppress(OSError, ValueError, TypeError):
        kept = json.loads(path.read_text())
        if not pin or kept["pin"] == pin:
            return Key(str(kept["pin"]), bytes.fromhex(kept["secret"]))
    key = Key(pin or f"{secrets.randbelow(10**6):06d}", secrets.token_bytes(32))
    with suppress(OSError):
        path.touch(mode=0o600)
        path.write_text(json.dumps({"pin": key.pin, "secret": key.secret.hex()}))
    return key


def _say_where(wanted: PanelConfig, port: int, key: Key, path: Path) -> None:
    where = {"pid": os.getpid(), "url": f"http://127.0.0.1:{port}/"}
    if wanted.lan:
        where |= {"lan": f"http://{_own_address()}:{port}/", "pin": key.pin}
    written = path.with_suffix(".new")
    written.touch(mode=0o600)
    written.write_text(json.dumps(where))
    written.replace(path)


def _own_address() -> str:
    """By which others on the network call this computer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        with suppress(OSError):
            probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, but the way there is chosen
            return str(probe.getsockname()[0])
    return socket.gethostname()
