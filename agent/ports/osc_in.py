"""Cues from patches, panels and pedals, by OSC over UDP."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from time import sleep

from agent.items import Cue, Item, Trouble
from agent.ports.backend import Clock
from agent.ports.osc_decode import LARGEST_PACKET_BYTES, read_packet
from agent.ports.token_bucket import TokenBuckets
from agent.show.cues import named_by
from agent.show.pattern import is_pattern

DEAR = ("/sys/subscribe", "/sys/refresh")
DEAR_TOKENS = 20.0
"""What answers with all there is, or names many, counts for more."""
MESSAGES_PER_SECOND = 1500.0
BURST_MESSAGES = 1000.0

_BYTES_PER_TOKEN = 256  # long packets take longer to read, rubbish or not
_RECEIVE_BUFFER_BYTES = 1 << 19
_LOOK_UP_SECONDS = 0.2  # how often the thread sees whether it should stop
_COMPLAINT_SECONDS = 5.0
_REFUSED_IN_A_ROW = 200
_BREATHER_SECONDS = 0.001  # under a flood, the loop's notes come first, but others must still be heard


class OscIn:
    """Listens on a UDP port and posts a `Cue` for every message below the prefix.

    Counts: `cues`, `foreign` (outside the prefix), `flood` (over the sender's rate), and what `read_packet` refuses.
    """

    def __init__(self, port: int, prefix: str, now: Clock, post: Callable[[Item], None], lan: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        self.overhear: Callable[[Cue], None] = lambda cue: None
        """Is told of every cue before the session is, in the thread that listens."""
        self._wanted = ("0.0.0.0" if lan else "127.0.0.1", port)  # where it was asked for  # nosec B104
        self._prefix = prefix.rstrip("/")
        self._now = now
        self._post = post
        self._buckets = TokenBuckets(now, MESSAGES_PER_SECOND, BURST_MESSAGES)
        self._complain_at_seconds = 0.0
        self._refused_in_a_row = 0
        self._socket: socket.socket | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_listening, name="osc in", daemon=True)

    @property
    def port(self) -> int:
        """The port listened on; where 0 was asked for, the one the system chose at `open`."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else self._wanted[1]

    def open(self) -> None:
        """Begin to listen. Raises OSError with a sentence if the port is taken."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        listener.settimeout(_LOOK_UP_SECONDS)
        try:
            listener.bind(self._wanted)
        except OSError as error:
            listener.close()
            raise OSError(
                f"cannot listen for OSC on port {self._wanted[1]} ({error.strerror}); choose another osc.listen"
            ) from None
        self._socket = listener
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._socket is not None:
            self._socket.close()

    def take(self, data: bytes, host: str, port: int) -> bool:
        """Everything that is done with one packet; False if its sender says too much. Never raises."""
        if not self._buckets.spend(host, 1.0 + len(data) / _BYTES_PER_TOKEN):
            self.counts["flood"] += 1
            return False
        refused = self.counts.total()
        messages = read_packet(data, self.counts)
        if self.counts.total() != refused:
            self._complain(host)
        if len(messages) > 1 and not self._buckets.spend(host, len(messages) - 1.0):
            self.counts["flood"] += len(messages)
            return False
        seconds = self._now()
        for address, args in messages:
            self._take_message(seconds, address, args, f"{host}:{port}")
        return True

    def _take_message(self, seconds: float, address: str, args: tuple[int | float | str, ...], source: str) -> None:
        if not address.startswith(f"{self._prefix}/"):
            self.counts["foreign"] += 1
            return
        address = address[len(self._prefix) :]
        host = source.rpartition(":")[0]
        if (is_pattern(address) or address in DEAR) and not self._buckets.spend(host, DEAR_TOKENS):
            self.counts["flood"] += 1
            return
        self.counts["cues"] += 1
        cue = Cue(seconds, address, args, source)
        self.overhear(cue)
        for named in named_by(address):
            self._post(cue if named == address else replace(cue, address=named))

    def _complain(self, host: str) -> None:
        seconds = self._now()
        if seconds >= self._complain_at_seconds:
            self._complain_at_seconds = seconds + _COMPLAINT_SECONDS
            self._post(Trouble(seconds, f"an OSC message from {host} was not understood; send only finite i, f and s"))

    def _keep_listening(self) -> None:
        assert self._socket is not None
        while not self._stop.is_set():
            try:
                data, (host, port) = self._socket.recvfrom(LARGEST_PACKET_BYTES + 1)
            except TimeoutError:
                continue
            except OSError:  # Windows reports here that someone we answered has gone
                self.counts["receive_errors"] += 1
                sleep(_BREATHER_SECONDS)
                continue
            self._refused_in_a_row = 0 if self.take(data, host, port) else self._refused_in_a_row + 1
            if self._refused_in_a_row >= _REFUSED_IN_A_ROW:
                self._refused_in_a_row = 0
                sleep(_BREATHER_SECONDS)
