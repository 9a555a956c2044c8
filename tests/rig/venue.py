"""Antiphon alone on a stage in memory, with every OSC door open, and guests who come in by each of them."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import aiohttp
from pythonosc import slip
from pythonosc.osc_packet import OscPacket

from agent.items import Cue, Trouble
from agent.recorder import read_passes
from tests.rig.rig import PATIENCE_SECONDS, Rig, free_port

Message = tuple[str, tuple[Any, ...]]

AGENT = """
[agent]
mode = "solo"
model = "markov"
parts = {parts}
"""
SETTINGS = (
    AGENT
    + """
[song]
scenes = ["{scene}"]
[midi]
api = "{api}"
output = "{output}"
inputs = ["Keyboard"]
[clock]
sync = "internal"
bpm = 120
[osc]
listen = {listen}
tcp = {tcp}
query = {query}
targets = [{targets}]
maps = [{maps}]
[panel]
port = 0
[recording]
folder = "{folder}"
"""
)


class Venue:
    """One evening. `targets` are UDP ports that are told every cue."""

    def __init__(
        self,
        rig: Rig,
        targets: tuple[int, ...] = (),
        maps: tuple[str, ...] = (),
        api: str = "memory",
        parts: tuple[str, ...] = ("lead", "comp", "bass", "drums"),
    ) -> None:
        self.rig, self.udp, self.sound = rig, 0, 0
        self.listen, self.tcp, self.query = free_port(), free_port("tcp"), free_port("tcp")
        self._folder = rig.folder / "recordings"
        scene = rig.folder / "again.toml"  # another scene, which is the same
        scene.write_text(AGENT.format(parts=list(parts)))
        ports = {"listen": self.listen, "tcp": self.tcp, "query": self.query}
        settings = SETTINGS.format(
            **ports,
            scene=scene,
            parts=list(parts),
            api=api,
            output="Synth" if api == "memory" else "ears",
            folder=self._folder,
            targets=", ".join(f'"127.0.0.1:{port}"' for port in targets),
            maps=", ".join(f'"{name}"' for name in maps),
        )
        (rig.folder / "venue.toml").write_text(settings)
        antiphon = Path(sys.executable).with_name("antiphon")
        options = ("--config", rig.folder / "venue.toml", "--run-dir", rig.folder / "run", "--headless")
        self.jam = rig.start("antiphon", antiphon, "jam", *options)
        rig.wait_for(lambda: _answers(self.tcp) and _answers(self.query), "the herald to open its doors")

    def recorded(self) -> list[Message]:
        """Every cue that reached the session, from the recording."""
        passes = [p.item for log in self._folder.glob("*.jsonl") for p in read_passes(log)]
        return [(item.address, item.args) for item in passes if isinstance(item, Cue)]

    def errors(self) -> list[str]:
        """What a person was told that went wrong, from the recording."""
        return [
            p.item.sentence for log in self._folder.glob("*.jsonl") for p in read_passes(log) if isinstance(p.item, Trouble)
        ]


class Listener:
    """A guest who writes down what it is told, in a thread of its own."""

    def __init__(self, listen: Callable[[Listener], None]) -> None:
        self.heard: list[Message] = []
        self.open = True
        self._thread = Thread(target=listen, args=(self,), daemon=True)
        self._thread.start()

    def note_ids(self) -> list[int]:
        """Which of the agent's notes it was told of, in order."""
        return [int(args[0]) for address, args in list(self.heard) if address == "/antiphon/agent/note" and args[4] == 1]

    def leave(self) -> None:
        """Go."""
        self.open = False
        self._thread.join(5.0)


def by_udp(port: int) -> Listener:
    """Somebody who hears UDP, with python-osc."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", port))
    ear.settimeout(0.2)

    def listen(guest: Listener) -> None:
        while guest.open:
            try:
                guest.heard += told(ear.recv(65536))
            except TimeoutError:
                continue
        ear.close()

    return Listener(listen)


def by_tcp(port: int, framing: str) -> Listener:
    """Somebody who calls by TCP, with the framing of python-osc's SLIP or a length."""
    call = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
    call.settimeout(0.2)
    ping = b"/antiphon/sys/ping\x00\x00,\x00\x00\x00"
    call.sendall(slip.encode(ping) if framing == "slip" else len(ping).to_bytes(4, "big") + ping)

    def listen(guest: Listener) -> None:
        rest = b""
        while guest.open:
            try:
                rest += call.recv(65536)
            except TimeoutError:
                continue
            if framing == "slip":
                *frames, rest = rest.split(slip.END)
                whole = [slip.decode(slip.END + frame + slip.END) for frame in frames if frame]
                guest.heard += [message for packet in whole for message in told(packet)]
            while framing == "length" and len(rest) >= 4 and len(rest) >= 4 + (size := int.from_bytes(rest[:4], "big")):
                guest.heard += told(rest[4 : 4 + size])
                rest = rest[4 + size :]
        call.close()

    return Listener(listen)


def by_websocket(port: int, path: str, *says: str | bytes) -> Listener:
    """A browser at one of the herald's sockets; first it says something, if it wants."""

    async def stay(guest: Listener) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"http://127.0.0.1:{port}{path}") as sock:
            for word in says:
                await (sock.send_str(word) if isinstance(word, str) else sock.send_bytes(word))
            while guest.open:
                try:
                    message = await sock.receive(timeout=0.2)
                except TimeoutError:
                    continue
                if message.type == aiohttp.WSMsgType.TEXT:
                    guest.heard += [(address, tuple(args)) for address, *args in json.loads(message.data)["cues"]]
                elif message.type == aiohttp.WSMsgType.BINARY:
                    guest.heard += told(message.data)

    return Listener(lambda guest: asyncio.run(stay(guest)))


def told(packet: bytes) -> list[Message]:
    """What a packet says, as python-osc reads it."""
    return [(timed.message.address, tuple(timed.message.params)) for timed in OscPacket(packet).messages]


def addresses(guest: Listener) -> Counter[str]:
    """How often it was told what."""
    return Counter(address for address, _ in list(guest.heard))


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False
