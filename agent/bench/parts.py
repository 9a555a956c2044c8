"""What is measured: each part of the bench as a function from the setting to its rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from agent.bench.band import SEATED_WITHIN_SECONDS, Notes, NotMeasurable, Piece, measure, stagehands
from agent.bench.cable import THRU_ONSET
from agent.bench.figures import (
    ANSWER,
    FIRST_PLAN,
    IDLE_STEP,
    LATE_STEP,
    MEMORY,
    ON_TIME,
    ON_TIME_WITHOUT,
    RIVAL,
    SHADOW,
    STEP,
    SURPRISE,
    THRU,
    Figures,
    Row,
)

SLEEPER = "a bare process that sleeps to the drummer's deadlines, 20 ms later in the same run"
BARE_ECHO = "a bare echo on a cable of its own in the same run"
AT_ONCE = "the same way with a mind that answers at once"
FIRST_NOTES_A_SECOND = 1.0
STEPS_PATIENCE = 4.0
"""A slow mind takes longer than it was given, on its way to event 20,000."""
HUMAN_ONSET, QUICK_ONSET = 0x90, 0x91
"""How the human's notes begin, and those of the agent's first part."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How long each part is measured, and with which model."""

    seconds: float
    model: str


def idle(setting: Setting) -> list[Row]:
    """Notes are played to the instant while the human plays and the model is not asked."""
    return _on_time("idle", "model idle", measure(Piece(setting.model, "listen", setting.seconds)))


def planning(setting: Setting) -> list[Row]:
    """The same while the model plans anew at each of the human's eight notes a second."""
    notes = measure(Piece(setting.model, "accompany", setting.seconds))
    quick = measure(Piece(None, "accompany", setting.seconds))
    replans = ANSWER.row("planning", "surprise heard → new plan's first note", _answers(notes), _answers(quick), AT_ONCE)
    memory = [
        Row("planning", f"memory of the {who}", Figures.of([size], scale=1.0), unit="MB")
        for who, size in notes.megabytes.items()
    ]
    return [*_on_time("planning", "model planning", notes), replans, *memory]


def without_priority(setting: Setting) -> list[Row]:
    """Planning once more, with real-time priority neither asked for nor given to the floor."""
    notes = measure(Piece(setting.model, "accompany", setting.seconds, realtime=False))
    return _on_time("without_priority", "model planning", notes)


def answer(setting: Setting) -> list[Row]:
    """How soon the first note after a silence is answered: planned and ready, and with the quick mind also sounding."""
    piece = Piece(setting.model, "accompany", setting.seconds, notes_a_second=FIRST_NOTES_A_SECOND, first_notes=True)
    notes, quick = measure(piece), measure(replace(piece, model=None, commit_ms=0.0))
    struck = [at for at, due, data in _sent(quick) if due is not None and data[0] == QUICK_ONSET]
    return [
        ANSWER.row("answer", "first note heard → first answering note", _answers(notes), _answers(quick), AT_ONCE),
        Row("answer", "first note heard → answer sounds, mind at once", Figures.of(first_after(_onsets(quick), struck))),
    ]


def shadow(setting: Setting) -> list[Row]:
    """How soon a second voice is struck under each of the human's eight notes a second."""
    notes = measure(Piece(setting.model, "shadow", setting.seconds))
    struck = [at for at, _, data in _sent(notes) if data[0] == QUICK_ONSET]
    took, echoed = Figures.of(first_after(_onsets(notes), struck)), Figures.of(notes.echoed)
    return [SHADOW.row("shadow", "note heard → its shadow's output call", took, echoed, BARE_ECHO)]


def steps(setting: Setting) -> list[Row]:
    """How long the model takes for a step and for a plan, with the priority that it has on stage."""
    return _steps("steps", setting, realtime=True)


def steps_without_priority(setting: Setting) -> list[Row]:
    """The same niced, as where no real-time priority is granted: it gives way to everybody."""
    return _steps("steps_without_priority", setting, realtime=False)


