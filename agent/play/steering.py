"""What people, pedals and patches ask for while the music plays, done to the session.

The desk (`controls.py`) has checked it; here it happens. Runs on the loop.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.items import Cue, Heard
from agent.listen.listener import Listener
from agent.play.band import Strip
from agent.play.casting import HAIR_BEATS, next_line
from agent.play.chart import Chart, ChartError, Form
from agent.play.hands import OWN
from agent.play.looper import Looper
from agent.play.modes import MODES
from agent.play.modes.ending import Ending
from agent.play.requests import change_scene, keep, say
from agent.play.surface import PEDAL_DOWN
from agent.show.cues import matching
from models.music import Bend, Control, Knobs, Note, NoteOff, NoteOn, Pressure, Program

if TYPE_CHECKING:
    from agent.play.session import Session

OSC = "OSC"
"""The port of those who play by OSC."""
LONGEST_KEY_SECONDS = 20.0
SUSTAIN = 64
HIGH_BLOCK, LOW_BLOCK, CLICK_BEATS = 76, 77, 0.1
"""Counting in, on the wood blocks of a General MIDI kit."""
ONE_TURN_SECONDS = 2.0
"""A knob that goes on turning within this time is one turn, and is undone as one."""
REMEMBERED_TURNS = 64


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that `undo` brings back."""

    knobs: Knobs
    muted: bool
    mode: str
    form: tuple[Chart | None, float]
    band: tuple[dict[str, Strip], str]


