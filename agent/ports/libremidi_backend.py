"""MIDI through ALSA, CoreMIDI or WinMM by pylibremidi, for Pythons that python-rtmidi has no wheel for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from agent.ports.backend import Clock, LineDown, NoMidiSystem, Receive
from agent.ports.stamper import Stamper

try:
    import pylibremidi
except ImportError:
    raise NoMidiSystem("no MIDI library fits this Python; use Python 3.11 or 3.12 with `pip install python-rtmidi`") from None

SYSTEMS = {"alsa": "ALSA_SEQ", "coremidi": "COREMIDI", "winmm": "WINDOWS_MM"}
"""Our names of MIDI systems and libremidi's."""

_POLL_SECONDS = 0.001  # libremidi hands messages to Python only when asked


class LibremidiOutput:
    """One libremidi output."""

    alive = True

    def __init__(self, port: Any) -> None:
        self._port = port

    def send(self, data: bytes) -> None:
        """Play one message. Runs on the loop."""
        _check(self._port.send_message(list(data)))

    def close(self) -> None:
        """Let go."""
        self._port.close_port()


class LibremidiInput:
    """One libremidi input and the thread that asks it."""

    alive = True

    def __init__(self, port: Any) -> None:
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_asking, name="midi in", daemon=True)

    def listen(self) -> LibremidiInput:
        """Begin to ask for messages."""
        self._thread.start()
        return self

    def send(self, data: bytes) -> None:
        """Inputs cannot be played."""
        raise LineDown("an input")

    def close(self) -> None:
        """Let go."""
        self._stop.set()
        self._thread.join()
        self._port.close_port()

    def _keep_asking(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
            self._port.poll()


class LibremidiBackend:
    """ALSA, CoreMIDI or WinMM."""

    ahead_seconds = 0.0

    def __init__(self, system: str, client_name: str, now: Clock) -> None:
        self.name = system
        self._api = getattr(pylibremidi.API, SYSTEMS[system])
        self._client_name = client_name
        self._now = now
        self._observer: Any = None
        self._own: set[str] = set()
        if self._api not in pylibremidi.available_apis():
            raise NoMidiSystem(f"the MIDI library here does not speak {system}; leave midi.api at auto")

    def present(self) -> bool:
        """These systems are part of the operating system, and stay."""
        return True

    def inputs(self) -> list[str]:
        """Instruments that can be heard."""
        return self._foreign(self._look().get_input_ports())

    def outputs(self) -> list[str]:
        """Instruments that can be played."""
        return self._foreign(self._look().get_output_ports())

    def open_input(self, name: str, label: str, receive: Receive) -> LibremidiInput:
        """Listen to an instrument."""
        port = self._input(receive)
        _check(port.open_port(_find(self._look().get_input_ports(), name), self._port_name(label)))
        return LibremidiInput(port).listen()

    def open_output(self, name: str, label: str) -> LibremidiOutput:
        """Play an instrument."""
        port = pylibremidi.MidiOut(pylibremidi.OutputConfiguration(), self._api)
        _check(port.open_port(_find(self._look().get_output_ports(), name), self._port_name(label)))
        return LibremidiOutput(port)

    def open_virtual_input(self, label: str, receive: Receive) -> LibremidiInput:
        """Offer a port for others to play into. Windows has none."""
        port = self._input(receive)
        _check(port.open_virtual_port(self._port_name(label)))
        return LibremidiInput(port).listen()

    def open_virtual_output(self, label: str) -> LibremidiOutput:
        """Offer a port for others to listen to. Windows has none."""
        port = pylibremidi.MidiOut(pylibremidi.OutputConfiguration(), self._api)
        _check(port.open_virtual_port(self._port_name(label)))
        return LibremidiOutput(port)

    def close(self) -> None:
        """Stop looking for ports."""
        self._observer = None

    def _look(self) -> Any:
        if self._observer is None:
            self._observer = pylibremidi.Observer(pylibremidi.ObserverConfiguration(), self._api)
        return self._observer

    def _input(self, receive: Receive) -> Any:
        wishes = pylibremidi.InputConfiguration()
        wishes.ignore_sysex, wishes.ignore_timing, wishes.ignore_sensing = True, False, True
        wishes.on_raw_data = _receiver(receive, Stamper(self._now))
        return pylibremidi.MidiIn(wishes, self._api)

    def _port_name(self, label: str) -> str:
        name = f"{self._client_name} {label.capitalize()}"
        self._own.add(name)
        return name

    def _foreign(self, ports: list[Any]) -> list[str]:
        return [port.port_name for port in ports if port.port_name not in self._own]


def _receiver(receive: Receive, stamper: Stamper) -> Callable[[list[int], int], None]:
    last_ns: int | None = None

    def take(data: list[int], told_ns: int) -> None:
        nonlocal last_ns
        delta_seconds = 0.0 if last_ns is None else (told_ns - last_ns) / 1e9
        last_ns = told_ns
        receive(bytes(data), stamper.stamp(delta_seconds))

    return take


def _find(ports: list[Any], name: str) -> Any:
    for port in ports:
        if port.port_name == name:
            return port
    raise LineDown(name)


def _check(error: Any) -> None:
    if error:
        raise LineDown(str(error))
