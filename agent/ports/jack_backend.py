"""MIDI through JACK, by a child process that lives on the JACK graph (`jack_client`) and may die without harm."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from agent.ports.backend import Clock, LineDown, NoMidiSystem, Receive
from agent.ports.jack_client import GONE, LARGEST_REPLY_BYTES, MOST_LINES, NOTE_HEAD
from agent.ports.jack_line import TAKE_BACK
from agent.realtime import share_priority

_AHEAD_SECONDS = 0.02  # a message for an exact frame is passed on this early: a loop that is held up still meets it
_FAREWELL_SECONDS = 2.0
_STARTING_SECONDS = 30.0
_PATIENCE_SECONDS = 5.0  # a child that answers no request this long is replaced
_LOOKS = 20
_SEND_BUFFER_BYTES = 1 << 18
_ROOT = Path(__file__).parents[2]


class ChildGone(Exception):
    """The child has died, or does not answer."""


@dataclass(eq=False)
class JackLine:
    """One port of ours on the JACK graph; not `alive` once its child or the server has gone."""

    number: int
    notes: socket.socket
    let_go: Callable[[JackLine], None]
    zero_seconds: float  # when the session began, by `perf_counter`, which the child has, too
    receive: Receive | None = None
    alive: bool = True
    ahead_seconds: float = _AHEAD_SECONDS

    def send(self, data: bytes) -> None:
        """Pass a message to the child. Runs on the loop; cannot block."""
        self._pass_on(data, 0.0)

    def send_at(self, data: bytes, seconds: float) -> None:
        """Pass a message to the child, which lays it into its very frame. Runs on the loop; cannot block."""
        self._pass_on(data, self.zero_seconds + seconds)

    def take_back(self) -> None:
        """Have the child forget what lies ready for later. Runs on the loop; cannot block."""
        self._pass_on(b"", TAKE_BACK)

    def _pass_on(self, data: bytes, second: float) -> None:
        if not self.alive:
            raise LineDown("JACK")
        try:
            self.notes.send(NOTE_HEAD.pack(self.number, second) + data, socket.MSG_DONTWAIT)
        except OSError as error:
            raise LineDown(f"JACK: {error.strerror}") from None

    def close(self) -> None:
        """Take the port off the graph. Runs on the scan thread."""
        self.let_go(self)


class JackBackend:
    """The parent's end. The thread of one child's notes reads `_lines`; only the scan thread changes anything."""

    name = "JACK"
    ahead_seconds = _AHEAD_SECONDS

    def __init__(self, client_name: str, now: Clock) -> None:
        if not hasattr(socket, "SOCK_SEQPACKET") or os.name == "nt":
            raise NoMidiSystem("JACK is for Linux; leave midi.api at auto")
        self._client_name = client_name
        self._keep_time(now)
        self._child: subprocess.Popen[bytes] | None = None
        self._talk: socket.socket | None = None
        self._notes: socket.socket | None = None
        self._lines: dict[int, JackLine] = {}

    @classmethod
    def prepared(cls, client_name: str) -> JackBackend:
        """With a child that has started but has not joined the server yet. It keeps time from `take_clock` on."""
        backend = cls(client_name, perf_counter)
        backend._start()
        return backend

    def take_clock(self, now: Clock) -> None:
        """The evening has begun: from now on this is the time."""
        self._keep_time(now)
        if self._child is not None:
            share_priority(self._child.pid)

    def present(self) -> bool:
        """Is the server there? A dead child is replaced at once; cables that lie loose are let go, to be plugged in again."""
        for _ in range(2):
            try:
                return self._is_present()
            except ChildGone:
                self.close()
        return False

    def _is_present(self) -> bool:
        if self._child is None:
            self._start()
        if not self._ask("present"):
            self._lose_lines()
            return False
        for number in self._ask("loose"):
            if (line := self._lines.get(number)) is not None:
                self._let_go(line)
        return True

    def inputs(self) -> list[str]:
        """Ports that play."""
        return self._names("inputs")

    def outputs(self) -> list[str]:
        """Ports that listen."""
        return self._names("outputs")

    def open_input(self, name: str, label: str, receive: Receive) -> JackLine:
        """Listen to another client's port."""
        return self._open(receive, label, name)

    def open_output(self, name: str, label: str) -> JackLine:
        """Play to another client's port."""
        return self._open(None, label, name)

    def open_virtual_input(self, label: str, receive: Receive) -> JackLine:
        """A port of ours that others connect to."""
        return self._open(receive, label, "")

    def open_virtual_output(self, label: str) -> JackLine:
        """A port of ours that others connect from."""
        return self._open(None, label, "")

    def close(self) -> None:
        """Send the child home; one that will not go is ended."""
        self._lose_lines()
        for end in (self._talk, self._notes):
            if end is not None:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        child, self._child, self._talk, self._notes = self._child, None, None, None
        if child is not None:
            try:
                child.wait(_FAREWELL_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _keep_time(self, now: Clock) -> None:
        self._now = now
        # Who is interrupted between the two looks finds it too early; the latest of some is right.
        self._zero_seconds = max(perf_counter() - now() for _ in range(_LOOKS))

    def _start(self) -> None:
        self._talk, their_talk = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._notes, their_notes = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._notes, their_notes):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        theirs = (their_talk.fileno(), their_notes.fileno())
        command = [sys.executable, "-m", "agent.ports.jack_client", self._client_name, *map(str, theirs)]
        self._child = subprocess.Popen(command, pass_fds=theirs, cwd=_ROOT, stdin=subprocess.DEVNULL)
        for end in (their_talk, their_notes):
            end.close()
        threading.Thread(target=self._listen, args=(self._notes,), name="jack in", daemon=True).start()
        # A child that a busy computer lets begin only slowly would be replaced by one that begins no sooner.
        self._talk.settimeout(_STARTING_SECONDS)
        problem = self._answer()
        self._talk.settimeout(_PATIENCE_SECONDS)
        if problem:
            self.close()
            raise NoMidiSystem(problem)

    def _ask(self, method: str, *arguments: object) -> Any:
        if self._talk is None:
            raise ChildGone
        try:
            self._talk.send(json.dumps((method, *arguments)).encode())
        except OSError:
            raise ChildGone from None
        return self._answer()

    def _answer(self) -> Any:
        reply = b""
        if self._talk is not None:
            with suppress(OSError):
                reply = self._talk.recv(LARGEST_REPLY_BYTES)
        if not reply:
            self._hang_up()
            raise ChildGone
        return json.loads(reply)

    def _hang_up(self) -> None:
        """Ask this child nothing more: its late answer would be taken for that to the next question. Another will come."""
        if self._talk is not None:
            self._talk.close()
            self._talk = None

    def _names(self, method: str) -> list[str]:
        try:
            return [str(name) for name in self._ask(method)]
        except ChildGone:
            self._lose_lines()
            return []

    def _open(self, receive: Receive | None, label: str, name: str) -> JackLine:
        number = next((number for number in range(MOST_LINES) if number not in self._lines), None)
        if number is None or self._notes is None:
            raise LineDown(label)
        line = JackLine(number, self._notes, self._let_go, self._zero_seconds, receive)
        self._lines[number] = line
        try:
            if self._ask("open", number, receive is not None, label, name):
                return line
        except ChildGone:
            self._lose_lines()
        self._lines.pop(number, None)
        raise LineDown(name or label)

    def _let_go(self, line: JackLine) -> None:
        if not line.alive:
            return
        line.alive = False
        with suppress(ChildGone):
            self._ask("close", line.number)
        self._lines.pop(line.number, None)

    def _lose_lines(self) -> None:
        for line in tuple(self._lines.values()):
            line.alive = False
        self._lines.clear()

    def _listen(self, notes: socket.socket) -> None:
        while True:
            try:
                packet = notes.recv(LARGEST_REPLY_BYTES)
            except OSError:
                packet = b""
            if not packet or packet[0] == GONE:
                for line in tuple(self._lines.values()):
                    line.alive = line.alive and line.notes is not notes
            if not packet:
                return
            self._take(packet)

    def _take(self, packet: bytes) -> None:
        number, told_seconds = NOTE_HEAD.unpack_from(packet)
        line = self._lines.get(number)
        if line is not None and line.receive is not None:
            line.receive(packet[NOTE_HEAD.size :], min(told_seconds - self._zero_seconds, self._now()))
