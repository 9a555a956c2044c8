"""Our client on the JACK graph, in a process of its own, each note placed to the sample on the way in.

The server calls us back in real time. Beside a busy loop the interpreter would be late for it, and JACK drops what is late;
and libjack may take its process with it when the server dies. So `jack_backend` runs this module as a child, one line of JSON
in and one out for every request on one socket, and on the other the notes: a byte for the line, eight for the second, MIDI.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from contextlib import suppress
from time import perf_counter, sleep
from typing import Any

from agent.ports.backend import NoMidiSystem
from agent.ports.jack_frames import FrameClock, ServerClock
from agent.ports.jack_line import TAKE_BACK, JackLine
from agent.ports.jack_time import ServerTime
from agent.realtime import take_realtime_priority

NOTE_HEAD = struct.Struct("<Bd")
"""Line and `perf_counter` second; on the way out the second is 0 for what is for now."""

GONE = 255
"""In place of a line: the server has died."""

LARGEST_REPLY_BYTES = 1 << 16
MOST_LINES = 64

_FIRST_OF_THE_CLOCK = b"\xf2"
_LONGEST_FAREWELL_SECONDS, _LOOK_SECONDS = 1.0, 0.002
_HEARD_AFTER_CYCLES = 4  # what has left is then on the other side
_MOST_LOOKS = 10
_PLUG_SECONDS = 0.3  # a cable that was plugged in only now may not be seen yet
_SETTLE_SECONDS = 0.03  # some cycles of the server, after which it no longer uses what we took away


class JackClient:
    """A client of the JACK server. The server's own thread runs `_cycle`, the thread of notes `play`, the main one the rest."""

    def __init__(self, name: str, notes: socket.socket) -> None:
        try:
            import jack
        except ImportError:
            raise NoMidiSystem("MIDI through JACK needs the package JACK-Client: pip install JACK-Client") from None
        except OSError:
            raise NoMidiSystem("JACK's library is not installed; on Debian and Ubuntu: sudo apt install jackd2") from None
        jack.set_error_function(lambda message: None)  # JACK would write to the terminal at every attempt
        jack.set_info_function(lambda message: None)
        self._jack = jack
        self._name = name
        self._notes = notes
        self._client: Any = None
        self._frames: FrameClock
        self._time: ServerTime
        self._lines: dict[int, JackLine] = {}  # replaced, never changed: the server's thread may be reading it
        self._running = False
        self._cycles = 0
        self._overruns = 0
        self._overruns_met = 0

    def present(self) -> bool:
        """Is the server there? After its death the dead client is let go, with all lines, before a new one is made."""
        if not self._running:
            self.leave()
            self._join()
        return self._running

    def inputs(self) -> list[str]:
        """Ports that play."""
        return self._others(is_output=True)

    def outputs(self) -> list[str]:
        """Ports that listen."""
        return self._others(is_input=True)

    def open(self, number: int, is_input: bool, label: str, name: str = "") -> bool:
        """A port of ours under a line's number, connected to the one named, if one is; False if that has gone."""
        if not self._running:
            return False
        ports = self._client.midi_inports if is_input else self._client.midi_outports
        try:
            line = JackLine(number, ports.register(label), is_input, perf_counter() if name else 0.0)
        except self._jack.JackError:
            return False
        self._lines = {**self._lines, number: line}
        try:
            if name:
                self._client.connect(*((name, line.port) if is_input else (line.port, name)))
        except self._jack.JackError:
            self.close(number)
            return False
        self._let_out(line)  # a cable is deaf for a cycle or two, and the first thing to be said may be how a note ended
        return True

    def loose(self) -> list[int]:
        """Lines that were plugged in and are no more: whoever was there has gone, and may be back under the same name."""
        now = perf_counter()
        plugged = [
            line for line in self._lines.values() if line.plugged_in_seconds and now - line.plugged_in_seconds > _PLUG_SECONDS
        ]
        return [line.number for line in plugged if not line.port.number_of_connections]

    def close(self, number: int) -> bool:
        """Take a port off the graph; its last notes still go out."""
        line = self._lines.get(number)
        if line is not None:
            self._let_out(line)
            self._lines = {known: kept for known, kept in self._lines.items() if known != number}
            sleep(_SETTLE_SECONDS)
            with suppress(self._jack.JackError):
                line.port.unregister()
        return True

    def leave(self) -> bool:
        """Leave the server, dead or alive."""
        self._running = False
        self._lines = {}
        if self._client is not None:
            self._client.deactivate(ignore_errors=True)  # until then the server may still be calling us
            self._client.close(ignore_errors=True)
            self._client = None
        return True

    def play(self, number: int, second: float, data: bytes) -> None:
        """Lay a message down for the server's next cycle, or for the frame of a second."""
        line = self._lines.get(number)
        if line is not None:
            line.incoming.append((second, data))

    def hush(self) -> None:
        """End what sounds on every line, and forget what was to sound: whoever played it has died with his keys down."""
        sleep(_SETTLE_SECONDS)  # the thread of notes may still read his last ones
        outputs = [line for line in self._lines.values() if not line.is_input]
        for line in outputs:
            line.incoming.append((TAKE_BACK, b""))
        self._let_out()
        for line in outputs:
            line.incoming.extend((0.0, data) for data in line.last_words())
        self._let_out()

    def _let_out(self, *lines: JackLine) -> None:
        """Wait until what was laid down has left and been heard, however slow the server is; on all lines if none is named."""
        began_seconds, left = perf_counter(), self._cycles
        while self._running and perf_counter() - began_seconds < _LONGEST_FAREWELL_SECONDS:
            if any(line.busy for line in lines or self._lines.values()):
                left = self._cycles
            elif self._cycles - left >= _HEARD_AFTER_CYCLES:
                return
            sleep(_LOOK_SECONDS)

    def _join(self) -> None:
        try:
            client = self._jack.Client(self._name, no_start_server=True)
        except self._jack.JackError:
            return
        self._client = client
        self._frames, self._time = FrameClock(ServerClock(client)), ServerTime(client.samplerate)
        client.set_shutdown_callback(self._server_gone)
        client.set_process_callback(self._cycle)
        client.set_xrun_callback(self._overrun)
        self._running = True
        try:
            client.activate()
        except self._jack.JackError:
            self.leave()

    def _server_gone(self, status: Any, reason: str) -> None:
        self._running = False
        with suppress(OSError):
            self._notes.send(NOTE_HEAD.pack(GONE, 0.0), socket.MSG_DONTWAIT)

    def _others(self, **kind: bool) -> list[str]:
        if not self._running:
            return []
        ours = f"{self._client.name}:"
        for _ in range(_MOST_LOOKS):
            with suppress(self._jack.JackError):  # one of them left while we looked
                return [port.name for port in self._client.get_ports(is_midi=True, **kind) if not port.name.startswith(ours)]
        return []

    def _overrun(self, delayed_microseconds: float) -> None:
        self._overruns += 1

    def _cycle(self, frames: int) -> None:
        self._cycles += 1
        again, self._overruns_met = self._overruns != self._overruns_met, self._overruns
        rate = self._client.samplerate
        self._time.cycle(self._client.last_frame_time, perf_counter() - self._client.frames_since_cycle_start / rate)
        self._frames.look(frames)
        for line in self._lines.values():
            if line.is_input:
                self._read(line, frames)
            else:
                self._write(line, frames, again)

    def _write(self, line: JackLine, frames: int, again: bool) -> None:
        line.port.clear_buffer()
        line.take_in()
        if again:  # a cycle was late, and what it held may be lost: no note hangs for it
            line.doubt(self._cycles)
        frame = 0
        while (coming := line.next(lambda second: self._frames.frame_of(second, frames) < frames)) is not None:
            second, data = coming
            frame = max(frame, self._frames.frame_of(second, frames)) if second else frame
            try:
                line.port.write_midi_event(frame, data)
            except self._jack.JackError:
                line.put_back(coming)  # the cycle is full; the rest goes with the next
                return
            line.remember(data, self._cycles)

    def _read(self, line: JackLine, frames: int) -> None:
        for frame, data in line.port.incoming_midi_events():
            # What lies in this cycle was played during the one before it.
            if bytes(data[:1]) >= _FIRST_OF_THE_CLOCK:
                second = self._time.second(self._client.last_frame_time + frame - frames)
            else:
                second = self._frames.second_of(frame, frames)
            head = NOTE_HEAD.pack(line.number, second)
            with suppress(OSError):
                self._notes.send(head + bytes(data), socket.MSG_DONTWAIT)


def jack_main(name: str, talk: socket.socket, notes: socket.socket) -> None:
    """Answer requests until the parent hangs up."""
    # Every thread of ours, not only the server's: who is pushed aside while it holds the interpreter holds up the whole graph.
    take_realtime_priority()
    sys.setswitchinterval(1e-4)
    try:
        client = JackClient(name, notes)
    except NoMidiSystem as reason:
        talk.send(json.dumps(str(reason)).encode())
        return
    talk.send(json.dumps("").encode())
    threading.Thread(target=_play_on, args=(client, notes), name="notes", daemon=True).start()
    with suppress(OSError):
        while request := talk.recv(LARGEST_REPLY_BYTES):
            method, *arguments = json.loads(request)
            talk.send(json.dumps(getattr(client, method)(*arguments)).encode())
    client.hush()
    client.leave()


def _play_on(client: JackClient, notes: socket.socket) -> None:
    while packet := notes.recv(LARGEST_REPLY_BYTES):
        number, second = NOTE_HEAD.unpack_from(packet)
        client.play(number, second, packet[NOTE_HEAD.size :])


if __name__ == "__main__":
    jack_main(sys.argv[1], *(socket.socket(fileno=int(number)) for number in sys.argv[2:4]))
