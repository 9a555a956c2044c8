"""The agent's band: each part with its port, channel, level and mute, and who plays alone. Turned while the music plays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.config import Config
from models.music import Knobs


@dataclass(frozen=True, slots=True)
class Strip:
    """One part on the desk. Channel 0..15, level 0..1."""

    port: str
    channel: int
    level: float = 1.0
    muted: bool = False


class Band:
    """The strips of all parts. Runs on the loop."""

    def __init__(self, places: dict[str, tuple[str, int]]) -> None:
        self._strips = {part: Strip(*place) for part, place in places.items()}
        self._alone = ""
        self.level = 1.0  # of all parts together

    def set_up(self, config: Config) -> None:
        """Levels, mutes and solo as the rig has them."""
        for part, level in config.mix.levels.items():
            self.turn(part, "level", level)
            self.turn(part, "mute", part in config.mix.muted)
        self.leave_alone(config.mix.solo)

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
        """How hard a key is struck, with the part's level."""
        return max(1, round(velocity * self._strips[part].level * self.level))

    def turn(self, part: str, what: str, value: float) -> None:
        """Turn a part's `level`, `mute` or `channel` (1..16). What sounds ends where it began."""
        strip = self._strips[part]
        match what:
            case "level":
                self._strips[part] = replace(strip, level=value)
            case "mute":
                self._strips[part] = replace(strip, muted=bool(value))
            case "channel":
                self._strips[part] = replace(strip, channel=int(value) - 1)

    def leave_alone(self, part: str) -> None:
        """Let this part alone be heard; with an empty name all are."""
        self._alone = part


def with_register(knobs: Knobs, part: str, low: int, high: int) -> Knobs:
    """The same knobs, with a part between these pitches."""
    others = tuple(row for row in knobs.registers if row[0] != part)
    return replace(knobs, registers=(*others, (part, min(low, high), max(low, high))))
