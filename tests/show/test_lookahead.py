"""What was announced sounds when it was said to, and what does not sound was called off."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from agent.show.lookahead import nearer
from models.markov import MarkovMind
from models.music import Note
from tests.rubbish import THEME
from tests.stage import Stage

LEAD_SECONDS = 0.05


@dataclass
class Told:
    """Everything that the cues said of one planned note."""

    leads: list[float] = field(default_factory=list)  # how many seconds ahead it was announced
    due_seconds: float = 0.0  # as said last
    cancelled: int = 0
    sounded: list[float] = field(default_factory=list)


def told(stage: Stage) -> dict[int, Told]:
    """Note → what was said of it."""
    notes: dict[int, Told] = defaultdict(Told)
    for seconds, (address, args) in stage.messages:
        match address, args:
            case "/next/note", (int(number), _, _, float(dt_seconds), _, _):
                notes[number].leads.append(dt_seconds)
                notes[number].due_seconds = seconds + dt_seconds
            case "/next/move", (int(number), float(dt_seconds)):
                notes[number].due_seconds = seconds + dt_seconds
            case "/next/cancel", (int(number),):
                notes[number].cancelled += 1
            case "/agent/note", (int(number), _, _, _, 1):
                notes[number].sounded.append(seconds)
    return notes


@pytest.mark.parametrize("mode", ["accompany", "together", "call_response", "solo"])
@pytest.mark.parametrize("sync", ["internal", "estimate"])
def test_what_sounds_was_announced_in_time_and_what_does_not_was_called_off(stage: Stage, mode: str, sync: str) -> None:
    parts = ("comp", "bass", "drums")
    stage.begin(mode=mode, model=MarkovMind(), latency_s=0.015, sync=sync, bpm=96.0, parts=parts, lead_ms=LEAD_SECONDS * 1000.0)
    stage.hear(*(line for bar in range(12) for line in later(THEME, bar * 5.0 + bar % 3 * 0.07)))
    stage.cue("/ctl/temperature", 1.4, at=20.0)
    stage.cue("/ctl/tempo", 104.0, at=40.0)
    stage.run(until_s=60.0)
    notes = told(stage)
    sounded = [note for note in notes.values() if note.sounded]
    assert len(sounded) > 50
    in_time = [note for note in sounded if note.leads and note.leads[0] >= LEAD_SECONDS]
    assert len(in_time) >= 0.99 * len(sounded)
    errors = sorted(abs(note.due_seconds - note.sounded[0]) for note in sounded if note.leads)
    assert errors[int(0.95 * len(errors))] <= 0.002
    assert {len(note.leads) for note in notes.values()} <= {0, 1}, "a note is announced once"
    assert [note for note in notes.values() if note.leads and bool(note.sounded) == bool(note.cancelled)] == []


def test_a_note_that_comes_too_late_to_sound_is_called_off(stage: Stage) -> None:
    session = stage.begin(mode="listen", bpm=60.0)
    stage.run(until_s=0.1)
    planned = session.hands.play("own", Note(0.4, 0.5, 60, 80, "comp"))
    assert planned is not None
    session.show.lookahead.look(session.hands.scheduler.planned(), 0.1)
    session.sound(1.0)  # the machine was asleep
    session.show.lookahead.look(session.hands.scheduler.planned(), 1.0)
    assert [m for m in session.show.take(1.0) if m[0] == "/next/cancel"] == [("/next/cancel", (planned.id,))]


def test_a_change_of_tempo_moves_what_was_announced(stage: Stage) -> None:
    session = stage.begin(mode="listen", bpm=60.0)
    stage.run(until_s=0.1)
    planned = session.hands.play("own", Note(0.5, 0.5, 60, 80, "comp"))
    assert planned is not None
    session.show.lookahead.look(session.hands.scheduler.planned(), 0.1)
    session.tempo.change(120.0, 0.1)
    session.show.lookahead.look(session.hands.scheduler.planned(), 0.1)
    said = [m for m in session.show.take(0.15) if m[0].startswith("/next/")]
    assert said[-1] == ("/next/move", (planned.id, pytest.approx(0.15)))


def test_an_announcement_that_lay_for_a_while_says_how_soon_from_then_on(stage: Stage) -> None:
    session = stage.begin(mode="listen", bpm=60.0)
    stage.run(until_s=0.1)
    planned = session.hands.play("own", Note(0.5, 0.5, 60, 80, "comp"))
    assert planned is not None
    session.show.lookahead.look(session.hands.scheduler.planned(), 0.1)
    (told,) = [m for m in session.show.take(0.15) if m[0] == "/next/note"]
    assert told[1][3] == pytest.approx(0.35)
    assert [args[3] for _, args in nearer([told], 0.25)] == [pytest.approx(0.1)]
    assert [args[3] for _, args in nearer([told], 0.5)] == [0.0]
    assert nearer([("/next/onset", (-1.0, ""))], 0.1) == [("/next/onset", (-1.0, ""))]


def later(lines: list[str], seconds: float) -> list[str]:
    """The same music some seconds later."""
    return [re.sub(r"at ([\d.]+)", lambda found: f"at {float(found[1]) + seconds:.3f}", line) for line in lines]
