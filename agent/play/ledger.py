"""What sounds right now, per port, channel and pitch, so that exactly that can be ended."""

from __future__ import annotations

from models.music import Event, NoteOff, NoteOn

Key = tuple[str, int, int]
"""Port, channel, pitch."""


class Ledger:
    """Counts the owners of every sounding pitch. Two owners share it: it is struck again, and ends with the last."""

    def __init__(self) -> None:
        self._owners: dict[Key, int] = {}

    def strike(self, port: str, event: NoteOn) -> tuple[Event, ...]:
        """What to send for a new note: the note alone, or first the end of the same pitch that still sounds.

        Runs on the loop.
        """
        key = (port, event.channel, event.pitch)
        owners = self._owners.get(key, 0)
        self._owners[key] = owners + 1
        if owners:
            return NoteOff(event.pitch, event.channel), event
        return (event,)

    def damp(self, port: str, event: NoteOff) -> tuple[Event, ...]:
        """What to send when one owner lets go: nothing while another still holds the pitch, or when nobody did.

        Runs on the loop.
        """
        key = (port, event.channel, event.pitch)
        owners = self._owners.get(key, 0)
        if owners > 1:
            self._owners[key] = owners - 1
            return ()
        if owners == 0:
            return ()
        del self._owners[key]
        return (event,)

    def sounding(self, port: str | None = None) -> list[Key]:
        """Everything that sounds, on one port or on all."""
        return [key for key in self._owners if port is None or key[0] == port]

    def end_all(self, port: str | None = None) -> list[tuple[str, NoteOff]]:
        """Forget every owner and name the note-offs that make it silent. Runs on the loop."""
        keys = self.sounding(port)
        for key in keys:
            del self._owners[key]
        return [(key[0], NoteOff(key[2], key[1])) for key in keys]
