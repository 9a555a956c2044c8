"""A stranger with two watches: writes down JACK's clock beside the system's.

watch_frames.py FILE

A line `second frame` each few milliseconds, unless something came in between the two looks; `second x` when the server has
lost time.
"""

import os
import sys
import time
from collections import deque

import jack

EVERY_SECONDS, SHARP_SECONDS = 0.003, 0.00004


def main():
    client = jack.Client("watch", no_start_server=True)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
    except PermissionError:
        pass  # it then has fewer looks
    overruns = deque()

    @client.set_xrun_callback
    def overrun(_delayed):
        overruns.append(time.perf_counter())

    client.activate()
    with open(sys.argv[1], "w") as file:
        while True:
            while overruns:
                file.write(f"{overruns.popleft()} x\n")
            before = time.perf_counter()
            frame = client.frame_time
            after = time.perf_counter()
            if after - before < SHARP_SECONDS:
                file.write(f"{(before + after) / 2} {frame}\n")
                file.flush()
            time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
