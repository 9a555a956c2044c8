"""The beat that a Link session shares: everybody on the network who has Link switched on."""

from __future__ import annotations

from agent.clock.sources.source import FASTEST_BPM, SLOWEST_BPM, Lead
from agent.items import Shared


class LinkBeat:
    """Leads while there is at least one peer. Nobody is the master: whoever changes the tempo changes it for all."""

    name = "link"

    def __init__(self) -> None:
        self._last: Shared | None = None

    @property
    def playing(self) -> bool:
        """Whether those who press start and stop together have started."""
        return self._last is not None and self._last.playing

    def hear(self, item: Shared) -> str:
        """How the session stands now. Says `stopped` or `landed` when the others stop or start together."""
        before, self._last = self._last, item
        if before is None or not item.peers or before.playing == item.playing:
            return ""
        return "landed" if item.playing else "stopped"

    def lead(self, now: float) -> Lead | None:
        """Where the shared beat is, while it is shared. One that is too fast or slow to play is taken in halves, or twice."""
        if self._last is None or not self._last.peers:
            return None
        times = 1.0
        while self._last.bpm * times > FASTEST_BPM:
            times /= 2.0
        while 0.0 < self._last.bpm * times < SLOWEST_BPM:
            times *= 2.0
        return Lead(self._last.bpm * times, self._last.seconds, self._last.beats * times, counted=True, catch_up_beats=1.0)
