"""A stranger of another make in a Link session: SuperCollider's LinkClock, in its language without a screen.

link_clock.py FOLDER

Each 20 ms a line `second beat bpm peers playing`, the second on the system's monotonic clock, half-way between question and
answer. It reads `tempo 133` from standard input.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

PORT = 57120
SHARPEST_SECONDS = 0.0015


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(mode=0o700)
    # As root its browser part would wait for half a minute and give up.
    calm = {"QTWEBENGINE_DISABLE_SANDBOX": "1", "QT_QPA_PLATFORM": "offscreen"}
    where = {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    command = ["setpriv", "--pdeathsig", "TERM", "sclang", "-D", "-u", str(PORT), Path(__file__).with_suffix(".scd")]
    with (folder / "sclang.log").open("wb") as log:
        sclang = subprocess.Popen(
            command, env={**os.environ, **calm, **where}, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
        )
    signal.signal(signal.SIGTERM, lambda *_: (sclang.terminate(), sys.exit()))
    desk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    desk.connect(("127.0.0.1", PORT))
    desk.settimeout(0.5)
    threading.Thread(target=obey, args=(desk,), daemon=True).start()
    question = OscMessageBuilder("/where").build().dgram
    while True:
        time.sleep(0.02)
        try:
            before = time.perf_counter()
            desk.send(question)
            answer = OscMessage(desk.recv(512)).params
            after = time.perf_counter()
        except OSError:  # it is not there yet, or late; an answer that comes later is not taken for the next one's
            time.sleep(0.1)
            desk.setblocking(False)
            try:
                while desk.recv(512):
                    pass
            except OSError:
                desk.settimeout(0.5)
            continue
        whole, fraction, *rest = answer
        if after - before < SHARPEST_SECONDS:
            print((before + after) / 2, whole + fraction, *rest, flush=True)


def obey(desk):
    for order in sys.stdin:
        word, value = order.split()
        message = OscMessageBuilder(f"/{word}")
        message.add_arg(float(value), "f")
        desk.send(message.build().dgram)


if __name__ == "__main__":
    main()
