"""Who is told what by UDP: targets and subscribers hear the cues, whoever turns knobs hears where the knobs stand."""

from __future__ import annotations

from collections.abc import Sequence

from agent.ports.backend import Clock
from agent.ports.osc_decode import Message

Address = tuple[str, int]

LEASE_SECONDS = 60.0
"""A subscriber, or one who turns knobs, is told for so long after its last message."""
MOST_SUBSCRIBERS, MOST_CALLERS = 16, 32
ECHOED = "/ctl/"
"""Where our knobs stand begins like this; nobody who has not asked is told, or two Antiphons would turn each other's."""
REPLIES = ("/sys/pong", "/sys/error")
"""What a caller is told besides."""


class Audience:
    """Keeps the leases. One thread only."""

    def __init__(self, targets: Sequence[Address], feedback: Sequence[Address], now: Clock) -> None:
        self._targets, self._feedback, self._now = tuple(targets), tuple(feedback), now
        self._subscribers: dict[Address, float] = {}  # who: until when
        self._callers: dict[Address, float] = {}

    def subscribe(self, who: Address) -> bool:
        """Tell somebody every cue for a minute; False when there are too many already."""
        return self._lease(self._subscribers, who, MOST_SUBSCRIBERS)

    def called(self, who: Address) -> None:
        """Somebody turns a knob, or asks something: for a minute they are told where the knobs stand."""
        if not self._lease(self._callers, who, MOST_CALLERS):
            self._callers.pop(next(iter(self._callers)))
            self._lease(self._callers, who, MOST_CALLERS)

    def shares(self, messages: Sequence[Message]) -> list[tuple[tuple[Address, ...], list[Message]]]:
        """Who is told which of these messages; nobody is told anything twice."""
        subscribers, callers = self._living(self._subscribers), self._living(self._callers)
        echoes = [message for message in messages if message[0].startswith(ECHOED)]
        cues = [message for message in messages if not message[0].startswith(ECHOED)]
        replies = [message for message in messages if message[0].startswith(ECHOED) or message[0] in REPLIES]
        hear_cues = {*self._targets, *subscribers}
        hear_echoes = {*self._feedback, *callers, *subscribers}
        shares = [
            (hear_cues & hear_echoes, list(messages)),
            (hear_cues - hear_echoes, cues),
            ({*self._feedback} - hear_cues, echoes),
            (hear_echoes - hear_cues - {*self._feedback}, replies),
        ]
        return [(tuple(sorted(who)), said) for who, said in shares if who and said]

    def _lease(self, leases: dict[Address, float], who: Address, most: int) -> bool:
        self._living(leases)
        if who not in leases and len(leases) >= most:
            return False
        leases.pop(who, None)  # so that the one who was silent longest comes first
        leases[who] = self._now() + LEASE_SECONDS
        return True

    def _living(self, leases: dict[Address, float]) -> tuple[Address, ...]:
        now = self._now()
        for who in [who for who, until in leases.items() if until < now]:
            del leases[who]
        return tuple(leases)
