"""A stranger with two watches: writes down when each of JACK's cycles began, on the system's clock.

watch_frames.py FILE

A line `second frame` for each cycle that it was awake for; `second x` when the server has lost time.
"""

import ctypes
import os
import sys
import time
from collections import deque
from contextlib import suppress
from ctypes.util import find_library

import jack

EVERY_SECONDS, SHARP_SECONDS = 0.001, 0.00001


def main():
    client = jack.Client("watch", no_start_server=True)
    with suppress(OSError):  # without it there are fewer looks
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
    overruns = deque()
    client.set_xrun_callback(lambda _delayed: overruns.append(time.perf_counter()))
    client.activate()
    library = ctypes.CDLL(find_library("jack"))
    library.jack_get_time.restype = ctypes.c_uint64
    frame, began, following, period = ctypes.c_uint32(), ctypes.c_uint64(), ctypes.c_uint64(), ctypes.c_float()
    whose = ctypes.c_void_p(int(jack._ffi.cast("uintptr_t", client._ptr)))
    written = None
    with open(sys.argv[1], "w") as file:
        while True:
            while overruns:
                file.write(f"{overruns.popleft()} x\n")
            library.jack_get_cycle_times(whose, *map(ctypes.byref, (frame, began, following, period)))
            before = time.perf_counter()
            theirs = library.jack_get_time()
            after = time.perf_counter()
            if frame.value != written and after - before < SHARP_SECONDS:
                written = frame.value
                file.write(f"{(before + after) / 2 + (began.value - theirs) / 1e6} {written}\n")
                file.flush()
            time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
