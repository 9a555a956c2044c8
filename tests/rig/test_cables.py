"""Cables that are changed more quickly than anybody looks: the port is there again under its name, and the cable lies loose."""

from __future__ import annotations

import os
import signal
import time

import pytest

from agent.items import Heard
from agent.ports import jack_backend
from agent.ports.jack_backend import JackBackend
from agent.ports.patchbay import Patchbay, Plug
from models.music import NoteOff, NoteOn
from tests.rig.rig import Rig
from tests.rig.tape import Tape

MANY_CYCLES_SECONDS = 0.5


def test_who_was_away_for_less_than_a_look_is_plugged_in_again(rig: Rig) -> None:
    heard: list[object] = []
    patchbay = Patchbay(
        JackBackend("Antiphon", time.perf_counter), [Plug("In", "keys")], [Plug("Out", "ears")], time.perf_counter, heard.append
    )
    for evening in (1, 2):
        instrument = rig.peer("capture_midi.py", rig.folder / f"ears-{evening}.jsonl", "ears")
        keyboard = rig.peer("capture_midi.py", rig.folder / f"keys-{evening}.jsonl", "keys")
        rig.ear.port("ears:in"), rig.ear.port("keys:thru")
        time.sleep(MANY_CYCLES_SECONDS)
        patchbay.scan()
        time.sleep(MANY_CYCLES_SECONDS)
        rig.ear.plug("ears:thru", "keys:in")  # what is played comes back from the keyboard
        assert patchbay.send("Out", NoteOn(60 + evening, 80))
        tape = Tape(rig.folder / f"ears-{evening}.jsonl")
        rig.wait_for(
            lambda tape=tape, pitch=60 + evening: [m.data[1] for m in tape.note_ons()] == [pitch], "the note to be played"
        )
        rig.wait_for(lambda evening=evening: rung(heard, patchbay) == evening, "the keyboard to be heard")
        rig.end(instrument), rig.end(keyboard)
    patchbay._backend.close()


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jack_backend, "_PATIENCE_SECONDS", 3.0)
    rig.peer("capture_midi.py", rig.folder / "ears.jsonl", "ears")
    rig.ear.port("ears:in")
    backend = JackBackend("Antiphon", time.perf_counter)
    patchbay = Patchbay(backend, [], [Plug("Out", "ears")], time.perf_counter, lambda item: None)
    rig.wait_for(lambda: plugged_in(patchbay), "the cable")
    assert backend._child is not None
    os.kill(slow := backend._child.pid, signal.SIGSTOP)
    assert backend.outputs() == []  # it gives up waiting
    os.kill(slow, signal.SIGCONT)
    rig.wait_for(lambda: plugged_in(patchbay), "the cable again")
    assert patchbay.send("Out", NoteOn(60, 80))
    tape = Tape(rig.folder / "ears.jsonl")
    rig.wait_for(lambda: [m.data[1] for m in tape.note_ons()] == [60], "the note to be played")
    backend.close()


def test_when_our_client_on_the_graph_is_killed_no_note_hangs(rig: Rig) -> None:
    rig.peer("capture_midi.py", rig.folder / "ears.jsonl", "ears")
    rig.ear.port("ears:in")
    backend, tape = JackBackend("Antiphon", time.perf_counter), Tape(rig.folder / "ears.jsonl")
    patchbay = Patchbay(backend, [], [Plug("Out", "ears")], time.perf_counter, lambda item: None)
    rig.wait_for(lambda: plugged_in(patchbay), "the cable")
    for pitch in (48, 60, 67):
        assert patchbay.send_at("Out", NoteOn(pitch, 80), time.perf_counter())
    rig.wait_for(lambda: len(tape.hanging()) == 3, "three notes to sound")
    assert backend._child is not None
    backend._child.kill()
    patchbay.send_at("Out", NoteOff(60), time.perf_counter())  # who is dying may still take it
    rig.wait_for(lambda: plugged_in(patchbay) and tape.hanging() == set(), "every note to end")
    backend.close()


def plugged_in(patchbay: Patchbay) -> bool:
    """Whether all are where they belong, after a look."""
    patchbay.scan()
    return all(status.names for status in patchbay.status())


def rung(heard: list[object], patchbay: Patchbay) -> int:
    """How many keys of the keyboard have come in: as played, or known as an echo of ours."""
    return patchbay.counts["echo"] + sum(isinstance(item, Heard) for item in heard)
