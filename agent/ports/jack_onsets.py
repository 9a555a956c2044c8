"""An ear at an audio port of JACK's graph: when something begins to sound."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter
from typing import Any

from agent.ports.backend import Clock, NoMidiSystem
from agent.ports.jack_frames import FrameClock, ServerClock, capture_latency_frames

_QUIETEST, _ABOVE_NOISE = 0.002, 4.0  # what is louder than this, and than so many times the room, is a sound
_ABOVE_BEFORE, _FORGOTTEN_SECONDS = 2.5, 0.03  # a string still rings from the click before; by half less of it after so long
_DEAF_SECONDS = 0.1  # after a beginning: it swells
_SETTLING_SECONDS = 0.3  # so long the room is listened to


class JackOnsets:
    """Collects beginnings in `seconds`, by the session's clock. The server's thread runs `_cycle`, in this process."""

    def __init__(self, name: str, now: Clock) -> None:
        import jack

        try:
            self._client: Any = jack.Client(name, no_start_server=True)
        except jack.JackError:
            raise NoMidiSystem("no JACK server is running; start one, for instance with `jackd -d alsa` or QjackCtl") from None
        self._jack, self._now = jack, now
        self._input = self._client.inports.register("in")
        self._frames = FrameClock(ServerClock(self._client))
        self._zero_seconds = max(perf_counter() - now() for _ in range(20))
        self._source_seconds = 0.0  # from the air, or the string, to the port
        self._noise = self._level = 0.0
        self._until_frame = self._deaf_until = 0
        self.seconds: list[float] = []

    def open(self, port: str) -> None:
        """Listen to a port of somebody else's. Raises NoMidiSystem if there is none of that name."""
        self._client.set_process_callback(self._cycle)
        self._client.activate()
        self._until_frame = self._client.frame_time + round(_SETTLING_SECONDS * self._client.samplerate)
        try:
            self._client.connect(port, self._input)
        except self._jack.JackError:
            there = [one.name for one in self._client.get_ports(is_audio=True, is_output=True)]
            raise NoMidiSystem(f"JACK has no audio port {port!r}; there are: {', '.join(there) or 'none'}") from None
        self._source_seconds = capture_latency_frames(self._input) / self._client.samplerate

    def close(self) -> None:
        """Leave."""
        with suppress(self._jack.JackError):
            self._client.deactivate()
            self._client.close()

    def _cycle(self, frames: int) -> None:
        self._frames.look(frames)
        samples = abs(self._input.get_array())
        first = self._client.last_frame_time
        if first < self._until_frame:
            self._noise = max(self._noise, float(samples.max()))
            return
        threshold = max(_QUIETEST, _ABOVE_NOISE * self._noise, _ABOVE_BEFORE * self._level)
        loud = samples > threshold
        if first >= self._deaf_until and loud.any():
            begins = self._frames.second_of(int(loud.argmax()), frames) - self._source_seconds
            self.seconds.append(begins - self._zero_seconds)
            self._deaf_until = first + round(_DEAF_SECONDS * self._client.samplerate)
        self._level = max(float(samples.max()), self._level * 0.5 ** (frames / self._client.samplerate / _FORGOTTEN_SECONDS))
