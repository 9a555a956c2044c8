"""What somebody at the panel wants of the rig: written into the run directory by the panel, taken up by the supervisor."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.config import Config, ConfigError, change

Wish = dict[str, dict[str, Any]]
"""Section → key → value, as in the rig's file."""

MAY_BE_WISHED = {"midi": ("inputs", "output"), "clock": ("sync",), "agent": ("parts", "human_part")}
_FILE = "wish.json"


def check_wish(config: Config, wish: object) -> Config:
    """The rig as it would then be. Raises ConfigError for what may not be wished or cannot be played."""
    if not isinstance(wish, dict) or not wish or not all(isinstance(keys, dict) for keys in wish.values()):
        raise ConfigError("a wish names sections of the rig and their keys")
    for section, keys in wish.items():
        for key in keys:
            if key not in MAY_BE_WISHED.get(section, ()):
                raise ConfigError(f"{section}.{key} is not for the panel to change")
    return change(config, **wish)


def leave_wish(run_dir: Path, wish: Wish) -> None:
    """Ask the supervisor for another rig. Raises OSError when the run directory takes nothing."""
    written = run_dir / f"{_FILE}.new"
    written.write_text(json.dumps(wish))
    written.replace(run_dir / _FILE)


def take_wish(run_dir: Path, config: Config) -> Config | None:
    """The rig that was asked for since the last call, if it was and can be played."""
    path = run_dir / _FILE
    if not path.exists():
        return None
    with suppress(OSError, ValueError):
        wish = json.loads(path.read_text())
        path.unlink()
        return check_wish(config, wish)
    return None
