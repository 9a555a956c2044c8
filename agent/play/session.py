"""The session owns all state. Whatever happens becomes an item; `handle` says what follows from it, `sound` what is due.

Runs on the loop, all of it, and never waits. Given the same items at the same instants it does the same again.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.clock.conductor import Conductor
from agent.config import Config
from agent.items import Cue, Heard, Item, MindNews, Phrase, PortNews, Trouble
from agent.listen.listener import Listener
from agent.mind import Mind
from agent.play.controls import Controls
from agent.play.hands import Hands, Sent
from agent.play.mode import Cancel, Hush, Intent, Mode, Plan, Play, Turn, WakeAt
from agent.play.modes import MODES
from agent.play.performance import Performance
from agent.play.planner import PLAN, Planner
from agent.play.scheduler import Alarm, Planned, Strike
from agent.show.show import Show
from models.music import Control, Knobs, Metre, Moment, Note, NoteOff, NoteOn, Onset, Release
from models.tempo import TempoMap

SOONEST_WAKE_SECONDS = 0.001


class Session:
    """One evening. Implements the View that modes see."""

    def __init__(self, config: Config, tempo: TempoMap, hands: Hands, mind: Mind, show: Show) -> None:
        self.config, self.tempo, self.hands, self.mind, self.show = config, tempo, hands, mind, show
        self.metre = Metre(config.clock.beats_per_bar)
        self.listener = Listener()
        self.performance = Performance(config.agent.human_part)
        self.controls = Controls(config.knobs())
        self.conductor = Conductor(tempo, follow=config.clock.sync == "estimate")
        self.now = Moment(0.0, 0.0)
        self._done: list[Strike | Planned] = []  # begun or ended, and nobody has been told yet
        hands.tell_released = self._done.append
        self.mode_name: str = config.agent.mode
        self._mode: Mode = MODES[self.mode_name]()
        self._mode_number = 0
        self._planner = Planner(config, hands, mind, show)

    # What a mode sees.

    @property
    def knobs(self) -> Knobs:
        """How to play just now."""
        return self.controls.knobs

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that the agent plays and that are not muted."""
        return () if self.controls.muted else tuple(self.config.agent.parts)

    @property
    def commit_beats(self) -> float:
        """What lies nearer than this will sound whatever happens."""
        return self.config.timing.commit_ms / 1000.0 * self.tempo.bpm / 60.0

    @property
    def lookahead_beats(self) -> float:
        """How far plans reach."""
        return self.config.timing.lookahead_beats

    @property
    def breath_seconds(self) -> float:
        """How long a silence ends a phrase."""
        return self.config.timing.breath_s

    @property
    def keys_down(self) -> int:
        """How many keys the human holds."""
        return len(self.performance.keys_down())

    @property
    def human_notes(self) -> list[Note]:
        """The human's recent closed notes."""
        return list(self.performance.human)

    @property
    def planned_end_beats(self) -> float:
        """Where the last of the agent's notes ends."""
        notes = [*self.hands.scheduler.waiting(), *self.hands.scheduler.sounding()]
        return max((p.note.end_beats for p in notes), default=float("-inf"))

    @property
    def plan_pending(self) -> bool:
        """Whether the model still owes notes."""
        return self._planner.pending

    def seconds_at(self, beats: float) -> float:
        """The instant of a beat."""
        return self.tempo.seconds_at(beats)

    # What happens.

    def begin(self, now: float) -> None:
        """Take the stage. Call once before the first item."""
        self._at(now)
        self.show.mode(self.mode_name)
        self._do(self._mode.begin(self))

    def handle(self, item: Item, now: float) -> None:
        """One thing has happened: take it in and do what follows from it."""
        self._at(now)
        match item:
            case Heard():
                self._heard(item)
            case Phrase():
                self._planner.answered(item)
            case Cue():
                self._cue(item)
            case PortNews():
                self._port_news(item)
            case MindNews():
                self.mind.news(item.alive)
                self.show.mind(item.alive, item.name)
            case Trouble():
                self.show.error(item.sentence)

    def sound(self, now: float) -> list[Sent]:
        """Do everything that is due, and return what left for the ports since the last call."""
        self._at(now)
        while (due := self.hands.next(now)) is not None:
            if isinstance(due, Strike):
                self.show.lateness_ms.append((now - due.due_seconds) * 1000.0)
                self._done.append(due)
            elif isinstance(due, Alarm):
                self._tell()  # whoever wakes must know what sounds
                self._woke(due)
        self._tell()  # only now: the last note of a chord must not wait for what is made of its first
        sent, self.hands.sent = self.hands.sent, []
        return sent

    def next_due(self) -> float | None:
        """The instant at which `sound` has something to do."""
        return self.hands.scheduler.next_due()

    def recover(self, sentence: str) -> None:
        """Something raised: hush our own notes, fall back to `listen`, show it, go on."""
        self._planner.panic()
        self._take_up("listen")
        self.show.error(sentence)

    def end(self, now: float) -> list[Sent]:
        """Leave the stage: nothing of ours is left sounding."""
        self._at(now)
        self._planner.panic()
        self._tell()
        sent, self.hands.sent = self.hands.sent, []
        return sent

    # How it is done.

    def _at(self, now: float) -> None:
        self.conductor.settle(now)
        self.now = self.tempo.moment(now)

    def _heard(self, item: Heard) -> None:
        event, port = item.event, item.port
        if isinstance(event, Control):
            self.hands.pass_through(event)
            return
        if isinstance(event, NoteOn) and event.pitch in self.performance.keys_down(port):
            # Struck again while it is down: mode, mind and pictures should see it come up first.
            self._heard(Heard(item.seconds, port, NoteOff(event.pitch, event.channel)))
        self.hands.pass_through(event, (port, event.pitch))
        moment = self.tempo.moment(item.seconds)
        part = self.config.agent.human_part
        if isinstance(event, NoteOn):
            onset = Onset(moment.beats, event.pitch, event.velocity, part, human=True)
            self.conductor.heard(item.seconds, event.velocity)
            self.performance.press(port, event.pitch, event.velocity, moment)
            self._hear(onset)
        elif self.performance.lift(port, event.pitch, moment) is not None:
            self.mind.hear((Release(moment.beats, event.pitch, part),))
        self.show.human(event, self.keys_down)
        self._do(self._mode.heard(event, self))

    def _tell(self) -> None:
        """Let ears, mind and room know which notes have begun and ended."""
        done, onsets = list(self._done), list[Onset]()
        self._done.clear()
        for due in done:
            if isinstance(due, Strike):
                note = due.planned.note
                onsets.append(Onset(note.onset_beats, note.pitch, note.velocity, note.part, False, note.length_beats))
                self.performance.agent.append(note)
                self.show.struck(due.planned)
            else:
                self.show.released(due)
        if onsets:
            self._hear(*onsets)

    def _hear(self, *onsets: Onset) -> None:
        held = self.performance.keys_down() + [p.note.pitch for p in self.hands.scheduler.sounding()]
        for onset in onsets:
            self.listener.hear(onset, held)
        self.mind.hear(onsets)

    def _cue(self, item: Cue) -> None:
        for request in self.controls.take(item):
            if request == "panic":
                self._planner.panic()
            elif request == "refresh":
                self.show.refresh()
            elif request == "ping":
                self.show.pong()
            elif request == "tempo":
                self.conductor.take_tempo(self.controls.bpm, self.now.seconds)
            elif request == "mute":
                self._planner.drop(self.now.beats)
            elif request in MODES:
                self._take_up(request)
            else:
                self.show.error(request.removeprefix("?"))

    def _port_news(self, item: PortNews) -> None:
        self.show.port(item.port, item.present)
        if item.present:
            return
        if item.direction == "out":
            self.hands.panic(item.port)
        for pitch in self.performance.keys_down(item.port):
            self._heard(Heard(item.seconds, item.port, NoteOff(pitch)))

    def _woke(self, alarm: Alarm) -> None:
        kind, _, rest = alarm.tag.partition(":")
        number, _, name = rest.partition(":")
        if kind == "mode" and int(number) == self._mode_number:
            self._do(self._mode.woke(name, self))
        elif kind == "patience":
            self._planner.lose_patience(self.now)

    def _take_up(self, mode_name: str) -> None:
        self._planner.drop(self.now.beats)
        self.mode_name = mode_name
        self._mode = MODES[mode_name]()
        self._mode_number += 1
        self.show.mode(mode_name)
        self._do(self._mode.begin(self))

    def _wake_at(self, name: str, beats: float | None, seconds: float | None) -> None:
        # A mode that asks for this very instant again and again must not stop the clock.
        soonest = self.now.seconds + SOONEST_WAKE_SECONDS
        if beats is not None and self.tempo.seconds_at(beats) < soonest:
            beats, seconds = None, soonest
        if seconds is not None:
            seconds = max(seconds, soonest)
        self.hands.scheduler.alarm(f"mode:{self._mode_number}:{name}", beats=beats, seconds=seconds)

    def _do(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            match intent:
                case Plan():
                    self._planner.plan(intent, self.now, self.tempo.bpm, self.metre, self.knobs)
                case Play(note):
                    self.hands.play(PLAN, note)
                case Cancel(from_beats):
                    self._planner.drop(from_beats)
                case Hush():
                    self._planner.hush()
                case WakeAt(name, beats, seconds):
                    self._wake_at(name, beats, seconds)
                case Turn(agent, state):
                    self.show.turn(agent, state)
