"""A foreign listener on the MIDI cable: writes down every message with its JACK frame and passes it on untouched.

capture_midi.py FILE CLIENT

Ports CLIENT:in and CLIENT:thru; one line of JSON a message: {"frame": 48000, "bytes": [144, 60, 90]}
"""

import json
import sys
import threading
from collections import deque

import jack


def main():
    path, name = sys.argv[1:]
    client = jack.Client(name, no_start_server=True, use_exact_name=True)
    cable = client.midi_inports.register("in")
    thru = client.midi_outports.register("thru")
    heard = deque()
    gone = threading.Event()

    @client.set_process_callback
    def process(_frames):
        thru.clear_buffer()
        now = client.last_frame_time
        for offset, data in cable.incoming_midi_events():
            message = bytes(data)
            thru.write_midi_event(offset, message)
            heard.append((now + offset, message))

    @client.set_shutdown_callback
    def shutdown(_status, _reason):
        gone.set()

    with open(path, "a") as file:
        client.activate()
        while not gone.wait(0.02):
            while heard:
                frame, message = heard.popleft()
                file.write(json.dumps({"frame": frame, "bytes": list(message)}) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
