"""The rig's own ears and hands in JACK: one long-lived client that finds ports, plugs cables and listens to sound."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

import jack
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
PATIENCE_SECONDS = 40.0
"""Nothing is waited for longer; what is there sooner is waited for no longer than that."""
LEAVING_SECONDS = 5.0


@dataclass
class Recording:
    """What came out of one port, and in which JACK frames."""

    blocks: list[tuple[int, Samples]] = field(default_factory=list)
    """With the frame of each: a busy machine may leave one out."""

    @property
    def samples(self) -> Samples:
        """The sound so far, as one piece."""
        return self.since(0)

    def since(self, frame: int) -> Samples:
        """The sound from a frame on, but for the rest of the block in which it lies."""
        return np.concatenate([np.zeros(0, np.float32), *(block for began, block in self.blocks if began >= frame)])

    def onset_frame(self, threshold: float = 1e-4) -> int | None:
        """The JACK frame at which the first sound began; None while it is silent."""
        for began, block in self.blocks:
            loud = np.flatnonzero(np.abs(block) > threshold)
            if len(loud):
                return began + int(loud[0])
        return None


class Ear:
    """A listener at the mixing desk. Polling the server with its command-line tools would disturb the peers; this does not."""

    def __init__(self, within_seconds: float = PATIENCE_SECONDS) -> None:
        self.client = _join(within_seconds)
        self._input = self.client.inports.register("in")
        self._recording: Recording | None = None
        self.client.set_process_callback(self._process)

    @property
    def frame(self) -> int:
        """Now, in JACK frames: the clock that all peers share."""
        return int(self.client.frame_time)

    def port(
        self, name: str, *, is_input: bool = False, is_output: bool = False, within_seconds: float = PATIENCE_SECONDS
    ) -> str:
        """The full name of a port whose name contains `name`, as soon as there is one."""
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            with suppress(jack.JackError):  # another port has left while we looked
                ports = self.client.get_ports(is_input=is_input, is_output=is_output)
                found = next((port.name for port in ports if name in port.name), None)
                if found is not None:
                    return found
            time.sleep(0.02)
        raise TimeoutError(f"no JACK port called {name!r} within {within_seconds:g} s")

    def plug(self, source: str, destination: str) -> None:
        """Plug a cable in; it may be there already. A client's ports are seen a moment before they can be plugged into."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if destination in self.cables(source):
                    return
                self.client.connect(source, destination)
            except jack.JackError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def unplug(self, source: str, destination: str) -> None:
        """Pull a cable out."""
        self.client.disconnect(source, destination)

    def cables(self, port: str) -> list[str]:
        """What a port is plugged into."""
        return [other.name for other in self.client.get_all_connections(port)]

    @contextmanager
    def recording(self, source: str) -> Iterator[Recording]:
        """Record an audio port for as long as the block lasts, and longer if the block says so.

        Only meanwhile does JACK call us: everybody on the graph waits for who is called, and a test is a slow fellow.
        """
        self.client.activate()
        self.plug(source, self._input.name)
        recording = self._recording = Recording()
        try:
            yield recording
        finally:
            self._recording = None
            with suppress(jack.JackError):  # the port may have gone away meanwhile, which is what some tests are about
                self.client.deactivate()

    def hear(self, source: str, seconds: float) -> Samples:
        """Listen to an audio port for a while."""
        with self.recording(source) as recording:
            time.sleep(seconds)
        return recording.samples

    def close(self) -> None:
        """Leave the server, whether or not it is still alive."""
        # In a thread, since JACK sometimes waits for ever for a server that has died.
        leaving = Thread(target=self._leave, name="ear leaves", daemon=True)
        leaving.start()
        leaving.join(LEAVING_SECONDS)

    def _leave(self) -> None:
        with suppress(jack.JackError):
            self.client.deactivate()
        with suppress(jack.JackError):
            self.client.close()

    def _process(self, _frames: int) -> None:
        recording = self._recording
        if recording is not None:
            recording.blocks.append((self.client.last_frame_time, np.array(self._input.get_array(), copy=True)))


def _join(within_seconds: float) -> jack.Client:
    jack.set_error_function(lambda _complaint: None)  # the library complains on stderr each time the server is not there yet
    deadline = time.monotonic() + within_seconds
    while True:
        try:
            return jack.Client("ear", no_start_server=True)
        except jack.JackError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
