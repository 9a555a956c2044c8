"""Listen: not a sound. It learns key, tempo and manner, and shows what it hears."""

from __future__ import annotations

from collections.abc import Iterable

from agent.play.mode import Intent, Turn, View
from models.music import NoteOff, NoteOn


class Listen:
    """Silence, attentively."""

    def begin(self, view: View) -> Iterable[Intent]:
        """Leave the turn to the human."""
        return (Turn(0.0, "listen"),)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """Nothing to say."""
        return ()

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """Nothing to do."""
        return ()
