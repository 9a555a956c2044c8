"""The performer's end of the string to the panel: cues and pictures go out, requests and keys come in as items.

The panel serves people and may be slow, flooded or dead: whatever it cannot take at once is left out and counted, and the keys
that it held down come up when it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.items import Cue, Heard, Item, Trouble
from agent.link import Exchange, Wire
from agent.show.cues import Message
from agent.wire import WireError
from models.music import NoteOff, NoteOn

PANEL = "Panel"
"""The port on which the keys of the screen are heard, and the source of its cues."""
LONGEST_TEXT = 4000


def panel_path(run_dir: Path) -> Path:
    """Where the performer of a rig waits for its panel."""
    return run_dir / "panel.sock"


def herald_path(run_dir: Path) -> Path:
    """Where it waits for its herald, who is told the same."""
    return run_dir / "herald.sock"


class PanelLine:
    """Takes whichever panel calls. Counts: `unsent` (the panel was too far behind) and `rubbish`."""

    def __init__(self, path: Path, now: Callable[[], float], post: Callable[[Item], None], name: str = PANEL) -> None:
        self.counts: Counter[str] = Counter()
        self._now, self._post, self._name = now, post, name
        self._exchange = Exchange(path, self._answer)
        self._down: set[int] = set()

    def open(self) -> None:
        """Begin to wait for a panel, in a thread."""
        self._exchange.open()

    def cues(self, now: float, messages: list[Message]) -> None:
        """Pass on what was just said. Runs on the courier's thread."""
        self._send("cues", (round(now, 4), messages))

    def show(self, picture: dict[str, Any]) -> None:
        """Pass on a picture of the session. Runs on the courier's thread."""
        self._send("picture", picture)

    def close(self) -> None:
        """Hang up for good."""
        self._exchange.close()

    def _send(self, kind: str, body: object) -> None:
        wire = self._exchange.wire
        if wire is not None and not wire.send(kind, body):
            self.counts["unsent"] += 1

    def _answer(self, wire: Wire) -> None:
        with suppress(EOFError, WireError):
            self._listen_to(wire)
        for pitch in sorted(self._down):
            self._key(pitch, 0)

    def _listen_to(self, wire: Wire) -> None:
        self._post(Cue(self._now(), "/sys/refresh", (), self._name))
        while True:
            message = wire.receive()
            assert message is not None
            match message:
                case "cue", (str(address), tuple(args)) if all(map(_is_said, args)):
                    self._post(Cue(self._now(), address, args, self._name))
                case "trouble", str(sentence):
                    self._post(Trouble(self._now(), sentence[:200]))
                case "key", (int(pitch), int(velocity)) if 0 <= pitch <= 127 and 0 <= velocity <= 127:
                    self._key(pitch, velocity)
                case _:
                    self.counts["rubbish"] += 1

    def _key(self, pitch: int, velocity: int) -> None:
        if velocity:
            self._down.add(pitch)
            self._post(Heard(self._now(), PANEL, NoteOn(pitch, velocity)))
        elif pitch in self._down:
            self._down.discard(pitch)
            self._post(Heard(self._now(), PANEL, NoteOff(pitch)))


def _is_said(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and len(value) <= LONGEST_TEXT)
