"""A foreign keyboard player: plays a MIDI file into JACK, every event in its frame.

play_midi_file.py FILE CLIENT [--to PORT] [--from-seconds S] [--for-seconds S]

Prints the JACK frame of the file's beginning, and leaves when the last event has gone out.
"""

import argparse
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress

import jack
import mido


def timed_events(path, start_seconds, length_seconds):
    """The file's channel messages between two instants, in seconds from the first of them."""
    events, seconds = [], 0.0
    for message in mido.MidiFile(path):
        seconds += message.time
        if not message.is_meta and start_seconds <= seconds < start_seconds + length_seconds:
            events.append((seconds - start_seconds, bytes(message.bytes())))
    return events


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("client")
    parser.add_argument("--to", help="full name of a port to plug into; otherwise others plug into ours")
    parser.add_argument("--from-seconds", type=float, default=0.0)
    parser.add_argument("--for-seconds", type=float, default=1e9)
    options = parser.parse_args()
    sys.setswitchinterval(1e-4)
    with suppress(OSError):  # the whole graph waits for whichever thread of ours holds the interpreter
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(40))

    client = jack.Client(options.client, no_start_server=True, use_exact_name=True)
    out = client.midi_outports.register("out")
    queue = deque()
    done, started = threading.Event(), threading.Event()

    @client.set_process_callback
    def process(frames):
        out.clear_buffer()
        now = client.last_frame_time
        while started.is_set() and queue and queue[0][0] < now + frames:
            frame, data = queue.popleft()
            out.write_midi_event(max(frame - now, 0), data)
        if started.is_set() and not queue:
            done.set()

    @client.set_shutdown_callback
    def shutdown(_status, _reason):
        done.set()

    client.activate()
    if options.to:
        client.connect(out, options.to)
    else:
        while not out.connections and not done.is_set():
            time.sleep(0.01)
    beginning = client.frame_time + client.samplerate // 5
    for seconds, data in timed_events(options.file, options.from_seconds, options.for_seconds):
        queue.append((beginning + round(seconds * client.samplerate), data))
    print(beginning, flush=True)
    started.set()
    done.wait()
    time.sleep(0.05)  # the last block has still to leave


if __name__ == "__main__":
    main()
