"""MIDI bytes to events and back."""

from __future__ import annotations

from collections import Counter

import mido

from agent.items import Clocked
from models.music import Bend, Control, Event, NoteOff, NoteOn, Pressure, Program


def write_midi(event: Event) -> bytes:
    """An event as the bytes an instrument understands. Raises ValueError for what no keyboard could play."""
    # By hand: it stands between every note and its instant, and mido takes ten times as long.
    status, *data = _numbers(event)
    if min(data) < 0 or max(data) > 127 or not 0 <= event.channel <= 15:
        raise ValueError(f"no keyboard can play {event}")
    return bytes((status | event.channel, *data))


def _numbers(event: Event) -> tuple[int, ...]:
    match event:
        case NoteOn(pitch, velocity):
            return 0x90, pitch, velocity
        case NoteOff(pitch):
            return 0x80, pitch, 0
        case Control(number, value):
            return 0xB0, number, value
        case Bend(value):
            return 0xE0, (value + _IN_TUNE) & 0x7F, (value + _IN_TUNE) >> 7
        case Pressure(value, _, pitch):
            return (0xD0, value) if pitch is None else (0xA0, pitch, value)
        case Program(number):
            return 0xC0, number


_IN_TUNE = 8192
"""A bend that bends nothing, as MIDI counts."""


_CLOCK_SIGNS = {0xF2: "position", 0xF8: "tick", 0xFA: "start", 0xFB: "continue", 0xFC: "stop"}


def read_clock(data: bytes, seconds: float, port: str) -> Clocked | None:
    """A word of MIDI clock, or None when the message is none. Called for every tick, hence cheap."""
    sign = _CLOCK_SIGNS.get(data[0]) if data else None
    if sign is None or (sign == "position" and len(data) != 3):
        return None
    return Clocked(seconds, port, sign, (data[1] | data[2] << 7) if sign == "position" else 0)


class MidiReader:
    """Understands what an instrument says; shrugs at rubbish and counts it.

    `counts` tells how many messages were `read`, `unused` (sound MIDI that is no event of ours, such as
    sysex) and `rubbish`.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def read(self, data: bytes) -> Event | None:
        """The event in one whole message, or None. A key struck with velocity 0 is a key let go. Never raises."""
        try:
            message = mido.Message.from_bytes(data)
        except (ValueError, TypeError, LookupError):
            self.counts["rubbish"] += 1
            return None
        event = _event_of(message)
        self.counts["unused" if event is None else "read"] += 1
        return event


def _event_of(message: mido.Message) -> Event | None:
    match message.type:
        case "note_on" if message.velocity > 0:
            return NoteOn(message.note, message.velocity, message.channel)
        case "note_on" | "note_off":
            return NoteOff(message.note, message.channel)
        case "control_change":
            return Control(message.control, message.value, message.channel)
        case "pitchwheel":
            return Bend(message.pitch, message.channel)
        case "aftertouch":
            return Pressure(message.value, message.channel)
        case "polytouch":
            return Pressure(message.value, message.channel, message.note)
        case "program_change":
            return Program(message.program, message.channel)
    return None
