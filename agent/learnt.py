"""What was learnt, such as knobs while the music played, written back into the rig's file, whose comments stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Keeper:
    """Watches the performer's pictures, in the parent process, and keeps the rig's `midi.controls` as they are now."""

    def __init__(self, rig: Path | None, controls: dict[str, str]) -> None:
        self._rig, self._controls = rig, dict(controls)
        self.trouble = ""

    def look(self, snapshot: dict[str, Any]) -> None:
        """Write the file if a knob has been learnt; without a file it lasts for the evening."""
        controls = snapshot.get("controls", self._controls)
        if controls == self._controls or self._rig is None:
            return
        self._controls = controls
        try:
            keep_controls(self._rig, controls)
        except (OSError, ValueError) as error:  # tomlkit's errors are ValueErrors
            self.trouble = f"{self._rig}: the knob that was learnt could not be written down ({error})"


def keep_controls(rig: Path, controls: dict[str, str]) -> None:
    """Set `midi.controls` in a rig. Raises as keep_in_rig does."""
    keep_in_rig(rig, "midi", "controls", controls)


def keep_in_rig(rig: Path, name: str, key: str, value: object) -> None:
    """Set one key of a section of a rig, at one stroke. Raises OSError, or ValueError where the file is no TOML any more."""
    import tomlkit

    document = tomlkit.parse(rig.read_text(encoding="utf-8"))
    section: Any = document.setdefault(name, tomlkit.table())
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        value = table
    section[key] = value
    written = rig.with_name(f"{rig.name}.new")
    written.write_text(tomlkit.dumps(document), encoding="utf-8")
    written.replace(rig)
