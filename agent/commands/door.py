"""Where the panel is: said once it is there, and opened where there is a screen to open it on."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

DOOR = "panel.json"


def has_screen() -> bool:
    """Whether a browser could be shown here."""
    if sys.platform == "linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return not os.environ.get("SSH_CONNECTION")


class Door:
    """Looks for the panel until it is there, then says where. Call `look` now and then."""

    def __init__(self, run_dir: Path, say: Callable[[str], None], browse: bool) -> None:
        self._path, self._say, self._browse = run_dir / DOOR, say, browse
        self._path.unlink(missing_ok=True)
        self._seen = False

    def look(self) -> None:
        """Returns at once; a browser is opened on a thread."""
        if self._seen:
            return
        with suppress(OSError, ValueError, KeyError):
            where = json.loads(self._path.read_text())
            self._seen = True
            told = f"panel: {where['url']}   picture: {where['url']}stage"
            if "lan" in where:
                told += f"   on the network: {where['lan']} PIN {where['pin']}"
            self._say(told)
            if self._browse:
                Thread(target=webbrowser.open, args=(where["url"],), daemon=True).start()
