"""The thread of string between performer and worker: packets over a local socket, JSON inside, nobody ever waits on the loop.

Where the system has them these are SEQPACKET sockets, which keep the bounds of a message; elsewhere a loopback TCP
connection, each message led by its length.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

from agent.items import Insight, MindNews, Phrase, Trouble
from agent.wire import WireError, pack, unpack

LARGEST_MESSAGE = 256 * 1024
CHUNK_BYTES = 2048
"""A stream that can take anything at all takes this much without waiting."""
HAS_PACKETS = sys.platform == "linux"
_LENGTH = struct.Struct("<I")


class Wire:
    """One connected end. `send` and `receive` carry (kind, body) pairs."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._unsent = b""
        self._packets = connected.type == getattr(socket, "SOCK_SEQPACKET", -1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * LARGEST_MESSAGE)

    def send(self, kind: str, body: object, wait: bool = False) -> bool:
        """Pass a message on. Without `wait` it is refused (False) when the other end is too far behind or gone."""
        message = pack((kind, body))
        try:
            if self._packets:
                self._socket.send(message, 0 if wait else socket.MSG_DONTWAIT)
                return True
            return self._send_framed(_LENGTH.pack(len(message)) + message, wait)
        except OSError:
            return False

    def receive(self, wait_seconds: float | None = None) -> tuple[str, Any] | None:
        """The next message, or None when none came in time. Without a time it waits for ever. Raises EOFError on hanging up."""
        try:
            if wait_seconds is not None and not select.select([self._socket], [], [], wait_seconds)[0]:
                return None
            message = self._socket.recv(LARGEST_MESSAGE) if self._packets else self._read_framed()
        except (OSError, ValueError) as error:
            raise EOFError from error
        if not message:
            raise EOFError
        pair = unpack(message)
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)):
            raise WireError("a link message is a pair of kind and body")
        return pair[0], pair[1]

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _send_framed(self, data: bytes, wait: bool) -> bool:
        if wait:
            self._socket.sendall(self._unsent + data)
            self._unsent = b""
            return True
        # A stream may take half a message. The other half is kept, and goes before anything new is taken.
        self._unsent = self._push(self._unsent)
        if self._unsent:
            return False
        self._unsent = self._push(data)
        return True

    def _push(self, data: bytes) -> bytes:
        while data and select.select([], [self._socket], [], 0.0)[1]:
            data = data[self._socket.send(data[:CHUNK_BYTES]) :]
        return data

    def _read_framed(self) -> bytes:
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        if length > LARGEST_MESSAGE:
            raise EOFError
        return self._read(length)

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self._socket.recv(length - len(data))
            if not more:
                raise EOFError
            data += more
        return data


def listen(path: Path) -> socket.socket:
    """Open the performer's end at a path in the run directory (elsewhere than Linux the path holds a port number)."""
    path.unlink(missing_ok=True)
    if HAS_PACKETS:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        server.bind(str(path))
    else:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("127.0.0.1", 0))
        path.write_text(str(server.getsockname()[1]))
    server.listen(2)
    return server


def connect(path: Path) -> Wire:
    """Call the performer from the worker. Raises OSError while nobody is there."""
    if HAS_PACKETS:
        caller = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        caller.connect(str(path))
    else:
        caller = socket.create_connection(("127.0.0.1", int(path.read_text())))
    return Wire(caller)


class Exchange:
    """Where whoever calls is answered, one after another; `talk` is run for each, on a thread, until they hang up."""

    def __init__(self, path: Path, talk: Callable[[Wire], None]) -> None:
        self.wire: Wire | None = None
        """Whoever is on the line."""
        self._path, self._talk = path, talk
        self._server: socket.socket | None = None

    def open(self) -> None:
        """Begin to wait for calls."""
        self._server = listen(self._path)
        Thread(target=self._answer_calls, args=(self._server,), name=self._path.stem, daemon=True).start()

    def close(self) -> None:
        """Hang up for good."""
        if self._server is not None:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread that waits for calls
            self._server.close()
        wire = self.wire
        if wire is not None:
            wire.close()

    def _answer_calls(self, server: socket.socket) -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            wire = self.wire = Wire(caller)
            self._talk(wire)
            self.wire = None
            wire.close()


class WorkerLink:
    """The performer's end: takes whichever worker calls, and turns what it says into items."""

    def __init__(self, path: Path, now: Callable[[], float], post: Callable[[Any], None]) -> None:
        self._now, self._post = now, post
        self._exchange = Exchange(path, self._answer)
        self._wire: Wire | None = None  # once it has said that it is ready

    @property
    def alive(self) -> bool:
        """Whether a worker is on the line."""
        return self._wire is not None

    def open(self) -> None:
        """Begin to listen, in a thread."""
        self._exchange.open()

    def send(self, kind: str, body: object) -> bool:
        """Runs on the loop; returns at once."""
        wire = self._wire
        return wire is not None and wire.send(kind, body)

    def close(self) -> None:
        """Hang up for good."""
        self._exchange.close()

    def _answer(self, wire: Wire) -> None:
        self._talk(wire)
        self._wire = None
        self._post(MindNews(self._now(), alive=False))

    def _talk(self, wire: Wire) -> None:
        while True:
            try:
                message = wire.receive()
            except EOFError:
                return
            except WireError as error:
                self._post(Trouble(self._now(), f"the model's worker talks rubbish: {error}"))
                return
            assert message is not None
            kind, body = message
            if kind == "ready":
                self._wire = wire
                self._post(MindNews(self._now(), alive=True, name=str(body)))
            elif kind == "phrase" and isinstance(body, Phrase):
                self._post(Phrase(self._now(), body.ask_id, body.tag, body.notes, body.last))
            elif kind == "insight" and isinstance(body, Insight):
                self._post(replace(body, seconds=self._now()))
            elif kind == "trouble":
                self._post(Trouble(self._now(), str(body)[:300]))
