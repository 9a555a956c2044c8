"""Keeps us from playing with our own echo, when a DAW or a loopback cable sends back what we play."""

from __future__ import annotations

from agent.ports.backend import Clock
from models.music import Event, NoteOff, NoteOn

ECHO_SECONDS = 0.030
"""What comes back within this time, exactly as sent, is an echo; two hands hardly ever agree so well."""

_REMEMBERED = 512


class EchoGuard:
    """Remembers what we sent a moment ago. `sent` runs on the loop, `is_echo` on the driver's thread."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._sent: dict[Event, float] = {}
        self._echoing: set[tuple[str, int, int]] = set()

    def sent(self, event: Event) -> None:
        """Note what we play. Runs on the loop."""
        seconds = self._now()
        if len(self._sent) >= _REMEMBERED:  # a new dict, since the other thread may be reading this one
            self._sent = {known: at for known, at in self._sent.items() if seconds - at <= ECHO_SECONDS}
        self._sent[event] = seconds

    def is_echo(self, port: str, event: Event) -> bool:
        """Is this our own event come back? A note's end is an echo only if its beginning was."""
        if isinstance(event, NoteOff):
            key = (port, event.channel, event.pitch)
            echo = key in self._echoing
            self._echoing.discard(key)
            return echo
        echo = self._now() - self._sent.get(event, float("-inf")) <= ECHO_SECONDS
        if isinstance(event, NoteOn):
            key = (port, event.channel, event.pitch)
            (self._echoing.add if echo else self._echoing.discard)(key)
        return echo
