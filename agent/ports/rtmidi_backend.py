"""MIDI through ALSA, CoreMIDI or WinMM, by python-rtmidi."""

from __future__ import annotations

from typing import Any

import rtmidi

from agent.ports.backend import Clock, LineDown, NoMidiSystem, Receive
from agent.ports.stamper import Stamper

SYSTEMS = {"alsa": "LINUX_ALSA", "coremidi": "MACOSX_CORE", "winmm": "WINDOWS_MM"}
"""Our names of MIDI systems and RtMidi's. JACK is not among them: when its server dies, RtMidi hangs or crashes."""


class RtMidiLine:
    """One RtMidi port, with a client of its own as RtMidi wants it."""

    alive = True

    def __init__(self, port: Any) -> None:
        self._port = port

    def send(self, data: bytes) -> None:
        """Play one message. Runs on the loop."""
        try:
            self._port.send_message(data)
        except rtmidi.RtMidiError as error:
            raise LineDown(str(error)) from None

    def close(self) -> None:
        """Let go; RtMidi's client goes when nobody holds the line any more."""
        self._port.close_port()


class RtMidiBackend:
    """ALSA, CoreMIDI or WinMM. What RtMidi raises for a port that cannot be opened becomes `LineDown`."""

    ahead_seconds = 0.0

    def __init__(self, system: str, client_name: str, now: Clock) -> None:
        self.name = system
        self._api = getattr(rtmidi, f"API_{SYSTEMS[system]}")
        self._client_name = client_name
        self._now = now
        self._scanners: tuple[Any, Any] | None = None
        self._own: set[str] = set()
        if self._api not in rtmidi.get_compiled_api():
            raise NoMidiSystem(f"the MIDI library here does not speak {system}; leave midi.api at auto")
        if system == "alsa":  # the only one of the three that may be missing
            self._check()

    def present(self) -> bool:
        """These systems are part of the operating system, and stay."""
        return True

    def inputs(self) -> list[str]:
        """Instruments that can be heard."""
        return self._foreign(self._scanner(0).get_ports())

    def outputs(self) -> list[str]:
        """Instruments that can be played."""
        return self._foreign(self._scanner(1).get_ports())

    def open_input(self, name: str, label: str, receive: Receive) -> RtMidiLine:
        """Listen to an instrument."""
        return self._open(self._input(receive), name, label)

    def open_output(self, name: str, label: str) -> RtMidiLine:
        """Play an instrument."""
        return self._open(self._new(rtmidi.MidiOut), name, label)

    def open_virtual_input(self, label: str, receive: Receive) -> RtMidiLine:
        """Offer a port for others to play into. Windows has none."""
        return self._open_virtual(self._input(receive), label)

    def open_virtual_output(self, label: str) -> RtMidiLine:
        """Offer a port for others to listen to. Windows has none."""
        return self._open_virtual(self._new(rtmidi.MidiOut), label)

    def close(self) -> None:
        """Stop looking for ports."""
        self._scanners = None

    def _check(self) -> None:
        try:
            self._new(rtmidi.MidiIn)
        except LineDown as error:
            raise NoMidiSystem(f"ALSA's sequencer cannot be opened: {error}") from None

    def _new(self, kind: Any) -> Any:
        try:
            return kind(self._api, self._client_name)
        except rtmidi.RtMidiError as error:
            raise LineDown(str(error)) from None

    def _scanner(self, which: int) -> Any:
        # Made here and not at the start: CoreMIDI tells news of cables only to the thread that asked first.
        if self._scanners is None:
            self._scanners = self._new(rtmidi.MidiIn), self._new(rtmidi.MidiOut)
        return self._scanners[which]

    def _input(self, receive: Receive) -> Any:
        port = self._new(rtmidi.MidiIn)
        port.ignore_types(sysex=True, timing=False, active_sense=True)
        stamper = Stamper(self._now)
        port.set_callback(lambda told, _: receive(bytes(told[0]), stamper.stamp(told[1])))
        return port

    def _open(self, port: Any, name: str, label: str) -> RtMidiLine:
        names = port.get_ports()
        if name not in names:
            raise LineDown(name)
        try:
            port.open_port(names.index(name), self._port_name(label))
        except rtmidi.RtMidiError as error:
            raise LineDown(str(error)) from None
        return RtMidiLine(port)

    def _open_virtual(self, port: Any, label: str) -> RtMidiLine:
        try:
            port.open_virtual_port(self._port_name(label))
        except (rtmidi.RtMidiError, NotImplementedError) as error:
            raise LineDown(str(error)) from None
        return RtMidiLine(port)

    def _port_name(self, label: str) -> str:
        name = f"{self._client_name} {label.capitalize()}"
        self._own.add(name)
        return name

    def _foreign(self, names: list[str]) -> list[str]:
        return [name for name in names if name not in self._own and not name.startswith(f"{self._client_name}:")]
