"""Scenes: the whole desk under a name, taken up again with one touch. Kept in the user's folder; where nothing can be
written they last for the evening.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from agent.show.cues import IN

MOST_SCENES, LONGEST_NAME = 64, 40
PASSING = ("/ctl/tempo", "/ctl/scale", "/ctl/loop")
"""What follows the player, or belongs to the moment, and is not for a scene to say."""

Values = dict[str, list[Any]]


class NoScene(ValueError):
    """A scene that cannot be kept or is not there, said in one sentence."""


class Scenes:
    """Name → desk, in the order in which they were made."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or user_data_path("antiphon") / "scenes.json"
        self._scenes: dict[str, Values] = {}
        with suppress(OSError, ValueError, AttributeError):
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._scenes = {str(name)[:LONGEST_NAME]: _known(desk) for name, desk in list(kept.items())[:MOST_SCENES]}

    @property
    def names(self) -> list[str]:
        """All of them."""
        return list(self._scenes)

    def keep(self, name: str, desk: Values) -> bool:
        """Keep the desk under a name; False when it lasts for the evening only. Raises NoScene."""
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise NoScene(f"a scene has a name of at most {LONGEST_NAME} letters")
        if name not in self._scenes and len(self._scenes) >= MOST_SCENES:
            raise NoScene(f"{MOST_SCENES} scenes are kept already; drop one first")
        self._scenes[name] = _known(desk)
        return self._write()

    def drop(self, name: str) -> bool:
        """Forget a scene."""
        self._scenes.pop(name, None)
        return self._write()

    def turns(self, name: str, desk: Values) -> list[tuple[str, list[Any]]]:
        """The cues that lead from a desk to a scene. Raises NoScene."""
        if name not in self._scenes:
            raise NoScene(f"there is no scene {name[:LONGEST_NAME]!r}")
        return [(address, values) for address, values in self._scenes[name].items() if desk.get(address) != values]

    def _write(self) -> bool:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            written = self._path.with_suffix(".new")
            written.write_text(json.dumps(self._scenes, ensure_ascii=False, indent=1), encoding="utf-8")
            written.replace(self._path)
        except OSError:
            return False
        return True


def _known(desk: Any) -> Values:
    """What of a desk the cue table still has."""
    return {a: list(values) for a, values in desk.items() if a in IN and a not in PASSING and isinstance(values, list | tuple)}
