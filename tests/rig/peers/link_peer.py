"""A stranger in a Link session: writes down where its beat is, and does what it is told.

link_peer.py BPM QUANTUM

Each 20 ms a line `second beat bpm peers playing`, the second on the system's monotonic clock. It reads `tempo 133`, `play`,
`play 1.5`, which starts all so many seconds later, and `stop` from standard input.
"""

import sys
import threading
import time

import link


def main():
    bpm, quantum = float(sys.argv[1]), float(sys.argv[2])
    seat = link.Link(bpm)
    seat.startStopSyncEnabled = True
    seat.enabled = True
    threading.Thread(target=obey, args=(seat,), daemon=True).start()
    while True:
        time.sleep(0.02)
        state = seat.captureSessionState()
        before, micros, after = time.perf_counter(), seat.clock().micros(), time.perf_counter()
        if after - before < 0.0002:
            beat = state.beatAtTime(micros, quantum)
            print((before + after) / 2, beat, state.tempo(), seat.numPeers(), int(state.isPlaying()), flush=True)


def obey(seat):
    for order in sys.stdin:
        word, *value = order.split()
        state = seat.captureSessionState()
        if word == "tempo":
            state.setTempo(float(value[0]), seat.clock().micros())
        else:
            in_seconds = float(value[0]) if value else 0.0
            state.setIsPlaying(word == "play", seat.clock().micros() + round(in_seconds * 1e6))
        seat.commitSessionState(state)


if __name__ == "__main__":
    main()
