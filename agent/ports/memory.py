"""A MIDI system in memory: for tests, for rehearsal without instruments, and to pull cables at will."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.ports.backend import LineDown, Receive


@dataclass
class MemoryLine:
    """An open connection of a `MemoryBackend`; keeps what was sent."""

    name: str
    receive: Receive | None = None
    alive: bool = True
    broken: bool = False  # True makes every send fail, as a wedged driver does
    sent: list[bytes] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        """Keep the message, or fail as told."""
        if self.broken or not self.alive:
            raise LineDown(self.name)
        self.sent.append(data)

    def close(self) -> None:
        """Let go."""
        self.alive = False


class MemoryBackend:
    """Instruments that exist only here. Plug and pull them, play them, and read what was played to them."""

    name = "memory"
    ahead_seconds = 0.0

    def __init__(self, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> None:
        self._inputs = list(inputs)
        self._outputs = list(outputs)
        self._lines: list[MemoryLine] = []
        self._running = True

    def present(self) -> bool:
        """Is the system running?"""
        return self._running

    def inputs(self) -> list[str]:
        """Instruments that can be heard."""
        return list(self._inputs)

    def outputs(self) -> list[str]:
        """Instruments that can be played."""
        return list(self._outputs)

    def open_input(self, name: str, label: str, receive: Receive) -> MemoryLine:
        """Listen to an instrument that is plugged in."""
        return self._open(name, self._inputs, receive)

    def open_output(self, name: str, label: str) -> MemoryLine:
        """Play an instrument that is plugged in."""
        return self._open(name, self._outputs, None)

    def open_virtual_input(self, label: str, receive: Receive) -> MemoryLine:
        """Offer a port for others to play into."""
        return self._open(label, [label], receive)

    def open_virtual_output(self, label: str) -> MemoryLine:
        """Offer a port for others to listen to."""
        return self._open(label, [label], None)

    def close(self) -> None:
        """Leave; every line is let go."""
        for line in self._lines:
            line.close()

    def plug(self, name: str, inputs: bool = True, outputs: bool = True) -> None:
        """Put an instrument's cable in."""
        for wanted, names in ((inputs, self._inputs), (outputs, self._outputs)):
            if wanted and name not in names:
                names.append(name)

    def pull(self, name: str) -> None:
        """Pull an instrument's cable; sends to it fail from now on."""
        for names in (self._inputs, self._outputs):
            if name in names:
                names.remove(name)
        for line in self.lines(name):
            line.close()

    def die(self) -> None:
        """The whole MIDI system is killed."""
        self._running = False
        for line in self._lines:
            line.close()

    def revive(self) -> None:
        """The MIDI system is started again."""
        self._running = True

    def break_sends(self, name: str) -> None:
        """Make every send to an instrument fail although its name is still there."""
        for line in self.lines(name):
            line.broken = True

    def play(self, name: str, data: bytes, seconds: float) -> None:
        """Somebody plays bytes on an instrument, or into a port of ours."""
        for line in self.lines(name):
            if line.receive is not None:
                line.receive(data, seconds)

    def heard_on(self, name: str) -> list[bytes]:
        """Everything ever played to an instrument, or out of a port of ours, oldest first."""
        return [data for line in self._lines if line.name == name and line.receive is None for data in line.sent]

    def lines(self, name: str) -> list[MemoryLine]:
        """The open connections to an instrument."""
        return [line for line in self._lines if line.name == name and line.alive]

    def _open(self, name: str, names: list[str], receive: Receive | None) -> MemoryLine:
        if not self._running or name not in names:
            raise LineDown(name)
        line = MemoryLine(name, receive)
        self._lines.append(line)
        return line
