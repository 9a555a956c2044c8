"""Who is plugged in: finds instruments by name, listens, plays, and survives pulled cables."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from agent.items import Heard, Item, PortNews, Trouble
from agent.ports.backend import Clock, Line, LineDown, MidiBackend, TimedLine
from agent.ports.codec import MidiReader, read_clock, write_midi
from agent.ports.echo_guard import EchoGuard
from agent.ports.names import check_pattern, is_virtual, matching
from models.music import Event, NoteOff, NoteOn

SCAN_SECONDS = 0.4
"""How often cables are looked at: a loss is known, and a return taken up, well within a second."""

DOUBTED_SECONDS = 1.0
"""A process that is killed takes what is sent to it for some tenths of a second, while its memory is cleared away."""

CLOCK = "Clock"
"""The output that carries MIDI clock and nothing else: a DAW that syncs to a port ignores the notes on it."""
_FIRST_SCAN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Plug:
    """One wish: a short key such as `out` or `bass`, and the name of what to plug it into, or `virtual`."""

    key: str
    pattern: str


@dataclass(frozen=True, slots=True)
class PortStatus:
    """How a wish stands: `names` are the ports it is plugged into."""

    key: str
    direction: str  # "in" or "out"
    pattern: str
    names: tuple[str, ...]


class Patchbay:
    """Plays and hears through named ports, whatever happens to their cables.

    An input takes every port its pattern means, an output the first. Counts: `sent`, `away` (sent nowhere), `unplayable`,
    `echo`, and what `MidiReader` counts.
    """

    def __init__(
        self,
        backend: MidiBackend,
        inputs: Sequence[Plug],
        outputs: Sequence[Plug],
        now: Clock,
        post: Callable[[Item], None],
    ) -> None:
        for plug in (*inputs, *outputs):
            check_pattern(plug.pattern)
        self.counts: Counter[str] = Counter()
        self._backend = backend
        self._plugs = [("in", plug) for plug in inputs] + [("out", plug) for plug in outputs]
        self._now = now
        self._post = post
        self.echoes = EchoGuard(now)
        self._echo_told = False
        self._lines: dict[tuple[str, str], dict[str, Line]] = {(way, plug.key): {} for way, plug in self._plugs}
        self._outputs: dict[str, Line] = {}  # what `send` sees; the scan thread puts in and takes out
        self._timed: dict[str, TimedLine] = {}  # those of them that can hold a message for its instant
        self._failed: set[str] = set()  # outputs that refused a message since the last scan
        self._down: dict[str, set[tuple[int, int]]] = {plug.key: set() for plug in outputs}  # channel and pitch of what sounds
        self._ended: dict[str, dict[tuple[int, int], float]] = {plug.key: {} for plug in outputs}  # and when it was ended
        self._told: dict[tuple[str, str], bool] = {}
        self._stop, self._wake = threading.Event(), threading.Event()
        self._scanned = threading.Event()
        self._thread = threading.Thread(target=self._keep_scanning, name="patchbay", daemon=True)

    def open(self) -> None:
        """Plug in everything that is there, and keep looking for the rest."""
        self._thread.start()
        self._scanned.wait(_FIRST_SCAN_SECONDS)

    def close(self) -> None:
        """Pull every plug."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_FIRST_SCAN_SECONDS)

    def plug_in(self, key: str, line: Line) -> None:
        """Add an output that is no MIDI port, such as our own synth. Before `open`."""
        self._put_out(key, line)

    def send(self, key: str, event: Event) -> bool:
        """Play an event; False if nobody is there to play it. Runs on the loop; returns at once."""
        try:
            data = write_midi(event)
        except (ValueError, TypeError):
            self.counts["unplayable"] += 1
            return False
        if not self.send_bytes(key, data):
            return False
        self._has_left(key, event)
        return True

    def send_at(self, key: str, event: Event, seconds: float) -> bool:
        """Play an event that is to sound at an instant: to its very frame where the system can hold it. Runs on the loop."""
        line = self._timed.get(key)
        if line is None:
            return self.send(key, event)
        try:
            line.send_at(write_midi(event), seconds)
        except LineDown:
            self._is_away(key)
            return False
        self.counts["sent"] += 1
        self._has_left(key, event)
        return True

    def ahead_seconds(self, key: str) -> float:
        """How long before its instant an event wants to be sent: not at all where the system cannot hold it."""
        line = self._timed.get(key)
        return line.ahead_seconds if line is not None else 0.0

    @property
    def clock_ahead_seconds(self) -> float:
        """How long before its instant a tick wants to be sent: not at all where the system cannot hold it back."""
        return self.ahead_seconds(CLOCK)

    def send_clock(self, data: bytes, seconds: float | None = None) -> bool:
        """Send a word of MIDI clock, to sound at an instant where the system can do that, else at once. Runs on the loop.

        What is sent at once is a word of the transport: ticks that still lie ready belong to what was before it.
        """
        line = self._timed.get(CLOCK)
        if line is None:
            return self.send_bytes(CLOCK, data)
        try:
            if seconds is None:
                line.take_back()
                line.send(data)
            else:
                line.send_at(data, seconds)
        except LineDown:
            self._failed.add(CLOCK)
            return False
        return True

    def send_bytes(self, key: str, data: bytes) -> bool:
        """Send one raw MIDI message. Runs on the loop; returns at once."""
        line = self._outputs.get(key)
        if line is None:
            self.counts["away"] += 1
            return False
        try:
            line.send(data)
        except LineDown:
            self._is_away(key)
            return False
        self.counts["sent"] += 1
        return True

    def _is_away(self, key: str) -> None:
        self.counts["away"] += 1
        self._failed.add(key)
        self._wake.set()  # look at once

    def _has_left(self, key: str, event: Event) -> None:
        self.echoes.sent(event)
        if isinstance(event, NoteOn) and key in self._down:
            self._down[key].add((event.channel, event.pitch))
        elif isinstance(event, NoteOff) and key in self._down:
            self._down[key].discard((event.channel, event.pitch))
            self._ended[key][event.channel, event.pitch] = self._now()

    def status(self) -> tuple[PortStatus, ...]:
        """How every wish stands. Safe from any thread."""
        return tuple(PortStatus(plug.key, way, plug.pattern, tuple(self._lines[way, plug.key])) for way, plug in self._plugs)

    def scan(self) -> None:
        """Look at every cable once. The scan thread does this; tests do it by hand."""
        present = self._backend.present()
        names = {"in": self._backend.inputs(), "out": self._backend.outputs()} if present else {"in": [], "out": []}
        for way, plug in self._plugs:
            self._drop_lost(way, plug, names[way])
        if present:
            for way, plug in self._plugs:
                self._take_up(way, plug, names[way])
        for way, plug in self._plugs:
            self._tell(way, plug.key)

    def _keep_scanning(self) -> None:
        while not self._stop.is_set():
            try:
                self.scan()
            except Exception as error:  # whatever a driver throws, the looking goes on
                self.counts["scan_errors"] += 1
                self._post(Trouble(self._now(), f"looking for MIDI ports failed: {error}"))
            self._scanned.set()
            self._wake.wait(SCAN_SECONDS)
            self._wake.clear()
        for way, plug in self._plugs:
            self._drop_lost(way, plug, [], everything=True)
        self._backend.close()

    def _drop_lost(self, way: str, plug: Plug, names: list[str], everything: bool = False) -> None:
        lines = self._lines[way, plug.key]
        failed = way == "out" and plug.key in self._failed
        for name, line in tuple(lines.items()):
            there = line.alive and not failed and (name in names or is_virtual(plug.pattern))
            if there and not everything:
                continue
            if way == "out":  # first out of the loop's sight, then closed
                self._outputs.pop(plug.key, None)
                self._doubt(plug.key)
                self._timed.pop(plug.key, None)
            self._lines[way, plug.key] = {known: kept for known, kept in self._lines[way, plug.key].items() if known != name}
            self._tell(way, plug.key)
            line.close()
        self._failed.discard(plug.key)

    def _take_up(self, way: str, plug: Plug, names: list[str]) -> None:
        taken = self._lines[way, plug.key]
        if is_virtual(plug.pattern):
            wanted = [] if taken else [plug.key]
        elif way == "out":
            wanted = [] if taken else matching(plug.pattern, names)[:1]
        else:
            wanted = [name for name in matching(plug.pattern, names) if name not in taken]
        for name in wanted:
            try:
                line = self._open(way, plug, name)
            except LineDown:
                continue  # it went away between the look and the grasp; the next scan tries again
            self._lines[way, plug.key] = {**self._lines[way, plug.key], name: line}
            if way == "out":
                self._end_what_was_cut_off(plug.key, line)
                self._put_out(plug.key, line)

    def _put_out(self, key: str, line: Line) -> None:
        if isinstance(line, TimedLine):  # asked once: it takes as long as sending
            self._timed[key] = line
        self._outputs[key] = line

    def _doubt(self, key: str) -> None:
        """Who has just died took what it was told last with it: those notes may sound still."""
        since = self._now() - DOUBTED_SECONDS
        self._down[key] |= {note for note, seconds in self._ended[key].items() if seconds > since}

    def _end_what_was_cut_off(self, key: str, line: Line) -> None:
        """The instrument has not heard how these notes ended: it was away, or we were."""
        for channel, pitch in sorted(self._down[key]):
            with suppress(LineDown):
                line.send(write_midi(NoteOff(pitch, channel)))
        self._down[key].clear()

    def _open(self, way: str, plug: Plug, name: str) -> Line:
        if way == "out":
            if is_virtual(plug.pattern):
                return self._backend.open_virtual_output(plug.key)
            return self._backend.open_output(name, plug.key)
        receive = partial(self._receive, plug.key, MidiReader())
        if is_virtual(plug.pattern):
            return self._backend.open_virtual_input(plug.key, receive)
        return self._backend.open_input(name, plug.key, receive)

    def _tell(self, way: str, key: str) -> None:
        present = bool(self._lines[way, key])
        if self._told.get((way, key)) != present:
            self._told[way, key] = present
            self._post(PortNews(self._now(), key, way, present))

    def _receive(self, key: str, reader: MidiReader, data: bytes, seconds: float) -> None:
        if (word := read_clock(data, seconds, key)) is not None:
            self._post(word)
            return
        event = reader.read(data)
        if event is None:
            self.counts["not_played"] += 1
        elif self.echoes.is_echo(key, event):
            self._note_echo(key)
        else:
            self._post(Heard(seconds, key, event))

    def _note_echo(self, key: str) -> None:
        self.counts["echo"] += 1
        if not self._echo_told:
            self._echo_told = True
            sentence = f"what we play comes back on {key!r} and is ignored; check the thru or monitoring of your DAW"
            self._post(Trouble(self._now(), sentence))