def _steps(part: str, setting: Setting, realtime: bool) -> list[Row]:
    with stagehands() as hands:
        hands.start("agent.bench.steps", setting.model, str(setting.seconds), "realtime" if realtime else "plain")
        took = hands.wait_for("steps.json", setting.seconds * STEPS_PATIENCE + SEATED_WITHIN_SECONDS)
    when = "" if took.pop("realtime") else ", no real-time priority"
    of = {name: Figures.of(values, 1.0 if name == "memory" else 1000.0) for name, values in took.items()}
    rows = [
        FIRST_PLAN.row(part, f"first plan of an evening, one bar, whole{when}", of["first_bar"], None, ""),
        SURPRISE.row(part, f"asked anew after a surprise → first note{when}", of["surprised"], None, ""),
        Row(part, f"model, from note to note{when}", of["note"]),
    ]
    if not took["step"]:
        return rows
    read_once, early = "as many bytes read once in the same run", "the same at event 500"
    return [
        STEP.row(part, f"model step, back to back{when}", of["step"], of["floor"], read_once),
        IDLE_STEP.row(part, f"model step, after 20 ms of idling{when}", of["idle"], None, ""),
        LATE_STEP.row(part, f"model step at event 20,000{when}", of["late"], of["early"], early),
        MEMORY.row(part, "memory of the process, before and after 20,000 steps", of["memory"], None, ""),
        *rows,
    ]


def rival(setting: Setting) -> list[Row]:
    """One event heard and answered, beside Notochord's architecture in the same process."""
    if find_spec("notochord") is None:
        raise NotMeasurable("there is no package `notochord` to compare with (see tests/bench/rivals.py)")
    with stagehands() as hands:
        hands.start("agent.bench.rival", setting.model, str(setting.seconds))
        took = hands.wait_for("rival.json", setting.seconds + SEATED_WITHIN_SECONDS)
    both = Figures.of(took["ours"]), Figures.of(took["theirs"])
    return [RIVAL.row("rival", "one event heard and answered", *both, "Notochord, two GRU layers of 1024, untrained")]


def _on_time(part: str, when: str, notes: Notes) -> list[Row]:
    late, inside = Figures.of(at - due for at, due, _ in _sent(notes) if due is not None), Figures.of(_through(notes))
    slept, echoed = Figures.of(notes.slept), Figures.of(notes.echoed)
    cable = {name: Figures.of(trips) for name, trips in notes.round_trips.items()}
    when += "" if notes.realtime else ", no real-time priority"
    through = f"thru, input callback → output call, {when}"
    return [
        (ON_TIME if notes.realtime else ON_TIME_WITHOUT).row(part, f"lateness of notes, {when}", late, slept, SLEEPER),
        # From callback to call a bare echo never gives the processor away, so beside it no promise holds without priority.
        THRU.row(part, through, inside, echoed, BARE_ECHO) if notes.realtime else Row(part, through, inside, echoed, BARE_ECHO),
        THRU.row(part, f"thru, cable to cable, {when}", cable["performer"], cable["echo"], BARE_ECHO),
    ]


def _sent(notes: Notes) -> list[tuple[float, float | None, bytes]]:
    """What left while the guest played: when, when it was due, what."""
    sent = ((at, due, bytes.fromhex(data)) for at, due, data in notes.noted["sent"])
    return [entry for entry in sent if notes.begin <= entry[0] <= notes.end]


def _onsets(notes: Notes) -> list[float]:
    """When the human's notes were heard."""
    return [at for at, data in notes.noted["heard"] if bytes.fromhex(data)[0] == HUMAN_ONSET]


def _through(notes: Notes) -> list[float]:
    """From each human note's input callback to its output call."""
    returned = [(at, data[1]) for at, due, data in _sent(notes) if due is None and data[0] == THRU_ONSET]
    heard = [(at, bytes.fromhex(data)[1]) for at, data in notes.noted["heard"] if bytes.fromhex(data)[0] == HUMAN_ONSET]
    took, place = [], 0
    for came, pitch in heard:
        while place < len(returned) and (returned[place][0] < came or returned[place][1] != pitch):
            place += 1
        if place < len(returned):
            took.append(returned[place][0] - came)
            place += 1
    return took


def _answers(notes: Notes) -> Figures:
    """From each human note to the first note that the model plans because of it and that the hands have taken."""
    return Figures.of(first_after(_onsets(notes), notes.noted["answers"]))


def first_after(questions: Sequence[float], answers: Sequence[float]) -> list[float]:
    """A question that the next one overtakes has no answer of its own: the wait is then longer, and counted from the first."""
    took, waiting = [], None
    for number, asked in enumerate(questions):
        waiting = asked if waiting is None else waiting
        later = bisect_right(answers, asked)
        overtaken = number + 1 < len(questions) and later < len(answers) and answers[later] >= questions[number + 1]
        if later < len(answers) and not overtaken:
            took.append(answers[later] - waiting)
            waiting = None
    return took
