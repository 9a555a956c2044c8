"""Ardour leads and records: `python -m tests.bench.daw [SECONDS]`. The last line is JSON. Needs the Debian package ardour.

Its transport, turned by its OSC surface, and its MIDI clock start and stop us; each part lies on a track of its own. What it
has recorded is held against a stranger's tape on the same cables.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.rig.daw import PARTS, Ardour, Recorded
from tests.rig.orchestra import STOP
from tests.rig.rig import PERIOD_FRAMES, SAMPLE_RATE, Rig, free_port
from tests.rig.tape import NOTE_OFF, NOTE_ON, Message, Tape

SETTINGS = """
[agent]
mode = "solo"
model = "markov"
parts = ["lead", "comp", "bass", "drums"]
[midi]
api = "jack"
inputs = ["MIDI Clock out"]
part_outputs = {{lead = "lead/midi_in", comp = "comp/midi_in", bass = "bass/midi_in", drums = "drums/midi_in"}}
[clock]
sync = "midi"
[osc]
listen = {listen}
tcp = 0
query = 0
[panel]
port = 0
[recording]
enabled = false
"""
CHANNELS = {"lead": 0, "comp": 1, "bass": 2, "drums": 9}


def played(messages: list[Message], part: str) -> list[Recorded]:
    """What the tape has heard of a part."""
    notes, down = list[Recorded](), dict[int, tuple[int, int]]()
    for message in messages:
        if message.kind not in (NOTE_ON, NOTE_OFF) or message.key[0] != CHANNELS[part]:
            continue
        if message.kind == NOTE_ON:
            down[message.key[1]] = (message.frame, message.data[2])
        elif message.kind == NOTE_OFF and message.key[1] in down:
            frame, velocity = down.pop(message.key[1])
            notes.append(Recorded(frame / SAMPLE_RATE, message.frame / SAMPLE_RATE, message.key[1], velocity))
    return sorted(notes, key=lambda note: (note.pitch, note.seconds))


def stopped_seconds(messages: list[Message]) -> float:
    """Where on the tape it stopped."""
    return [message.frame for message in messages if message.data[0] == STOP][-1] / SAMPLE_RATE


def compare(everything: list[Recorded], theirs: list[Recorded], until_seconds: float) -> dict[str, Any]:
    """One part. We hear that it has stopped after it has: what we strike until then is on our tape, and on no track of its."""
    ours = [note for note in everything if note.seconds < until_seconds]
    same = [(note.pitch, note.velocity) for note in ours] == [(note.pitch, note.velocity) for note in theirs]
    away_ms = np.array([(a.seconds - b.seconds) * 1000.0 for a, b in zip(ours, theirs, strict=False)])
    away_ms = np.abs(away_ms - np.median(away_ms)) if len(away_ms) else away_ms
    return {
        "played": len(ours),
        "recorded": len(theirs),
        "note_for_note": same,
        "after_its_stop": len(everything) - len(ours),
        "away_ms": {f"p{share}": round(float(np.percentile(away_ms, share)), 2) for share in (50, 95, 100)} if same else None,
    }


def record(rig: Rig, daw: Ardour, seconds: float) -> tuple[list[Message], bool]:
    """Play a little, stop, record so long, stop; gives what was played meanwhile, and whether a stop silences us."""
    settings = rig.folder / "rig.toml"
    settings.write_text(SETTINGS.format(listen=free_port()))
    rig.start("antiphon", Path(sys.executable).with_name("antiphon"), "jam", "--config", settings, "--headless")
    tape = Tape(rig.folder / "tape.jsonl")
    rig.peer("capture_midi.py", tape.path, "tape")
    for part in PARTS:
        rig.ear.plug(rig.ear.port(f"Antiphon:Out {part}"), rig.ear.port("tape:in"))
    clock = rig.ear.port("ardour:MIDI Clock out")
    rig.ear.plug(clock, rig.ear.port("tape:in"))
    rig.wait_for(lambda: any("Antiphon" in name for name in rig.ear.cables(clock)), "the clock's cable")
    daw.roll()
    rig.wait_for(lambda: len(tape.note_ons()) > 3, "Antiphon to play")
    daw.halt()
    silent = is_silent(tape)
    before = len(tape.messages)
    daw.record()
    time.sleep(seconds)
    daw.halt()
    silent = is_silent(tape) and silent
    daw.save()
    return tape.messages[before:], silent


def judge(daw: Ardour, messages: list[Message]) -> dict[str, dict[str, Any]]:
    """Each part as we played it beside its track."""
    until_seconds = stopped_seconds(messages)
    return {part: compare(played(messages, part), daw.track(part), until_seconds) for part in PARTS}


def is_silent(tape: Tape) -> bool:
    """Whether we have stopped with the transport, soon and without a hanging note."""
    time.sleep(0.5)
    stopped = len(tape.note_ons())
    time.sleep(1.0)
    return len(tape.note_ons()) == stopped and tape.hanging() == set()


def main() -> None:
    """One take, one line."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        try:
            daw = Ardour(rig)
            messages, silent = record(rig, daw, seconds)
            parts = judge(daw, messages)
        finally:
            rig.close()
    period_ms = round(PERIOD_FRAMES / SAMPLE_RATE * 1000.0, 2)
    print(json.dumps({"bench": "daw", "machine": machine, "period_ms": period_ms, "stops_with_it": silent, **parts}))


if __name__ == "__main__":
    main()
