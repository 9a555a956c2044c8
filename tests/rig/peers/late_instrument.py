"""An instrument that takes its time: what it is played comes out again, in its frame, so much later.

late_instrument.py CLIENT MILLISECONDS

Ports CLIENT:in and CLIENT:out.
"""

import os
import sys
import threading
from collections import deque
from contextlib import suppress

import jack


def main():
    name, milliseconds = sys.argv[1], float(sys.argv[2])
    sys.setswitchinterval(1e-4)
    with suppress(OSError):  # the whole graph waits for whichever thread of ours holds the interpreter
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(40))
    client = jack.Client(name, no_start_server=True, use_exact_name=True)
    played, out = client.midi_inports.register("in"), client.midi_outports.register("out")
    later = round(milliseconds / 1000 * client.samplerate)
    waiting = deque()
    gone = threading.Event()

    @client.set_process_callback
    def process(frames):
        out.clear_buffer()
        now = client.last_frame_time
        for offset, data in played.incoming_midi_events():
            waiting.append((now + offset + later, bytes(data)))
        while waiting and waiting[0][0] < now + frames:
            frame, data = waiting.popleft()
            out.write_midi_event(max(frame - now, 0), data)

    @client.set_shutdown_callback
    def shutdown(_status, _reason):
        gone.set()

    client.activate()
    gone.wait()


if __name__ == "__main__":
    main()
