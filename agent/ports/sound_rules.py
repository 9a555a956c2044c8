"""The `[sound]` section of a rig: what our own sound is like. And the SoundFonts of this computer."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import Field

from agent.sections import Section, Share

BUILT_IN = "built-in"
"""Instead of a SoundFont: the small synth that needs no other program."""
FOLDERS = (
    "~/.local/share/soundfonts",
    "~/.local/share/sounds/sf2",
    "~/.local/share/sounds/sf3",
    "~/Library/Audio/Sounds/Banks",
    "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts",
    "/usr/share/soundfonts",
    "/usr/share/sounds/sf3",
    "/usr/share/sounds/sf2",
)
"""Where SoundFonts lie, one's own first."""
GOOD = ("musescore_general", "fluidr3_gm", "generaluser", "default-gm", "timgm6mb")
"""Whole General MIDI sets, the best first; the first two are under the MIT licence."""
HOW_TO_GET_ONE = (
    "pip install 'antiphon[synth]'; on Debian and Ubuntu: sudo apt install libfluidsynth3 musescore-general-soundfont"
)
PROGRAMS = {"lead": 12, "comp": 5, "bass": 34}
"""A vibraphone, an electric piano, a finger bass, counted from 1: what a part plays if the rig names nothing."""


class OwnSound(Section):
    """How our own synth sounds, where `midi.output` is speaker."""

    soundfont: str = Field(
        default="",
        description="a .sf2 or .sf3 file for FluidSynth; empty finds one; `built-in` is the small synth",
    )
    level: Share = Field(default=1.0, description="how loud it is")
    reverb: Share = Field(default=0.5, description="how much of the room is heard")


@dataclass(frozen=True)
class SpeakerPlan:
    """What the speaker's process is told: by channel, counted from 0, its bank and program."""

    soundfont: str = BUILT_IN
    level: float = 1.0
    reverb: float = 0.5
    programs: dict[int, tuple[int, int]] = field(default_factory=dict)

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> SpeakerPlan:
        """The reverse."""
        data = json.loads(text)
        programs = {int(channel): (bank, program) for channel, (bank, program) in data.pop("programs").items()}
        return cls(**data, programs=programs)


def check_soundfont(name: str) -> None:
    """Raise ValueError with a sentence if the rig names a SoundFont that is not there."""
    if name and name != BUILT_IN and not (Path(name).expanduser().is_file() and os.access(Path(name).expanduser(), os.R_OK)):
        raise ValueError(f"sound.soundfont {name!r} is no file that can be read; leave it empty, or write {BUILT_IN!r}")


def soundfonts(folders: Sequence[str] = FOLDERS) -> list[Path]:
    """Every SoundFont of this computer, the best first."""
    found = [path for folder in folders for path in sorted(Path(folder).expanduser().glob("*.[sS][fF][23]")) if path.is_file()]
    return sorted(found, key=_goodness)


def _goodness(path: Path) -> int:
    name = path.name.lower().replace("-", "_")
    return next((rank for rank, good in enumerate(GOOD) if good.replace("-", "_") in name), len(GOOD))
