"""The player's own knobs, faders and pedals: which controller turns what, learnt while the music plays, without a jump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.items import Cue, Heard
from agent.ports.rules import CONTROLLER, TURNABLE
from agent.show.cues import IN
from agent.show.desk import desk
from models.music import Control

if TYPE_CHECKING:
    from agent.play.session import Session

PEDAL_DOWN = 64
LARGEST = 127
NEAR_SHARE = 2.5 / 127.0
"""A knob this near to the value as it stands has met it."""
PEDALS = (64, 66)
"""Sustain and sostenuto are for playing: learning passes them over."""


@dataclass(slots=True)
class Grip:
    """A knob's last place, and the value that it gave last; both 0..1 of the range."""

    place: float
    gave: float | None = None


class Surface:
    """What the player's controllers turn. All methods run on the loop."""

    def __init__(self, session: Session) -> None:
        midi = session.config.midi
        self._session, self._takeover = session, midi.takeover
        self.controls: dict[str, str] = dict(midi.controls)
        self._addresses = {knob: address for text, address in midi.controls.items() for knob in _knobs(text)}
        self._grips: dict[tuple[int, int], Grip] = {}
        self._learning = ""

    def learn(self, address: str) -> str:
        """The next controller that moves turns this address from then on; an empty one stops waiting. Returns a complaint."""
        if address and address not in TURNABLE:
            return f"a knob cannot turn {address!r}; it can turn what takes one number, such as /ctl/density"
        self._learning = address
        return ""

    def moved(self, event: Control, heard: Heard) -> Cue | None:
        """What a controller asks for, if it is one of ours; the cue's address is empty while the knob has no hold."""
        knob = (event.channel, event.number)
        if self._learning and event.number not in PEDALS:
            self._bind(knob)
        address = self._addresses.get(knob)
        if address is None:
            return None
        row = IN[address]
        low, high = row.low or 0.0, row.high if row.high is not None else 1.0
        if row.types == "i" and (low, high) == (0, 1):
            return Cue(heard.seconds, address, (int(event.value >= PEDAL_DOWN),), heard.port)
        place = event.value / LARGEST
        if self._takeover and not self._holds(knob, place, self._stands(address, low, high)):
            return Cue(heard.seconds, "")
        value = low + place * (high - low)
        return Cue(heard.seconds, address, (round(value) if row.types == "i" else value,), heard.port)

    def _bind(self, knob: tuple[int, int]) -> None:
        address, self._learning = self._learning, ""
        self._addresses = {k: known for k, known in self._addresses.items() if known != address and k != knob}
        self._addresses[knob] = address
        # As the rig's file will say it: whatever was written for all channels stays written so.
        written = {text: known for text, known in self.controls.items() if set(_knobs(text)) & set(self._addresses)}
        self.controls = {**written, f"{knob[0] + 1}:{knob[1]}": address}
        self._grips.pop(knob, None)
        self._session.show.learned(address, knob[0] + 1, knob[1])

    def _stands(self, address: str, low: float, high: float) -> float | None:
        values = desk(self._session).get(address, ())
        return (float(values[0]) - low) / (high - low) if values and not isinstance(values[0], str) else None

    def _holds(self, knob: tuple[int, int], place: float, stands: float | None) -> bool:
        """Whether the knob has met the value as it stands, now or on its way here, or has set it itself."""
        grip = self._grips.setdefault(knob, Grip(place))
        before, grip.place = grip.place, place
        if stands is None:
            return True
        kept = grip.gave is not None and abs(grip.gave - stands) <= NEAR_SHARE
        met = abs(place - stands) <= NEAR_SHARE or (before - stands) * (place - stands) < 0.0
        grip.gave = place if kept or met else None
        return grip.gave is not None


def _knobs(text: str) -> list[tuple[int, int]]:
    """The channel and number of a knob as the rig writes it; without a channel it is the same knob on all."""
    found = CONTROLLER.fullmatch(text)
    assert found is not None
    channels = range(16) if found["channel"] is None else (int(found["channel"]) - 1,)
    return [(channel, int(found["number"])) for channel in channels]
