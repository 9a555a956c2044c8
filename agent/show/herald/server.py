"""Opens what the herald has: a TCP port, a web port, its targets. What cannot be opened is told, and the rest goes on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic, time
from typing import Any

from aiohttp import web

from agent.config import Config
from agent.ports.osc_decode import Message
from agent.ports.osc_out import pack, resolve
from agent.show.herald.discovery import Discovery
from agent.show.herald.hub import Hub
from agent.show.herald.target import HeraldTarget, Out, Timing
from agent.show.herald.tcp import TcpGuest, TcpTarget
from agent.show.herald.web import Door, WebGuest, as_json
from agent.show.mapping import MappingError, TargetMap, load_map
from agent.show.oscquery import Tree, host_info
from agent.show.panel.line import Line
from agent.show.panel_line import herald_path

NICENESS = 5
LOOK_SECONDS = 1.0


class Herald:
    """Everything of an evening that is not plain UDP. On the event loop."""

    def __init__(self, config: Config, run_dir: Path) -> None:
        self._config, self._osc = config, config.osc
        self._line = Line(herald_path(run_dir), lambda kind, body: self.hub.hear(kind, body))
        self.hub = Hub(config.osc.prefix, self._line.send, monotonic)
        info = host_info(config.agent.name, self._osc.listen, self._osc.query)
        self._door = Door(self.hub, Tree(config.osc.prefix, self.hub.values), info, config.osc.origins)
        self._discovery = Discovery(config.agent.name, config.osc.lan)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._tasks: list[asyncio.Task[Any]] = []
        self._troubles: list[str] = []

    async def serve(self, stay: Callable[[], bool]) -> None:
        """Be there as long as `stay` says so."""
        runner = web.AppRunner(self._app(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await self._open(runner)
            self._line.open()
            while stay():
                self._complain()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._line.close()
            for task in self._tasks:
                task.cancel()
            await self._discovery.close()
            await runner.cleanup()
            self._socket.close()

    async def _open(self, runner: web.AppRunner) -> None:
        host = "0.0.0.0" if self._osc.lan else "127.0.0.1"  # where it was asked for  # nosec B104
        services = {"_osc._udp": self._osc.listen} if self._osc.listen else {}
        for name in self._osc.maps:
            try:
                self._aim(load_map(name))
            except (MappingError, OSError) as error:
                self._troubles.append(str(error))
        if self._osc.tcp:
            loop = asyncio.get_running_loop()
            await self._try(loop.create_server(lambda: TcpGuest(self.hub), host, self._osc.tcp), "osc.tcp", self._osc.tcp)
        if self._osc.query and await self._try(
            web.TCPSite(runner, host, self._osc.query).start(), "osc.query", self._osc.query
        ):
            services["_oscjson._tcp"] = self._osc.query
        self._tasks.append(asyncio.create_task(self._discovery.open(services)))

    async def _try(self, opening: Awaitable[object], key: str, port: int) -> bool:
        try:
            await opening
            return True
        except OSError as error:
            self._troubles.append(f"port {port} cannot be had ({error.strerror}); choose another {key}")
            return False

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=1024)
        app.router.add_get("/{path:.*}", self._door.answer)
        return app

    def _aim(self, mapping: TargetMap) -> None:
        """Open the way to a target."""
        wanted = mapping.target
        out: Out
        if wanted.by == "websocket":
            out = partial(self._show, self._door.mapped.setdefault(mapping.name.lower(), []))
        elif wanted.by == "udp":
            out = partial(self._send, resolve(wanted.to))
        else:
            host, _, port = wanted.to.rpartition(":")
            called = TcpTarget(host, int(port), wanted.by, self.hub.counts)
            self._tasks.append(asyncio.create_task(called.stay_connected()))
            out = partial(self._call, called)
        if mapping.clips is not None:
            from agent.show.herald.clips import ClipWriter

            writer = ClipWriter(mapping.clips, wanted.to, self._troubles.append)
            self.hub.guests.append(writer)
            self._tasks.append(asyncio.create_task(writer.stay()))
        self.hub.guests.append(HeraldTarget(mapping, self.hub, out, Timing(time, asyncio.get_running_loop().call_later)))

    def _show(self, guests: Sequence[WebGuest], messages: Sequence[Message], wall_seconds: float | None) -> None:
        for guest in guests:
            guest.put(as_json(0.0, "", messages))

    def _send(self, address: tuple[str, int], messages: Sequence[Message], wall_seconds: float | None) -> None:
        for packet in pack("", messages, self.hub.counts, wall_seconds):
            try:
                self._socket.sendto(packet, address)
            except OSError:
                self.hub.counts["unsent"] += 1

    def _call(self, target: TcpTarget, messages: Sequence[Message], wall_seconds: float | None) -> None:
        for packet in pack("", messages, self.hub.counts, wall_seconds):
            target.send(packet)

    def _complain(self) -> None:
        while self._troubles and self._line.send("trouble", self._troubles[0]):
            del self._troubles[0]
