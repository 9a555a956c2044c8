"""A foreign singer: plays a file of 32-bit float samples into a JACK port, from one frame on.

play_sound.py FILE CLIENT --to PORT

Prints the JACK frame of the file's beginning, and leaves when the last sample has gone out.
"""

import argparse
import os
import sys
import threading
import time
from contextlib import suppress

import jack
import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("client")
    parser.add_argument("--to", required=True, help="full name of a port to plug into")
    options = parser.parse_args()
    sys.setswitchinterval(1e-4)
    with suppress(OSError):  # the whole graph waits for whichever thread of ours holds the interpreter
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(40))

    sound = np.fromfile(options.file, dtype=np.float32)
    client = jack.Client(options.client, no_start_server=True, use_exact_name=True)
    out = client.outports.register("out")
    done = threading.Event()
    beginning = 1 << 62

    @client.set_process_callback
    def process(frames):
        at = client.last_frame_time - beginning
        block = np.zeros(frames, dtype=np.float32)
        piece = sound[max(at, 0) : max(at + frames, 0)]
        begin = max(-at, 0) if piece.size else 0
        block[begin : begin + len(piece)] = piece
        out.get_array()[:] = block
        if at > len(sound):
            done.set()

    @client.set_shutdown_callback
    def shutdown(_status, _reason):
        done.set()

    client.activate()
    client.connect(out, options.to)
    beginning = client.frame_time + client.samplerate // 5
    print(beginning, flush=True)
    done.wait()
    time.sleep(0.05)


if __name__ == "__main__":
    main()
