"""Tells an address on the web what happens in the room. From a thread of its own, and never waited for."""

from __future__ import annotations

import json
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Full, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

MOST_WAITING = 64
PATIENCE_SECONDS = 5.0


class Webhook:
    """Posts JSON to one address; what it does not take in time is lost."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)
        self._waiting: Queue[dict[str, Any]] = Queue(MOST_WAITING)

    def open(self) -> None:
        """Be ready, if there is an address."""
        if self._address.netloc:
            Thread(target=self._post_all, name="webhook", daemon=True).start()

    def tell(self, what: str, **more: Any) -> None:
        """Something happened. Returns at once."""
        if self._address.netloc:
            with suppress(Full):
                self._waiting.put_nowait({"what": what, **more})

    def _post_all(self) -> None:
        while True:
            body = json.dumps(self._waiting.get()).encode()
            with suppress(OSError, HTTPException, ValueError):
                self._post(body)

    def _post(self, body: bytes) -> None:
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        connection = kind(self._address.netloc, timeout=PATIENCE_SECONDS)
        try:
            path = self._address.path or "/"
            query = f"?{self._address.query}" if self._address.query else ""
            connection.request("POST", path + query, body, {"Content-Type": "application/json"})
            connection.getresponse().read(1024)
        finally:
            connection.close()
