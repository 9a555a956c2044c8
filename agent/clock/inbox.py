"""The one place where everything that happens arrives, stamped."""

from __future__ import annotations

import heapq
from itertools import count
from queue import Empty, SimpleQueue

from agent.items import Item


class Inbox:
    """Items in the order in which they arrived. `post` is safe from any thread; taking is the loop's alone."""

    def __init__(self) -> None:
        self._items: SimpleQueue[Item] = SimpleQueue()

    def post(self, item: Item) -> None:
        """Hand something to the loop. Safe from any thread."""
        self._items.put(item)

    def take(self, wait_seconds: float) -> Item | None:
        """The next item, or None when nothing came in time. Runs on the loop."""
        try:
            if wait_seconds <= 0.0:
                return self._items.get_nowait()
            return self._items.get(timeout=wait_seconds)
        except Empty:
            return None


class Script:
    """An inbox for rehearsal and tests: items lie in it at the time at which they will happen."""

    def __init__(self) -> None:
        self._items: list[tuple[float, int, Item]] = []
        self._order = count()

    def post(self, item: Item) -> None:
        """Put an item down at its own time, which may lie ahead."""
        heapq.heappush(self._items, (item.seconds, next(self._order), item))

    def next_seconds(self) -> float | None:
        """When the next item happens."""
        return self._items[0][0] if self._items else None

    def take(self) -> Item:
        """The earliest item."""
        return heapq.heappop(self._items)[2]
