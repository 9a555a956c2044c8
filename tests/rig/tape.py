"""What the capture peer wrote down, read back as music."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

NOTE_OFF, NOTE_ON, CONTROL = 0x80, 0x90, 0xB0
ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123


@dataclass(frozen=True)
class Message:
    """One MIDI message and the JACK frame in which it came."""

    frame: int
    data: tuple[int, ...]
    server_zero_seconds: float = 0.0  # the instant of frame 0, as it seemed then: it grows whenever the server stands still
    missed_cycles: int = 0  # so many of the server's cycles the tape had not been called in so far

    @property
    def kind(self) -> int:
        """NOTE_ON, NOTE_OFF, CONTROL …; a note-on of velocity 0 is a note-off."""
        kind = self.data[0] & 0xF0
        return NOTE_OFF if kind == NOTE_ON and self.data[2] == 0 else kind

    @property
    def key(self) -> tuple[int, int]:
        """Channel and pitch."""
        return self.data[0] & 0x0F, self.data[1]


class Tape:
    """Everything that came down the cable so far; reads on as the peer writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self._read: list[Message] = []
        self._read_bytes = 0

    @property
    def messages(self) -> list[Message]:
        """All messages, oldest first; a half-written last line waits for its end."""
        with self.path.open("rb") as file:
            file.seek(self._read_bytes)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        rows = [json.loads(line) for line in whole.splitlines()]
        self._read += [Message(row["frame"], tuple(row["bytes"]), row["zero"], row["missed"]) for row in rows]
        return list(self._read)

    def note_ons(self, since_frame: int = 0) -> list[Message]:
        """The notes struck from a frame on."""
        return [message for message in self.messages if message.kind == NOTE_ON and message.frame >= since_frame]

    def hanging(self) -> set[tuple[int, int]]:
        """Channel and pitch of what was struck and never released."""
        sounding: set[tuple[int, int]] = set()
        for message in self.messages:
            if message.kind == NOTE_ON:
                sounding.add(message.key)
            elif message.kind == NOTE_OFF:
                sounding.discard(message.key)
            elif message.kind == CONTROL and message.data[1] in (ALL_SOUND_OFF, ALL_NOTES_OFF):
                sounding = {key for key in sounding if key[0] != message.data[0] & 0x0F}
        return sounding
