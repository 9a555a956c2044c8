"""In the middle of the herald: what is known of the evening, who wants to know it, and the way back to the performer."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Any, Protocol

from agent.ports.osc_decode import Message, read_packet
from agent.ports.token_bucket import TokenBuckets
from agent.show.cues import IN, STATE, named_by
from agent.show.lookahead import nearer
from agent.show.pattern import is_pattern

MESSAGES_PER_SECOND, BURST_MESSAGES = 1500.0, 1000.0
DEAR_TOKENS = 20.0
"""A pattern names many."""
CLOCK_LOOKS = 128


@dataclass(frozen=True, slots=True)
class Tick:
    """What is told at one instant. `wall_seconds` is that instant by the clock on the wall, as `time.time()` tells it."""

    seconds: float
    wall_seconds: float
    messages: list[Message]


class Guest(Protocol):
    """Somebody who wants to be told."""

    def tell(self, tick: Tick) -> None:
        """Take it and return at once. Runs on the event loop."""


class Hub:
    """Hears the performer, tells the guests. Counts: `asked`, `foreign`, `flood`, `unheard`, and what `read_packet` refuses."""

    def __init__(
        self, prefix: str, send: Callable[[str, object], bool], now: Callable[[], float], wall: Callable[[], float] = time
    ) -> None:
        """`now` is monotonic, `wall` the clock on the wall."""
        self.prefix = prefix.rstrip("/")
        self.counts: Counter[str] = Counter()
        self.guests: list[Guest] = []
        self.values: dict[str, tuple[Any, ...]] = {}
        """The last arguments of every address that has been said, below the prefix."""
        self._send, self._wall = send, wall
        self._buckets = TokenBuckets(now, MESSAGES_PER_SECOND, BURST_MESSAGES)
        self._zeros: deque[float] = deque(maxlen=CLOCK_LOOKS)

    def hear(self, kind: str, body: Any) -> None:
        """The performer says something, or comes or goes."""
        if kind == "here":
            self._zeros.clear()
        if kind != "cues":
            return
        seconds, messages = body
        # What comes has been on its way for a while: the shortest way seen lately tells when the session began.
        wall_seconds = self._wall()
        self._zeros.append(wall_seconds - seconds)
        said: list[Message] = [(str(address), tuple(args)) for address, args in messages]
        self.values.update(said)
        passed_seconds = wall_seconds - min(self._zeros) - seconds
        tick = Tick(seconds + passed_seconds, wall_seconds, nearer(said, passed_seconds))
        for guest in tuple(self.guests):
            guest.tell(tick)

    def states(self) -> list[Message]:
        """Where everything stands: what somebody who has just come should know."""
        return [(address, args) for address, args in self.values.items() if address in STATE or address in IN]

    def take(self, data: bytes, host: str) -> None:
        """A packet of somebody's. Never raises."""
        for message in read_packet(data, self.counts):
            self.ask(message, host)

    def may_say(self, host: str, tokens: float = 1.0) -> bool:
        """Whether somebody may say so much more just now."""
        return self._buckets.spend(host, tokens)

    def ask(self, message: Message, host: str) -> None:
        """Somebody wants something of the performer, by its full address."""
        address, args = message
        if not address.startswith(f"{self.prefix}/"):
            self.counts["foreign"] += 1
            return
        address = address[len(self.prefix) :]
        if is_pattern(address) and not self.may_say(host, DEAR_TOKENS):
            self.counts["flood"] += 1
            return
        for named in named_by(address):
            self.counts["asked"] += 1
            if not self._send("cue", (named, args)):
                self.counts["unheard"] += 1
