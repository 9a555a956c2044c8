"""The beat that a Link session shares: everybody on the network who has Link switched on."""

from __future__ import annotations

from agent.clock.sources.source import Lead
from agent.items import Shared


class LinkBeat:
    """Leads while there is at least one peer. Nobody is the master: whoever changes the tempo changes it for all."""

    name = "link"

    def __init__(self) -> None:
        self._last: Shared | None = None

    def hear(self, item: Shared) -> str:
        """How the session stands now. Says `stopped` or `landed` when the others stop or start together."""
        before, self._last = self._last, item
        if before is None or not item.peers or before.playing == item.playing:
            return ""
        return "landed" if item.playing else "stopped"

    def lead(self, now: float) -> Lead | None:
        """Where the shared beat is, while it is shared."""
        if self._last is None or not self._last.peers:
            return None
        return Lead(self._last.bpm, self._last.seconds, self._last.beats, counted=True, catch_up_beats=1.0)
