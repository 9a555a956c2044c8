"""Which of JACK's frames an instant of ours is, and the reverse."""

from __future__ import annotations

import ctypes
from ctypes.util import find_library
from time import perf_counter
from typing import Any

_SHARP_SECONDS = 0.00002  # a look at both clocks that took longer was interrupted, and says nothing
_SECONDS_PER_MICROSECOND = 1e-6
_CAPTURE = 0  # JackCaptureLatency
_WRAP = 1 << 32  # JACK begins again at 0 after a day


class Cycle(ctypes.Structure):
    """The server's cycle at hand, as the server itself has smoothed it: first frame, when it began, when the next one will."""

    _fields_ = (
        ("frame", ctypes.c_uint32),
        ("began_microseconds", ctypes.c_uint64),
        ("next_microseconds", ctypes.c_uint64),
        ("period_microseconds", ctypes.c_float),
    )


class ServerClock:
    """JACK's own count of its cycles, which its Python package does not pass on. Nothing that it says is rounded to a frame."""

    def __init__(self, client: Any) -> None:
        library = _library()
        self._microseconds = library.jack_get_time
        self._microseconds.argtypes, self._microseconds.restype = (), ctypes.c_uint64
        self._cycle = Cycle()
        at = ctypes.addressof(self._cycle)
        fields = (ctypes.c_void_p(at + getattr(Cycle, name).offset) for name, _ in Cycle._fields_)
        self._arguments = (_pointer(client), *fields)
        self._read = library.jack_get_cycle_times
        self._read.argtypes, self._read.restype = (ctypes.c_void_p,) * 5, ctypes.c_int
        self._ahead_seconds: float | None = None

    def cycle(self) -> Cycle | None:
        """The cycle at hand, until it is asked for again; None if the server did not say."""
        return None if self._read(*self._arguments) else self._cycle

    def ahead_seconds(self) -> float:
        """By how much `perf_counter` is ahead of the server's clock. JACK's is not set by the network's time, so it changes."""
        before = perf_counter()
        theirs = self._microseconds() * _SECONDS_PER_MICROSECOND
        after = perf_counter()
        if self._ahead_seconds is None or after - before < _SHARP_SECONDS:
            self._ahead_seconds = (before + after) / 2.0 - theirs
        return self._ahead_seconds


class Latency(ctypes.Structure):
    """The shortest and the longest way, in frames."""

    _fields_ = (("shortest", ctypes.c_uint32), ("longest", ctypes.c_uint32))


def capture_latency_frames(port: Any) -> int:
    """How long ago what comes to an input of ours was in the air, as the drivers on the way say."""
    latency = Latency()
    _library().jack_port_get_latency_range(_pointer(port), ctypes.c_int(_CAPTURE), ctypes.byref(latency))
    return int(latency.longest)


def _library() -> ctypes.PyDLL:
    return ctypes.PyDLL(find_library("jack") or "libjack.so.0")  # so quick that the interpreter need not be let go


def _pointer(owner: Any) -> ctypes.c_void_p:
    import jack

    return ctypes.c_void_p(int(jack._ffi.cast("uintptr_t", owner._ptr)))


class FrameClock:
    """The instants of the current cycle's frames. All methods run on the server's thread, within a cycle.

    A frame is where it lies in a cycle's buffer, an instant one of `perf_counter`. What lies in this cycle was played during
    the one before it, and what is laid into this cycle sounds during the next: so both ways a frame is one cycle later than
    its instant, and what is answered at once to what is heard meets it.
    """

    def __init__(self, server: ServerClock) -> None:
        self._server = server
        self._next_frame: int | None = None
        self._before_seconds, self._began_seconds = 0.0, 1.0

    def look(self, frames: int) -> None:
        """A cycle of so many frames has begun."""
        cycle = self._server.cycle()
        if cycle is None:
            return
        before_seconds = self._began_seconds
        self._began_seconds = cycle.began_microseconds * _SECONDS_PER_MICROSECOND + self._server.ahead_seconds()
        if cycle.frame != self._next_frame or self._began_seconds <= before_seconds:  # we were not called in the one before it
            length_microseconds = cycle.next_microseconds - cycle.began_microseconds
            before_seconds = self._began_seconds - length_microseconds * _SECONDS_PER_MICROSECOND
        self._before_seconds = before_seconds
        self._next_frame = (cycle.frame + frames) % _WRAP

    def frame_of(self, second: float, frames: int) -> int:
        """Where in the cycle of so many frames an instant lies; beyond its end is a later cycle, below 0 it is over."""
        return round((second - self._before_seconds) / (self._began_seconds - self._before_seconds) * frames)

    def second_of(self, frame: int, frames: int) -> float:
        """The instant of a frame of the cycle."""
        return self._before_seconds + frame / frames * (self._began_seconds - self._before_seconds)
