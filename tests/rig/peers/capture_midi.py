"""A foreign listener on the MIDI cable: writes down every message with its JACK frame and passes it on untouched.

capture_midi.py FILE CLIENT

Ports CLIENT:in and CLIENT:thru; one line of JSON a message: {"frame": 48000, "bytes": [144, 60, 90], "zero": 1.5, "missed": 0}
`zero` is the second, on the monotonic clock, of frame 0 as the cycle at hand has it: it grows whenever the server stands
still.
`missed` counts the cycles that we were not called in.
"""

import json
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress

import jack


def main():
    path, name = sys.argv[1:]
    sys.setswitchinterval(1e-4)
    with suppress(OSError):  # the whole graph waits for whichever thread of ours holds the interpreter
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(40))
    client = jack.Client(name, no_start_server=True, use_exact_name=True)
    cable = client.midi_inports.register("in")
    thru = client.midi_outports.register("thru")
    heard = deque()
    missed, expected = 0, None
    gone = threading.Event()

    @client.set_process_callback
    def process(frames):
        nonlocal missed, expected
        thru.clear_buffer()
        now = client.last_frame_time
        missed += expected not in (None, now)
        expected = now + frames
        zero = time.perf_counter() - (client.frames_since_cycle_start + now) / client.samplerate
        for offset, data in cable.incoming_midi_events():
            message = bytes(data)
            thru.write_midi_event(offset, message)
            heard.append((now + offset, message, zero, missed))

    @client.set_shutdown_callback
    def shutdown(_status, _reason):
        gone.set()

    with open(path, "a") as file:
        client.activate()
        while not gone.wait(0.02):
            while heard:
                frame, message, zero, missed_before = heard.popleft()
                row = {"frame": frame, "bytes": list(message), "zero": round(zero, 6), "missed": missed_before}
                file.write(json.dumps(row) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
