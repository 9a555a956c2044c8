"""MIDI through JACK, each note placed to the sample on the way in; outlives the server it talks to.

No other JACK client may live in this process: after the server's death, the next one to be made frees all the others,
and JACK crashes when their owners let them go. That is why `present` closes ours first, and why the speaker is a process.
"""

from __future__ import annotations

from collections import deque
from time import sleep
from typing import Any

from agent.ports.backend import Clock, LineDown, NoMidiSystem, Receive

_QUEUE_LIMIT = 4096  # messages waiting for the server; it takes all of them every few milliseconds
_SETTLE_SECONDS = 0.03  # some cycles of the server, after which it no longer uses what we took away


class JackLine:
    """One port of ours on the JACK graph."""

    def __init__(self, backend: JackBackend, port: Any, receive: Receive | None = None) -> None:
        self.port = port
        self.receive = receive
        self.waiting: deque[bytes] = deque()
        self.generation = backend.generation
        self._backend = backend

    @property
    def alive(self) -> bool:
        """False once the server it was opened on has gone. Safe from any thread."""
        return self._backend.running and self.generation == self._backend.generation

    def send(self, data: bytes) -> None:
        """Lay a message down for the server's next cycle. Runs on the loop; cannot block."""
        if not self.alive or len(self.waiting) >= _QUEUE_LIMIT:
            raise LineDown("JACK")
        self.waiting.append(data)

    def close(self) -> None:
        """Take the port off the graph. Runs on the scan thread."""
        self._backend.remove(self)


class JackBackend:
    """A client of the JACK server. The server's own thread runs `_cycle`; everything else the scan thread."""

    name = "JACK"

    def __init__(self, client_name: str, now: Clock) -> None:
        try:
            import jack
        except ImportError:
            raise NoMidiSystem("MIDI through JACK needs the package JACK-Client: pip install JACK-Client") from None
        except OSError:
            raise NoMidiSystem("JACK's library is not installed; on Debian and Ubuntu: sudo apt install jackd2") from None
        jack.set_error_function(lambda message: None)  # JACK would write to the terminal at every attempt
        jack.set_info_function(lambda message: None)
        self._jack = jack
        self._client_name = client_name
        self._now = now
        self._client: Any = None
        self._lines: tuple[JackLine, ...] = ()
        self.running = False
        self.generation = 0

    def present(self) -> bool:
        """Is the server there? After its death the dead client is let go and a new one made. Scan thread only."""
        if not self.running:
            self.close()
            self._join()
        return self.running

    def inputs(self) -> list[str]:
        """Ports that play."""
        return self._others(is_output=True)

    def outputs(self) -> list[str]:
        """Ports that listen."""
        return self._others(is_input=True)

    def open_input(self, name: str, label: str, receive: Receive) -> JackLine:
        """Listen to another client's port."""
        line = self.open_virtual_input(label, receive)
        self._connect(line, name, line.port.name)
        return line

    def open_output(self, name: str, label: str) -> JackLine:
        """Play to another client's port."""
        line = self.open_virtual_output(label)
        self._connect(line, line.port.name, name)
        return line

    def open_virtual_input(self, label: str, receive: Receive) -> JackLine:
        """A port of ours that others connect to."""
        return self._add("midi_inports", label, receive)

    def open_virtual_output(self, label: str) -> JackLine:
        """A port of ours that others connect from."""
        return self._add("midi_outports", label, None)

    def remove(self, line: JackLine) -> None:
        """Take one port away, once the server has surely stopped using it."""
        if line not in self._lines:
            return
        if line.alive and line.waiting:
            sleep(_SETTLE_SECONDS)  # the last note-offs still go out
        self._lines = tuple(kept for kept in self._lines if kept is not line)
        if line.alive:
            sleep(_SETTLE_SECONDS)
            try:
                line.port.unregister()
            except self._jack.JackError:
                self.running = False

    def close(self) -> None:
        """Leave the server, dead or alive."""
        client, self._client = self._client, None
        self.running = False
        self._lines = ()
        if client is not None:
            client.deactivate(ignore_errors=True)
            client.close(ignore_errors=True)

    def _join(self) -> None:
        try:
            client = self._jack.Client(self._client_name, no_start_server=True)
        except self._jack.JackError:
            return
        self._client = client
        client.set_shutdown_callback(self._server_gone)
        client.set_process_callback(self._cycle)
        try:
            client.activate()
        except self._jack.JackError:
            self.close()
            return
        self.generation += 1
        self.running = True

    def _server_gone(self, status: Any, reason: str) -> None:
        self.running = False

    def _others(self, **kind: bool) -> list[str]:
        if not self.running:
            return []
        ours = f"{self._client.name}:"
        return [port.name for port in self._client.get_ports(is_midi=True, **kind) if not port.name.startswith(ours)]

    def _add(self, ports: str, label: str, receive: Receive | None) -> JackLine:
        if not self.running:
            raise LineDown("JACK")
        try:
            line = JackLine(self, getattr(self._client, ports).register(label), receive)
        except self._jack.JackError:
            raise LineDown(label) from None
        self._lines = (*self._lines, line)
        return line

    def _connect(self, line: JackLine, source: str, destination: str) -> None:
        try:
            self._client.connect(source, destination)
        except self._jack.JackError:
            self.remove(line)
            raise LineDown(source) from None

    def _cycle(self, frames: int) -> None:
        for line in self._lines:
            if line.receive is None:
                self._write(line)
            else:
                self._read(line, line.receive, frames)

    def _write(self, line: JackLine) -> None:
        line.port.clear_buffer()
        while line.waiting:
            try:
                line.port.write_midi_event(0, line.waiting[0])
            except self._jack.JackError:
                return  # the cycle is full; the rest goes with the next
            line.waiting.popleft()

    def _read(self, line: JackLine, receive: Receive, frames: int) -> None:
        for frame, data in line.port.incoming_midi_events():
            # What lies in this cycle was played during the one before it.
            age_frames = self._client.frames_since_cycle_start + frames - frame
            receive(bytes(data), self._now() - max(age_frames, 0) / self._client.samplerate)
