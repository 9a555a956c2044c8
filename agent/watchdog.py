"""The third ring: what the system's own supervisor is told, by the protocol of sd_notify(3). Without one, nobody is told.

The first ring is the loop's own `except`, the second our supervisor; systemd restarts both when this falls silent.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic


class Watchdog:
    """Tells the system that we play, for as long as the performer really does."""

    def __init__(self, environment: Mapping[str, str] = os.environ, now: Callable[[], float] = monotonic) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        microseconds = environment.get("WATCHDOG_USEC", "")
        # Half the time that we are given, as systemd advises.
        self.every_seconds = int(microseconds) / 2e6 if microseconds.isdigit() and int(microseconds) else 5.0
        self._now, self._ready, self._due, self._status = now, False, float("-inf"), ""

    def see(self, playing: bool, status: str) -> None:
        """Look at the performer: say once that it is ready, then again and again that it lives."""
        if not playing or (self._now() < self._due and status == self._status):
            return
        words = ["WATCHDOG=1"] if self._now() >= self._due else []
        if words:
            self._due = self._now() + self.every_seconds
        if not self._ready:
            self._ready = True
            words.insert(0, "READY=1")
        if status != self._status:
            self._status = status
            words.append(f"STATUS={status}")
        self.say("\n".join(words))

    def say(self, words: str) -> None:
        """One message, such as `STOPPING=1`. A supervisor that does not listen is no trouble."""
        if not self._address or os.name == "nt":
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)
            line.sendto(words.encode(), address)