class Steering:
    """Answers requests, one word and what belongs to it: `mode solo bar`, `role comp level 0.5`, `panic`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.looper = Looper(session)
        self._turns: deque[tuple[str, Desk]] = deque(maxlen=REMEMBERED_TURNS)
        self._last_turn_seconds = float("-inf")
        self._osc_keys: dict[int, int] = {}  # pitch: which press of all holds it, 0 is none
        self._pressed = 0

    def take(self, cue: Cue) -> None:
        """Turn the desk, and do what it cannot do itself."""
        before = self._desk()
        requests = self.follow(cue)
        if not any(request.startswith(("undo", "forget")) for request in requests) and self._desk() != before:
            self._remember(cue, before)

    def follow(self, cue: Cue) -> list[str]:
        """Do what a cue asks for; gives what the desk could not do itself. It is not remembered for `undo`."""
        for row in matching(cue.address):
            self._session.show.forget(row.address)
        requests = self._session.controls.take(cue)
        for request in requests:
            if request.startswith("?"):
                self._session.show.error(request.removeprefix("?"))
            elif request:
                self._do(*request.partition(" ")[::2])
        return requests

    def moved(self, event: Control | Bend | Pressure | Program, heard: Heard) -> None:
        """A pedal, a knob, a wheel: ours if it turns something of ours, else it belongs to what is played."""
        session = self._session
        if isinstance(event, Control):
            if event.number == SUSTAIN:
                session.performance.pedal_down = event.value >= PEDAL_DOWN
            if event.number == session.config.midi.turn_pedal and event.number:
                if event.value >= PEDAL_DOWN:
                    session.asked("pass")
                return
            if (cue := session.surface.moved(event, heard)) is not None:
                if cue.address:
                    self.take(cue)
                return
        if isinstance(event, Program) and session.scenes:
            self.take(Cue(heard.seconds, "/ctl/patch", (event.number,), "program change"))
            return
        session.hands.pass_through(event)

    def woke(self, kind: str, tag: str) -> None:
        """An alarm of ours: the fill is over, or the loop comes round."""
        if kind == "loop":
            self.looper.woke(tag)
        elif kind == "lift":
            self._lift(*map(int, tag.split()))
        else:
            self._session.replan()

    def _do(self, verb: str, words: str) -> None:
        session = self._session
        match verb:
            case "mode":
                self._change_mode(*words.split())
            case "chart" | "section":
                self._read(verb, words)
            case "role":
                self._turn_part(*words.split())
            case "solo":
                session.hands.band.leave_alone(words)
                self._drop_silent_parts()
            case "look":
                session.show.look(words)
            case "loop":
                self.looper.take(int(words))
            case "count_in":
                self._count_in(int(words))
            case "learn":
                if complaint := session.surface.learn(words):
                    session.show.error(complaint)
            case "note" | "cc" | "presence":
                self._sense(verb, [float(word) for word in words.split()])
            case "level":
                session.hands.band.level = float(words)
                self._drop_silent_parts()
            case "forget":
                self._forget(int(words))
            case "mute":
                session.planner.drop(session.now.beats)
            case "tempo":
                if complaint := session.conductor.take_tempo(session.controls.bpm, session.now.seconds):
                    session.show.error(complaint)
            case _:
                self._press(verb, words)

    def _press(self, button: str, words: str) -> None:
        session = self._session
        match button:
            case "again":
                if not session.asked("again"):
                    session.replan()
            case "turn":
                session.asked("take" if words == "1" else "give")
            case "fill":
                session.fill_until_beats = next_line(session.now.beats, "bar", session.metre)
                session.hands.scheduler.alarm("fill:", beats=session.fill_until_beats)
                session.replan()
            case "end":
                session.take_up("ending", Ending())
            case "undo":
                self._undo()
            case "words":
                say(session, words)
            case "patch":
                change_scene(session, words)
            case "keep":
                keep(session)
            case "panic":
                session.planner.panic()
            case "start" | "stop":
                session.run(button == "start")
            case "seed":
                session.planner.seed = int(words)
            case "tap":
                session.conductor.tapped(session.now.seconds)
            case "refresh":
                session.show.refresh()
            case "ping":
                session.show.pong()

    def _sense(self, what: str, values: list[float]) -> None:
        """Keys, pedals and sensors that speak OSC."""
        session, seconds = self._session, self._session.now.seconds
        if what == "presence":
            session.performance.sensor = (values[0], seconds)
        elif what == "cc":
            session.handle(Heard(seconds, OSC, Control(int(values[0]), round(values[1] * 127))), seconds)
        else:
            pitch, velocity = int(values[0]), max(round(values[1] * 127), 1)
            down = bool(values[1] and values[2])
            if down:
                self._pressed += 1
                session.hands.scheduler.alarm(f"lift:{pitch} {self._pressed}", seconds=seconds + LONGEST_KEY_SECONDS)
            self._osc_keys[pitch] = self._pressed if down else 0
            session.handle(Heard(seconds, OSC, NoteOn(pitch, velocity) if down else NoteOff(pitch)), seconds)

    def _lift(self, pitch: int, pressed: int) -> None:
        """A network loses messages: a key that nobody lets go comes up in the end."""
        if self._osc_keys.get(pitch) == pressed:
            self._sense("note", [pitch, 0.0, 0.0])

    def _change_mode(self, name: str, when: str) -> None:
        session = self._session
        if when == "now":
            session.take_up(name)
        else:
            session.take_up_at(name, next_line(session.now.beats, when, session.metre))

    def _count_in(self, bars: int) -> None:
        """Count bars from the next bar line on, and begin to play on the one after them."""
        session = self._session
        wanted = session.wanted_mode if session.wanted_mode in MODES else session.config.agent.mode
        line, per_bar = next_line(session.now.beats, "bar", session.metre), session.metre.beats_per_bar
        session.take_up("listen")
        for beat in range(bars * per_bar):
            pitch, velocity = (HIGH_BLOCK, 112) if beat % per_bar == 0 else (LOW_BLOCK, 88)
            session.hands.play(OWN, Note(line + beat, CLICK_BEATS, pitch, velocity, "drums"))
        session.take_up_at(wanted, line + bars * per_bar)

    def _read(self, what: str, words: str) -> None:
        session = self._session
        line = next_line(session.now.beats, "bar", session.metre) + HAIR_BEATS
        if what == "section":
            session.form.jump(int(words), line, session.metre)
        else:
            try:
                session.form.take(words, line)
            except ChartError as error:
                session.show.error(str(error))
        session.replan()

    def _turn_part(self, part: str, what: str, value: str) -> None:
        self._session.hands.band.turn(part, what, float(value))
        if what in ("program", "channel"):
            self._session.hands.choose_sound(part)
        self._drop_silent_parts()

    def _drop_silent_parts(self) -> None:
        """A part that was muted rests at once; what sounds rings out."""
        band = self._session.hands.band
        self._session.planner.drop_parts(frozenset(part for part in band.parts if not band.plays(part)))

    def _forget(self, seed: int) -> None:
        """Somebody else plays now: everything is as the rig has it, and nothing is left of what was heard."""
        session, config = self._session, self._session.config
        session.controls.knobs, session.controls.muted = config.knobs(), False
        session.hands.band.set_up(config)
        session.form = Form(config.song.chart)
        session.listener = Listener()
        session.performance.forget()
        session.conductor.forget(config.clock.bpm, session.now.seconds)
        session.mind.forget(seed)
        session.planner.seed = seed
        self._turns.clear()
        session.take_up(session.wanted_mode)

    def _desk(self) -> Desk:
        session = self._session
        controls = session.controls
        return Desk(controls.knobs, controls.muted, session.wanted_mode, session.form.state, session.hands.band.state)

    def _remember(self, cue: Cue, before: Desk) -> None:
        still_turning = cue.seconds - self._last_turn_seconds < ONE_TURN_SECONDS
        if not (self._turns and still_turning and self._turns[-1][0] == cue.address):
            self._turns.append((cue.address, before))
        self._last_turn_seconds = cue.seconds

    def _undo(self) -> None:
        if not self._turns:
            self._session.show.error("there is nothing to undo")
            return
        session, (_, desk) = self._session, self._turns.pop()
        wanted = session.wanted_mode
        session.controls.knobs, session.controls.muted = desk.knobs, desk.muted
        session.form.put_back(desk.form)
        session.hands.band.put_back(desk.band)
        if desk.mode != wanted and desk.mode in MODES:
            session.take_up(desk.mode)
        self._drop_silent_parts()
        session.replan()
