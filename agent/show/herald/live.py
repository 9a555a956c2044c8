"""Ableton Live through AbletonOSC: a question and its answer at a time, over UDP. On the event loop.

AbletonOSC (https://github.com/ideoforms/AbletonOSC, its README) answers a question under the question's own address, with
what it was asked of in front, always to one port (11001) of who asked. It looks at its messages ten times a second, so an
answer takes about as long, and what was sent in one tick is done in order.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from agent.ports.osc_audience import Address
from agent.ports.osc_decode import ANSWER_TYPES, LARGEST_ANSWER_BYTES, Argument, read_packet
from agent.ports.osc_out import pack, resolve

ANSWER_SECONDS = 1.5
TRIES = 3
LOOK_AGAIN_SECONDS = 0.1

Answer = tuple[Argument, ...]


class NoLive(Exception):
    """Live cannot be spoken to, or will not do what it was asked; a sentence for a person."""


class Live(asyncio.DatagramProtocol):
    """One set, for as long as it is spoken to. Only what comes from its own computer is taken for an answer."""

    def __init__(self, to: str, answers: int) -> None:
        self._to, self._answers = to, answers
        self._address: Address = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None
        self._asked: tuple[str, Answer, asyncio.Future[Answer]] | None = None
        self._counts: Counter[str] = Counter()
        self._closed = asyncio.Event()
        self.complaint = ""
        """The last thing that it said had gone wrong."""

    async def open(self) -> None:
        """Listen for its answers. Raises NoLive."""
        try:
            self._address = resolve(self._to)
            here = "127.0.0.1" if self._address[0].startswith("127.") else "0.0.0.0"  # an answer from afar  # nosec B104
            loop = asyncio.get_running_loop()
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(here, self._answers))
        except OSError as error:
            what = error.strerror or str(error)
            raise NoLive(f"port {self._answers} for Live's answers cannot be had ({what}); who else speaks to it?") from None

    async def close(self) -> None:
        """Leave it in peace; after this the port is free."""
        if self._transport is not None:
            self._transport.close()
            await self._closed.wait()

    def connection_lost(self, error: Exception | None) -> None:
        """The port is free."""
        self._closed.set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """It says something."""
        if addr[0] != self._address[0]:
            return
        for address, args in read_packet(data, self._counts, ANSWER_TYPES, LARGEST_ANSWER_BYTES):
            if address == "/live/error":
                self.complaint = str(args[0])[:160] if args else ""
            elif self._asked is not None and address == self._asked[0] and args[: len(self._asked[1])] == self._asked[1]:
                found = self._asked[2]
                if not found.done():
                    found.set_result(args[len(self._asked[1]) :])

    def tell(self, address: str, *args: Argument) -> None:
        """Have something done. Whether it was shows only when it is asked for."""
        assert self._transport is not None
        for packet in pack("", [(address, args)], self._counts):
            self._transport.sendto(packet, self._address)

    async def ask(self, address: str, *args: Argument, of: int = 0) -> Answer:
        """Ask, and wait for the answer, without the first arguments that it repeats: `of` says how many. Raises NoLive."""
        for _ in range(TRIES):
            self._asked = (address, args[:of], asyncio.get_running_loop().create_future())
            self.tell(address, *args)
            try:
                return await asyncio.wait_for(self._asked[2], ANSWER_SECONDS)
            except TimeoutError:
                continue
            finally:
                self._asked = None
        raise NoLive(f"Live does not answer at {self._to}; its settings, Link, Tempo & MIDI, must name AbletonOSC")

    async def number(self, address: str) -> int:
        """Ask for how many there are of something. Raises NoLive."""
        answer = await self.ask(address)
        if len(answer) != 1 or not isinstance(answer[0], int):
            raise NoLive(f"Live says that {address} is {str(answer)[:60]}, which is no number")
        return answer[0]

    async def wait_until(self, answer: Answer, address: str, *args: Argument, of: int = 0) -> bool:
        """Ask until this is the answer; False when it never is."""
        for _ in range(round(ANSWER_SECONDS / LOOK_AGAIN_SECONDS)):
            if await self.ask(address, *args, of=of) == answer:
                return True
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return False
