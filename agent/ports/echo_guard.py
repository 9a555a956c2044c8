"""Keeps us from playing with our own echo: a DAW or a cable sends back what we play, or a microphone hears it."""

from __future__ import annotations

from agent.ports.backend import Clock
from models.music import Event, NoteOff, NoteOn

ECHO_SECONDS = 0.030
"""What comes back within this time, exactly as sent, is an echo; two hands hardly ever agree so well."""

_REMEMBERED = 512
LONGEST_RING_SECONDS = 12.0
"""A string dies away in this time, whether its key is let go or not."""
ROOM_SECONDS = 0.3
"""So long a note is heard after its end: its release, the loudspeaker, the room."""
HEARD_EARLY_SECONDS = 0.03
"""The instant at which a note is heard to begin may be wrong by so much."""
DRUM_CHANNEL = 9
"""What is struck there has no pitch."""


class EchoGuard:
    """Remembers what we sent a moment ago. `sent` runs on the loop, `is_echo` on the driver's thread."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._sent: dict[Event, float] = {}
        self._echoing: set[tuple[str, int, int]] = set()
        self._rings: dict[tuple[int, int], tuple[float, float]] = {}  # channel and pitch: from when until when it is heard

    def sent(self, event: Event) -> None:
        """Note what we play. Runs on the loop."""
        seconds = self._now()
        if len(self._sent) >= _REMEMBERED:  # a new dict, since the other thread may be reading this one
            self._sent = {known: at for known, at in self._sent.items() if seconds - at <= ECHO_SECONDS}
        self._sent[event] = seconds
        if isinstance(event, NoteOn) and event.channel != DRUM_CHANNEL:
            began, until = self._rings.get((event.channel, event.pitch), (seconds, seconds))
            self._rings[event.channel, event.pitch] = began if until > seconds else seconds, seconds + LONGEST_RING_SECONDS
        elif isinstance(event, NoteOff) and (event.channel, event.pitch) in self._rings:
            self._rings[event.channel, event.pitch] = self._rings[event.channel, event.pitch][0], seconds + ROOM_SECONDS

    def rings(self, pitch: int, seconds: float) -> bool:
        """Was a note of ours of this pitch in the air when one was heard to begin? Safe from any thread."""
        ours = [self._rings[channel, pitch] for channel in range(16) if (channel, pitch) in self._rings]
        return any(began <= seconds + HEARD_EARLY_SECONDS and seconds <= until for began, until in ours)

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
