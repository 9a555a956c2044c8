"""How much one sender may say: so many messages a second, with room for a burst."""

from __future__ import annotations

from agent.ports.backend import Clock

_SENDERS = 64


class TokenBuckets:
    """One bucket per sender, and only so many senders: the one silent longest is forgotten first."""

    def __init__(self, now: Clock, per_second: float, burst: float) -> None:
        self._now = now
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}  # sender: tokens, and when they were counted

    def spend(self, sender: str, tokens: float) -> bool:
        """May this sender say this much more? If so, it is taken from its bucket."""
        seconds = self._now()
        left, counted_seconds = self._buckets.pop(sender, (self._burst, seconds))
        left = min(self._burst, left + (seconds - counted_seconds) * self._per_second)
        allowed = left >= tokens
        if len(self._buckets) >= _SENDERS:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[sender] = (left - tokens if allowed else left, seconds)
        return allowed
