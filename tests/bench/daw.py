"""Ardour leads and records: `python -m tests.bench.daw [SECONDS]`. The last line is JSON. Needs the Debian package ardour.

Its transport, turned by its OSC surface, and its MIDI clock start and stop us; each part lies on a track of its own. What it
has recorded is held against a stranger's tape on the same cables. Then, in four tempi, how far our clock is from its own: after
two bars straight on, and from the second beat on each time round a loop of a bar.
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

from tests.rig.daw import PARTS, Ardour, Recorded, on_stage
from tests.rig.orchestra import STOP, Figures
from tests.rig.rig import PERIOD_FRAMES, SAMPLE_RATE, Rig, free_port
from tests.rig.studio import Studio
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
TEMPI = (60.0, 97.3, 120.0, 174.0)
FOLLOWED_TICKS, TIMES_ROUND = 400, 8
LOOP_BEATS = (16.0, 20.0)
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


def recorded(rig: Rig, daw: Ardour, seconds: float) -> tuple[bool, dict[str, dict[str, Any]]]:
    """Whether a stop silences us, and each part as we played it beside its track."""
    messages, silent = record(rig, daw, seconds)
    until_seconds = stopped_seconds(messages)
    return silent, {part: compare(played(messages, part), daw.track(part), until_seconds) for part in PARTS}


def is_silent(tape: Tape) -> bool:
    """Whether we have stopped with the transport, soon and without a hanging note."""
    time.sleep(0.5)
    stopped = len(tape.note_ons())
    time.sleep(1.0)
    return len(tape.note_ons()) == stopped and tape.hanging() == set()


def lead(rig: Rig, daw: Ardour) -> dict[str, Any]:
    """How far our beat is from Ardour's after two bars, and from the second beat on each time it goes round a loop of a bar."""
    studio = Studio(rig, daw)
    straight = studio.follow(FOLLOWED_TICKS, after_beats=8.0)
    rounds = studio.loop(*LOOP_BEATS, times=TIMES_ROUND)
    return {"straight_ms": shares(straight), "loop_ms": shares(np.concatenate([*rounds, []])), "times_round": len(rounds)}


def shares(errors_ms: Figures) -> dict[str, float] | None:
    """The usual, the rare and the worst; None where nothing could be judged."""
    return {f"p{p}": round(float(np.percentile(errors_ms, p)), 2) for p in (50, 95, 100)} if len(errors_ms) else None


def main() -> None:
    """One take, one line."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
    with TemporaryDirectory() as folder:
        silent, parts = on_stage(Path(folder, "recording"), lambda rig, daw: recorded(rig, daw, seconds))
        led = {f"{bpm:g} bpm": on_stage(Path(folder, f"{bpm:g}"), lead, bpm) for bpm in TEMPI}
    told = {"bench": "daw", "machine": machine, "period_ms": round(PERIOD_FRAMES / SAMPLE_RATE * 1000.0, 2)}
    print(json.dumps({**told, "stops_with_it": silent, **parts, "led_at": led}))


if __name__ == "__main__":
    main()
