"""SuperCollider's server plays what we send ahead with timetags, as evenly as the MIDI that sounds beside it."""

from __future__ import annotations

import socket
import time

import numpy as np
import numpy.typing as npt
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from tests.rig.click import click
from tests.rig.ear import Recording
from tests.rig.rig import PATIENCE_SECONDS, SAMPLE_RATE, Rig, free_port
from tests.rig.tape import Tape
from tests.rig.venue import Venue

MUSIC_SECONDS = 10.0
SPREAD_MS = 5.0
EVENINGS = 4
"""On a machine on which others work one evening proves little: what the server's clock did then was not ours."""


def test_scsynth_plays_our_timetagged_bundles_evenly(rig: Rig) -> None:
    port = free_port()
    _start_server(rig, port)
    tape = Tape(rig.folder / "tape.jsonl")
    rig.peer("capture_midi.py", tape.path, "ears")
    rig.ear.port("ears:in", is_input=True)
    venue = Venue(rig, maps=(f"supercollider@127.0.0.1:{port}",), api="jack", parts=("lead", "comp"))
    rig.wait_for(lambda: len(tape.note_ons()) > 4, "Antiphon to play")
    spreads: list[float] = []
    while len(spreads) < EVENINGS and not (spreads and min(spreads) < SPREAD_MS):
        spreads.append(_spread_ms(rig, tape))
    assert min(spreads) < SPREAD_MS, spreads
    assert venue.errors() == []


def _spread_ms(rig: Rig, tape: Tape) -> float:
    """From the fifth to the 95th of a hundred notes: how unevenly far each click is from the MIDI note that sounds with it."""
    with rig.ear.recording(rig.ear.port("SuperCollider:out_1", is_output=True)) as recording:
        began = rig.ear.frame
        time.sleep(MUSIC_SECONDS)
    clicks, notes = _clicks(recording), np.array([note.frame for note in tape.note_ons(began + SAMPLE_RATE // 2)])
    inside = notes[notes < clicks[-1] - SAMPLE_RATE // 4]
    assert len(inside) > 15
    away_ms = _away(clicks, inside) / SAMPLE_RATE * 1000.0
    return float(np.percentile(away_ms, 95) - np.percentile(away_ms, 5))


def _away(clicks: npt.NDArray[np.int64], notes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How far each note's click is from it. All clicks are some milliseconds early or late, as the two ways of sounding differ,
    which is as much as lies between the notes of a hand: so clicks are paired with notes anew once that is known."""
    usual = 0.0
    for _ in range(3):
        away = clicks[np.abs(clicks[:, None] - notes[None, :] - usual).argmin(axis=0)] - notes
        usual = float(np.median(away))
    return away


def _clicks(recording: Recording) -> npt.NDArray[np.int64]:
    return np.array([began + int(at) for began, block in recording.blocks for at in np.flatnonzero(np.abs(block) > 1e-3)])


def _start_server(rig: Rig, port: int) -> None:
    rig.start("scsynth", "scsynth", "-u", str(port), "-B", "127.0.0.1", "-D", "0", "-i", "0", "-o", "2", "-R", "0")
    rig.wait_for(lambda: "server ready" in rig.log("scsynth"), "scsynth to be ready")
    message = OscMessageBuilder("/d_recv")
    message.add_arg(click("antiphon"), "b")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        desk.settimeout(PATIENCE_SECONDS)
        desk.sendto(message.build().dgram, ("127.0.0.1", port))
        assert OscPacket(desk.recv(4096)).messages[0].message.address == "/done"
