"""The agent's band: each part with its port, channel, level and mute, and who plays alone. Turned while the music plays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.config import Config
from models.music import Control, Event, Knobs, Program


@dataclass(frozen=True, slots=True)
class Strip:
    """One part on the desk. Channel 0..15, level 0..1, program 0..127 or none."""

    port: str
    channel: int
    level: float = 1.0
    muted: bool = False
    program: int | None = None


class Band:
    """The strips of all parts. Runs on the loop."""

    def __init__(self, places: dict[str, tuple[str, int]]) -> None:
        self._strips = {part: Strip(*place) for part, place in places.items()}
        self._alone = ""
        self.level = 1.0  # of all parts together
        self._curve = 1.0
        self._banks: dict[str, int] = {}
        self._note_maps: dict[str, dict[int, int]] = {}

    def set_up(self, config: Config) -> None:
        """Everything as the rig has it, how loud all are together included."""
        self.level = config.mix.level
        self.take_up(config)

    def take_up(self, config: Config) -> None:
        """Levels, mutes and solo as a rig or a scene has them; a scene that is taken up on stage does not make all louder."""
        for part, level in config.mix.levels.items():
            self.turn(part, "level", level)
            self.turn(part, "mute", part in config.mix.muted)
        for name, number in config.midi.programs.items():
            self.turn(name, "program", number)
        self.leave_alone(config.mix.solo)
        self._curve = config.midi.velocity_curve
        self._banks = {str(part): number for part, number in config.midi.banks.items()}
        self._note_maps = {str(part): pitches for part, pitches in config.midi.note_maps.items()}

    @property
    def parts(self) -> tuple[str, ...]:
        """Everybody's."""
        return tuple(self._strips)

    @property
    def state(self) -> tuple[dict[str, Strip], str]:
        """All strips and who is alone, to be put back one day."""
        return dict(self._strips), self._alone

    def put_back(self, state: tuple[dict[str, Strip], str]) -> None:
        """As it was then."""
        self._strips, self._alone = dict(state[0]), state[1]

    def place(self, part: str) -> tuple[str, int]:
        """Where a part sounds: port and channel."""
        return self._strips[part].port, self._strips[part].channel

    def plays(self, part: str) -> bool:
        """Whether a part is to be heard."""
        strip = self._strips[part]
        return not strip.muted and strip.level * self.level > 0.0 and self._alone in ("", part)

    def velocity(self, part: str, velocity: int) -> int:
        """How hard a key is struck, with the instrument's curve and the part's level."""
        curved = 127.0 * float((velocity / 127.0) ** self._curve)
        return max(1, round(curved * self._strips[part].level * self.level))

    def pitch(self, part: str, pitch: int) -> int:
        """Which key stands for a pitch on the part's instrument."""
        return self._note_maps.get(part, {}).get(pitch, pitch)

    def sound(self, part: str) -> tuple[Event, ...]:
        """What chooses the part's sound: its bank and its program, where the rig names them."""
        strip, bank = self._strips[part], self._banks.get(part)
        events: tuple[Event, ...] = ()
        if bank is not None:
            events = (Control(0, bank >> 7, strip.channel), Control(32, bank & 0x7F, strip.channel))
        return events if strip.program is None else (*events, Program(strip.program, strip.channel))

    def turn(self, part: str, what: str, value: float) -> None:
        """Turn a part's `level`, `mute`, `program` (1..128) or `channel` (1..16). What sounds ends where it began."""
        strip = self._strips[part]
        match what:
            case "level":
                self._strips[part] = replace(strip, level=value)
            case "mute":
                self._strips[part] = replace(strip, muted=bool(value))
            case "program":
                self._strips[part] = replace(strip, program=int(value) - 1)
            case "channel":
                self._strips[part] = replace(strip, channel=int(value) - 1)

    def leave_alone(self, part: str) -> None:
        """Let this part alone be heard; with an empty name all are."""
        self._alone = part


def with_register(knobs: Knobs, part: str, low: int, high: int) -> Knobs:
    """The same knobs, with a part between these pitches."""
    others = tuple(row for row in knobs.registers if row[0] != part)
    return replace(knobs, registers=(*others, (part, min(low, high), max(low, high))))
