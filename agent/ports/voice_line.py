"""The performer's end of the string to the ear: what somebody sings comes in as if on a keyboard, at the instant it was sung.

The ear lives in a process of its own and may die or lose its microphone: the note that it held is then ended, and the panel
shows it as it shows a pulled cable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.items import Heard, Item, PortNews, Trouble
from agent.link import Exchange, Wire
from agent.wire import WireError
from models.music import NoteOff, NoteOn

VOICE = "Voice"
"""The port on which it is heard."""
LONGEST_AGE_SECONDS = 2.0
"""An ear that says to have heard something longer ago is not believed."""

SILENT_SECONDS = 2.0
"""An ear that says nothing for so long, not even that it listens, is dead or stuck."""

IsOurs = Callable[[int, float], bool]
"""Whether a pitch sounded of ours at an instant or since."""


def voice_path(run_dir: Path) -> Path:
    """Where the performer of a rig waits for its ear."""
    return run_dir / "voice.sock"


class VoiceLine:
    """Takes whichever ear calls. Counts: `sung`, `echo` (our own loudspeaker heard) and `rubbish`."""

    def __init__(self, path: Path, now: Callable[[], float], post: Callable[[Item], None], is_ours: IsOurs) -> None:
        self.counts: Counter[str] = Counter()
        self._now, self._post, self._is_ours = now, post, is_ours
        self._exchange = Exchange(path, self._answer)
        self._down: int | None = None
        self._present = False
        self._told = ""

    def open(self) -> None:
        """Begin to wait for an ear, in a thread."""
        self._exchange.open()

    def close(self) -> None:
        """Hang up for good."""
        self._exchange.close()

    def _answer(self, wire: Wire) -> None:
        with suppress(EOFError, WireError):
            self._listen_to(wire)
        self._is_there(False)

    def _listen_to(self, wire: Wire) -> None:
        while True:
            message = wire.receive(SILENT_SECONDS)
            match message:
                case None:
                    self._is_there(False)
                case "sung", (int(pitch), int(velocity), int() | float() as age) if _is_sung(pitch, velocity, float(age)):
                    self._key(pitch, velocity, float(age))
                case "listening", str():
                    self._is_there(True)
                case "trouble", str(sentence):
                    self._tell(sentence[:200])
                case _:
                    self.counts["rubbish"] += 1

    def _is_there(self, present: bool) -> None:
        if not present:
            self._up(0.0)
        if present != self._present:
            self._present, self._told = present, ""
            self._post(PortNews(self._now(), VOICE, "in", present))

    def _key(self, pitch: int, velocity: int, age_seconds: float) -> None:
        if not velocity:
            if pitch == self._down:
                self._up(age_seconds)
            return
        self._up(age_seconds)
        seconds = max(self._now() - age_seconds, 0.0)
        if self._is_ours(pitch, seconds):
            self.counts["echo"] += 1
            return
        self.counts["sung"] += 1
        self._down = pitch
        self._post(Heard(seconds, VOICE, NoteOn(pitch, velocity)))

    def _up(self, age_seconds: float) -> None:
        if self._down is not None:
            pitch, self._down = self._down, None
            self._post(Heard(max(self._now() - age_seconds, 0.0), VOICE, NoteOff(pitch)))

    def _tell(self, sentence: str) -> None:
        if sentence != self._told:  # an ear without a microphone comes again and again to say so
            self._told = sentence
            self._post(Trouble(self._now(), sentence))


def _is_sung(pitch: int, velocity: int, age_seconds: float) -> bool:
    return 0 <= pitch <= 127 and 0 <= velocity <= 127 and 0.0 <= age_seconds <= LONGEST_AGE_SECONDS
