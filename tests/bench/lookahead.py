"""Is what will sound announced in time, and does it sound then? `python -m tests.bench.lookahead [--lead-ms 100]`.

Antiphon accompanies somebody on JACK, with tempo changes, hushes and changes of mode; a stranger's tape writes down what
sounds, another stranger what the room is told. What is planned while it sounds already, such as a voice under a key, is not
announced. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import numpy as np
from pythonosc.osc_packet import OscPacket

from tests.rig.frames import Watch
from tests.rig.gig import HAYDN
from tests.rig.rig import PERIOD_FRAMES, Rig, free_port
from tests.rig.tape import Tape

SETTINGS = """
[agent]
parts = ["comp", "bass"]
[midi]
api = "jack"
inputs = ["keys"]
output = "ears"
[clock]
sync = "internal"
bpm = 100
[timing]
lead_ms = {lead_ms}
[osc]
listen = {listen}
tcp = 0
query = 0
targets = ["127.0.0.1:{told}"]
[panel]
port = 0
[recording]
enabled = false
"""
Turn = tuple[float, str, str, str]
"""What somebody at the desk does: seconds after the beginning, address, type, value."""
DESK: tuple[Turn, ...] = (
    (10.0, "/ctl/tempo", "f", "112"),
    (18.0, "/ctl/mute", "i", "1"),
    (20.0, "/ctl/mute", "i", "0"),
    (28.0, "/ctl/tempo", "f", "88"),
    (36.0, "/ctl/mode", "s", "listen"),
    (38.0, "/ctl/mode", "s", "accompany"),
    (46.0, "/ctl/tempo", "f", "100"),
)
SECONDS, ENOUGH_SECONDS = 60.0, 0.3


@dataclass
class Promise:
    """What the room was told of one note. Seconds on the system's clock."""

    pitch: int
    lead_seconds: float
    due_seconds: float
    cancelled: bool = False
    told_seconds: float | None = None  # when it was said that it sounds


@dataclass
class Audience:
    """Listens to the cues of a whole evening."""

    port: int
    promises: dict[int, Promise] = field(default_factory=dict)
    unannounced: int = 0

    def listen(self) -> None:
        """Until the program ends."""
        with suppress(OSError):  # its own lateness is no lateness of ours
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(30))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            ear.bind(("127.0.0.1", self.port))
            while True:
                packet = ear.recv(65536)
                now = time.perf_counter()
                for timed in OscPacket(packet).messages:
                    self._hear(now, timed.message.address.removeprefix("/antiphon"), timed.message.params)

    def _hear(self, now: float, address: str, args: list[Any]) -> None:
        promise = self.promises.get(args[0]) if args else None
        if address == "/next/note":
            self.promises[args[0]] = Promise(args[1], args[3], now + args[3])
        elif address == "/next/move" and promise is not None:
            promise.due_seconds = now + args[1]
        elif address == "/next/cancel" and promise is not None:
            promise.cancelled = True
        elif address == "/agent/note" and args[4] == 1:
            if promise is None:
                self.unannounced += 1
            else:
                promise.told_seconds = now


def play(rig: Rig, lead_ms: float, seconds: float = SECONDS, desk: tuple[Turn, ...] = DESK) -> tuple[Audience, Tape, Watch]:
    """Some seconds of it."""
    tape, watch, audience, listen = Tape(rig.folder / "tape.jsonl"), Watch(rig), Audience(free_port()), free_port()
    Thread(target=audience.listen, daemon=True).start()
    rig.peer("capture_midi.py", tape.path, "ears")
    rig.ear.port("ears:in")
    settings = rig.folder / "rig.toml"
    settings.write_text(SETTINGS.format(lead_ms=lead_ms, listen=listen, told=audience.port))
    jam = rig.start("antiphon", Path(sys.executable).with_name("antiphon"), "jam", "--config", settings, "--headless")
    rig.wait_for(lambda: bool(rig.ear.cables("ears:in")), "Antiphon to find its instrument", 120.0)
    rig.peer("play_midi_file.py", HAYDN, "keys", "--for-seconds", str(seconds))
    rig.wait_for(lambda: bool(tape.note_ons()), "a note of ours", 60.0)
    began = time.monotonic()
    for at, address, kind, value in desk:
        time.sleep(max(began + at - time.monotonic(), 0.0))
        rig.start("oscsend", "oscsend", f"osc.udp://127.0.0.1:{listen}", f"/antiphon{address}", kind, value)
    time.sleep(max(began + seconds - time.monotonic(), 0.0))
    rig.end(jam)
    time.sleep(ENOUGH_SECONDS)
    return audience, tape, watch


def judge(audience: Audience, tape: Tape, watch: Watch, lead_seconds: float) -> dict[str, Any]:
    """What became of what was announced."""
    promises = list(audience.promises.values())
    struck = tape.note_ons()
    starts = [message.frame - PERIOD_FRAMES for message in struck]  # on JACK what is played sounds a period later
    heard: dict[int, list[float]] = defaultdict(list)
    for message, second in zip(struck, watch.seconds(np.array(starts, dtype=np.float64)), strict=True):
        heard[message.key[1]].append(float(second))
    sounded = sorted((p for p in promises if p.told_seconds is not None), key=lambda p: p.due_seconds)
    errors_ms: list[float] = []
    for promise in sounded:
        near = min(heard[promise.pitch], key=lambda second: abs(second - promise.due_seconds), default=None)
        if near is not None and abs(near - promise.due_seconds) < ENOUGH_SECONDS:
            heard[promise.pitch].remove(near)
            errors_ms.append(abs(near - promise.due_seconds) * 1000.0)
    early = [promise.lead_seconds >= lead_seconds - 1e-6 for promise in sounded]
    told = sum(early) / (len(sounded) + audience.unannounced)
    at_end = max((p.due_seconds for p in promises), default=0.0) - 1.0
    open_ended = [p for p in promises if p.told_seconds is None and not p.cancelled and p.due_seconds < at_end]
    shares = {"p50": 50, "p95": 95, "p99": 99, "worst": 100}
    return {
        "sounded": len(sounded) + audience.unannounced,
        "unannounced": audience.unannounced,
        "announced_in_time": round(told, 4),
        "lead_ms": {
            f"p{share}": round(float(np.percentile([p.lead_seconds * 1000 for p in sounded], share)), 1) for share in (1, 50)
        },
        "cancelled": sum(p.cancelled for p in promises),
        "cancelled_and_sounded": sum(p.cancelled for p in sounded),
        "neither_sounded_nor_cancelled": len(open_ended),
        "on_tape": len(errors_ms),
        "announced_against_sounded_ms": {
            name: round(float(np.percentile(errors_ms, share)), 2) for name, share in shares.items()
        },
    }


def main() -> None:
    """One evening, one line."""
    options = argparse.ArgumentParser()
    options.add_argument("--lead-ms", type=float, default=20.0)
    lead_ms = options.parse_args().lead_ms
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        try:
            figures = judge(*play(rig, lead_ms), lead_ms / 1000.0)
        finally:
            rig.close()
    print(json.dumps({"bench": "lookahead", "machine": machine, "configured_lead_ms": lead_ms, **figures}))


if __name__ == "__main__":
    main()
