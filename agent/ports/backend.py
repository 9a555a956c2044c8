"""What a MIDI system must offer so that the patchbay can play through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

Receive = Callable[[bytes, float], None]
"""Takes one whole MIDI message and the session second at which it was played; called from the driver's thread."""

Clock = Callable[[], float]
"""Seconds since the session began, monotonic. Safe from any thread."""


class NoMidiSystem(Exception):
    """There is no way to MIDI on this computer; the message tells the player what to do."""


class LineDown(Exception):
    """The other end of a line is gone: the cable is out, or the MIDI system has died."""


class Line(Protocol):
    """One open connection to an instrument, in either direction."""

    @property
    def alive(self) -> bool:
        """False once the MIDI system under it has died. Safe from any thread."""

    def send(self, data: bytes) -> None:
        """Play one message; returns at once, raises `LineDown` if it cannot. Runs on the loop."""

    def close(self) -> None:
        """Let go of the instrument; may take a moment. Runs on the scan thread."""


@runtime_checkable
class TimedLine(Line, Protocol):
    """A line that can hold a message back until its instant, more exactly than any loop can send it."""

    @property
    def ahead_seconds(self) -> float:
        """How long before its instant a message must be given to it."""

    def send_at(self, data: bytes, seconds: float) -> None:
        """Play one message at a session second, at once if it is over; raises `LineDown`. Runs on the loop; returns at once."""

    def take_back(self) -> None:
        """Do not play what was given for a later instant. Runs on the loop; returns at once."""


class MidiBackend(Protocol):
    """A MIDI system: ALSA, CoreMIDI, WinMM, JACK or the one in memory.

    Names are as the system tells them; our own ports are left out. All methods run on one thread, the scan thread.
    """

    @property
    def name(self) -> str:
        """What players call this system."""

    @property
    def ahead_seconds(self) -> float:
        """How long before its instant its timed lines want a message; 0 when it has none."""

    def present(self) -> bool:
        """Is the system there? If it went away, let go of everything and try to return to it."""

    def inputs(self) -> list[str]:
        """Instruments that can be heard."""

    def outputs(self) -> list[str]:
        """Instruments that can be played."""

    def open_input(self, name: str, label: str, receive: Receive) -> Line:
        """Listen to an instrument; `label` is what our end is called where that can be seen."""

    def open_output(self, name: str, label: str) -> Line:
        """Play an instrument."""

    def open_virtual_input(self, label: str, receive: Receive) -> Line:
        """Offer a port of our own that others can play into."""

    def open_virtual_output(self, label: str) -> Line:
        """Offer a port of our own that others can listen to."""

    def close(self) -> None:
        """Leave the system."""
