"""OSC over TCP for who calls us: either framing on one port, the cues out, requests in. Runs on the event loop."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from agent.ports.osc_frames import Frames, Unframed, framed
from agent.ports.osc_out import pack
from agent.show.herald.hub import Hub, Tick

MOST_CALLERS = 32
MOST_UNSENT_BYTES = 1 << 18
"""One who is further behind than this is sent away, and may call again."""
BREATHER_SECONDS = 0.02


class TcpGuest(asyncio.Protocol):
    """One connection. It is told everything from its first byte on, which shows how it speaks."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._frames = hub, Frames()
        self._waiting: deque[bytes] = deque()
        self._transport: asyncio.Transport | None = None
        self._host = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody calls."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host = str((transport.get_extra_info("peername") or ("",))[0])
        if sum(isinstance(guest, TcpGuest) for guest in self._hub.guests) >= MOST_CALLERS:
            self._hub.counts["full"] += 1
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """They hang up."""
        self._transport = None
        if self in self._hub.guests:
            self._hub.guests.remove(self)

    def data_received(self, data: bytes) -> None:
        """They say something; who says too much is listened to more slowly, and loses nothing."""
        known = self._frames.framing
        try:
            self._waiting.extend(self._frames.feed(data))
        except Unframed:
            self._hub.counts["malformed"] += 1
            if self._transport is not None:
                self._transport.abort()
            return
        if known is None and self._frames.framing is not None and self._transport is not None:
            self._hub.guests.append(self)
            self.tell(Tick(0.0, 0.0, self._hub.states()))
        self._work()

    def tell(self, tick: Tick) -> None:
        """Pass on what was said."""
        if self._transport is None or self._frames.framing is None:
            return
        if self._transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            self._hub.counts["slow"] += 1
            self._transport.abort()
            return
        for packet in pack(self._hub.prefix, tick.messages, self._hub.counts):
            self._transport.write(framed(packet, self._frames.framing))

    def _work(self) -> None:
        while self._waiting and self._hub.may_say(self._host):
            self._hub.take(self._waiting.popleft(), self._host)
        if self._transport is None:
            return
        if self._waiting:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(BREATHER_SECONDS, self._work)
        else:
            self._transport.resume_reading()


class TcpTarget:
    """A program that we call, again and again until it answers. What is said meanwhile is left out."""

    def __init__(self, host: str, port: int, framing: str, counts: Counter[str]) -> None:
        self._host, self._port, self._framing, self._counts = host, port, framing, counts
        self._writer: asyncio.StreamWriter | None = None

    def send(self, packet: bytes) -> None:
        """Pass a packet on, if they are there and keep up."""
        if self._writer is None or self._writer.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            self._counts["unsent"] += 1
            return
        self._writer.write(framed(packet, "length" if self._framing == "length" else "slip"))

    async def stay_connected(self) -> None:
        """Call, listen until they hang up, call again."""
        while True:
            try:
                reader, self._writer = await asyncio.open_connection(self._host, self._port)
                while await reader.read(4096):
                    pass  # their answers are no requests of ours
            except OSError:
                pass
            if self._writer is not None:
                self._writer.transport.abort()
            self._writer = None
            await asyncio.sleep(1.0)
