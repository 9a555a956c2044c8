"""The session owns all state. Whatever happens becomes an item; `handle` says what follows from it, `sound` what is due.

Runs on the loop, all of it, and never waits. Given the same items at the same instants it does the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from agent.clock.timekeeper import ALARMS, Timekeeper
from agent.config import Config
from agent.items import Clocked, Cue, Heard, Insight, Item, MindNews, Phrase, PortNews, Shared, Trouble
from agent.listen.listener import Listener
from agent.mind import Mind
from agent.play.casting import HAIR_BEATS, Casting, Seat
from agent.play.chart import Form
from agent.play.controls import Controls
from agent.play.hands import HELD_BEATS, OWN, Hands, Sent
from agent.play.keeping import Kept
from agent.play.left_hand import RESOLVE_BEATS, LeftHand
from agent.play.mode import Become, Cancel, Hold, Hush, Intent, Mode, Plan, Play, Turn, TurnTaker, WakeAt
from agent.play.outlook import Outlook
from agent.play.performance import Performance
from agent.play.planner import Planner
from agent.play.scheduler import Alarm, Strike
from agent.play.steering import Steering
from agent.play.surface import Surface
from agent.play.telling import Telling
from agent.play.waiting import WaitingRoom, not_at_once
from agent.show.show import Show
from models.music import Bend, Control, Metre, Moment, Note, NoteOff, NoteOn, Onset, Pressure, Program, Release
from models.tempo import TempoMap


class Session(Outlook):
    """One evening."""

    def __init__(self, config: Config, tempo: TempoMap, hands: Hands, mind: Mind, show: Show) -> None:
        self.config, self.tempo, self.hands, self.mind, self.show = config, tempo, hands, mind, show
        self.listener = Listener()
        self.performance = Performance(config.agent.human_part)
        self.controls = Controls(config.knobs(), config.agent.switch)
        self._time = Timekeeper(config, tempo, hands)
        self.conductor = self._time.conductor
        self.now = Moment(0.0, 0.0)
        self._key = ("", 0)  # port and pitch of the key that moved last
        self.telling = Telling(self)
        hands.tell_released = self.telling.add
        hands.delivery.tell_late = show.late
        self._waiting = WaitingRoom(self)
        self._casting = Casting(config.agent.mode)
        self.planner = Planner(config, hands, mind, show)
        self.form = Form(config.song.chart)
        self.left_hand = LeftHand(config.midi.left_hand_below)
        self.scenes: dict[str, Config] = {}
        self.keep: Callable[[Kept, float, Metre], str] | None = None
        """Has the last bars written down, with their tempo, and says where; None where there is nowhere to write to."""
        self.fill_until_beats = float("-inf")
        self.surface = Surface(self)
        self.steering = Steering(self)
        hands.band.set_up(config)

    @property
    def mode_name(self) -> str:
        """How it plays, as a person chose it."""
        return self._casting.name

    # What happens.

    def begin(self, now: float) -> None:
        """Take the stage. Call once before the first item."""
        self._at(now)
        self.take_up(self.mode_name)
        self._time.begin(now)

    def handle(self, item: Item, now: float) -> None:
        """One thing has happened: take it in and do what follows from it."""
        self._at(now)
        if isinstance(item, Heard) and isinstance(item.event, (NoteOn, NoteOff)):
            self.hands.pass_through(item.event, (item.port, item.event.pitch))  # at once, whatever is made of it
        elif not isinstance(item, Phrase):
            self._take_in(self._waiting.all())
            self.telling.tell()
            self._does_not_wait(item)
            return
        self._waiting.enter(item)
        self._take_in(self._waiting.called())

    def sound(self, now: float) -> list[Sent]:
        """Do everything that is due, and return what left for the ports since the last call."""
        self._at(now)
        self._do_what_is_due(now)
        self._take_in(self._waiting.called())
        self._do_what_is_due(now)
        self.telling.tell_in_time()  # the last note of a chord must not wait for what is made of its first
        return self.hands.take_sent()

    def next_due(self) -> float | None:
        """The instant at which `sound` has something to do."""
        return self.hands.next_due()

    @property
    def wanted_mode(self) -> str:
        """How it plays, or will from the next line on."""
        return self._casting.coming or self._casting.name

    def take_up(self, name: str, mode: Mode | None = None) -> None:
        """Play in another way from now on. Nothing restarts, and what sounds rings out."""
        self.steering.looper.let_go()
        if mode is None:  # else it is an ending, which goes on from what is planned
            self.planner.drop(self.now.beats - HAIR_BEATS)
        seat = self._casting.take_up(name, mode)
        self.show.mode(name)
        self.show.why("")
        self._do(seat.mode.begin(self), seat)

    def take_up_at(self, name: str, beats: float) -> None:
        """Play in another way from a beat on; the last word counts."""
        self._casting.coming = name
        self.hands.scheduler.alarm(f"change:{name}", beats=beats)

    def asked(self, request: str) -> bool:
        """Hand a request about the turn to whoever takes turns; False when nobody does."""
        takers = [(seat, seat.mode) for seat in self._casting.seats if isinstance(seat.mode, TurnTaker)]
        for seat, mode in takers:
            self._do(mode.asked(request, self), seat)
        return bool(takers)

    def turn(self, cue: Cue) -> None:
        """A turn of the desk that follows from another one, and is undone with it."""
        self.steering.follow(cue)

    def read_chart(self, text: str) -> None:
        """Another chart from the next bar on."""
        self.steering.follow(Cue(self.now.seconds, "/ctl/chart", (text,)))

    def replan(self) -> None:
        """Have what is not yet committed played anew: another take, or other knobs."""
        last, start_beats = self.planner.last, self.now.beats + self.commit_beats
        if last is not None and last.end_beats > start_beats:
            again = replace(last, start_beats=max(last.start_beats, start_beats), knobs=None)
            self._do((again,), self._casting.seats[-1])

    def run(self, on: bool) -> None:
        """Stop, and what sounds ends; or go on. Whoever leads may say otherwise."""
        if on != self.conductor.running:
            self._time.run(on, self.now.seconds)
            self._begin_anew()

    def recover(self, sentence: str) -> None:
        """Something raised: hush our own notes, fall back to `listen`, show it, go on."""
        self.planner.panic()
        self.take_up("listen")
        self.show.error(sentence)

    def end(self, now: float) -> list[Sent]:
        """Leave the stage: nothing of ours is left sounding."""
        self._at(now)
        self.planner.panic()
        self.telling.tell()
        self._time.end()
        return self.hands.take_sent()

    # How it is done.

    def _does_not_wait(self, item: Item) -> None:
        match item:
            case Heard(event=Control() | Bend() | Pressure() | Program() as event):
                self.steering.moved(event, item)
            case Cue():
                self.steering.take(item)
            case Clocked() | Shared():
                if self._time.hear(item):
                    self._begin_anew()
            case PortNews():
                self._port_news(item)
            case MindNews():
                self.mind.news(item.alive)
                self.show.mind(item.alive, item.name)
            case Insight():
                self.show.insight = item
            case Trouble():
                self.show.error(item.sentence)

    def _do_what_is_due(self, now: float) -> None:
        while (due := self.hands.next(now)) is not None:
            if isinstance(due, Strike):
                self.telling.add(due, due.due_seconds)
            elif isinstance(due, Alarm) and not self._waiting.put_off(due):
                self.telling.tell()  # whoever wakes must know what sounds
                self._woke(due)

    def _at(self, now: float) -> None:
        self.now = self._time.moment(now)

    def _begin_anew(self) -> None:
        # The transport stands still, or begins anew at another place: what was planned for the old one is void.
        self._at(self.now.seconds)
        self.planner.hush()
        self.take_up(self._casting.again)

    def _take_in(self, called: Iterable[Heard | Phrase]) -> None:
        for item in called:
            self.telling.tell()
            if isinstance(item, Phrase):
                self.planner.answered(item)
            else:
                self._heard(item)

    def _heard(self, item: Heard) -> None:
        event, port = item.event, item.port
        assert isinstance(event, (NoteOn, NoteOff))
        if isinstance(event, NoteOn) and event.pitch in self.performance.keys_down(port):
            # Struck again while it is down: mode, mind and pictures should see it come up first.
            self._heard(Heard(item.seconds, port, NoteOff(event.pitch, event.channel)))
        key = (port, event.pitch)
        self.hands.let_go(key)
        moment = self.tempo.moment(item.seconds)
        part = self.config.agent.human_part
        if isinstance(event, NoteOn):
            onset = Onset(moment.beats, event.pitch, event.velocity, part, human=True)
            self._time.heard(item.seconds, event.velocity, event.pitch)
            self.performance.press(port, event.pitch, event.velocity, moment)
            if self.left_hand.hear(moment.beats, self.performance.keys_down()):
                self.hands.scheduler.alarm("law:", beats=moment.beats + RESOLVE_BEATS)
            self.telling.hear(onset)
        elif self.performance.lift(port, event.pitch, moment) is not None:
            self.listener.lift(moment.beats, event.pitch)
            self.mind.hear((Release(moment.beats, event.pitch, part),))
        self.show.human(event, self.keys_down)
        self._key = key
        for seat in tuple(self._casting.seats):
            if seat in self._casting.seats:  # a chooser may have sent the other away
                self._do(seat.mode.heard(event, self), seat)

    def _port_news(self, item: PortNews) -> None:
        self.show.port(item.port, item.present)
        if item.present:
            self.hands.introduce(item.port)
            return
        if item.direction == "out":
            self.hands.panic(item.port)
        else:
            self.conductor.port_lost(item.port, item.seconds)
        for pitch in self.performance.keys_down(item.port):
            self.hands.pass_through(NoteOff(pitch), (item.port, pitch))
            self._heard(Heard(item.seconds, item.port, NoteOff(pitch)))

    def _woke(self, alarm: Alarm) -> None:
        kind, _, rest = alarm.tag.partition(":")
        number, _, name = rest.partition(":")
        if kind == "mode" and (seat := self._casting.seated(number)) is not None:
            self._do(seat.mode.woke(name, self), seat)
        elif kind == "change" and rest == self._casting.coming:
            self.take_up(rest)
        elif kind in ("loop", "fill", "lift"):
            self.steering.woke(kind, rest)
        elif kind == "law" and self.left_hand.law is not None:
            self.hands.resolve(self.left_hand.law.pitch_classes)
        elif kind == "patience":
            self.planner.lose_patience(self.now)
        elif kind in ALARMS:
            self._time.woke(alarm, self.now.seconds)

    def _become(self, name: str, why: str) -> None:
        self.planner.drop(self.now.beats - HAIR_BEATS)
        seat = self._casting.become(name)
        self.show.mode(self.mode_name)
        self.show.why(f"{name}: {why}")
        self._do(seat.mode.begin(self), seat)

    def _wake_at(self, wake: WakeAt, seat: Seat) -> None:
        wake = not_at_once(wake, self.now.seconds, self.tempo)
        self.hands.scheduler.alarm(f"mode:{seat.number}:{wake.name}", beats=wake.beats, seconds=wake.seconds)

    def _do(self, intents: Iterable[Intent], seat: Seat) -> None:
        for intent in intents:
            match intent:
                case Plan():
                    charted = self.form.changes(intent.start_beats, intent.end_beats, self.metre)
                    law = self.left_hand.changes(intent.start_beats)
                    intent = replace(intent, changes=law or charted or intent.changes)
                    knobs = replace(self.knobs, chord_strength=1.0) if law else self.knobs
                    self.planner.plan(intent, self.now, self.tempo.bpm, self.metre, knobs)
                case Play(note):
                    self.hands.play(OWN, note)
                case Hold(pitch, velocity, part):
                    self.hands.hold(self._key, Note(self.now.beats, HELD_BEATS, pitch, velocity, part))
                case Become(mode, why):
                    self._become(mode, why)
                case Cancel(from_beats):
                    self.planner.drop(from_beats)
                case Hush():
                    self.planner.hush()
                case WakeAt():
                    self._wake_at(intent, seat)
                case Turn(agent, state):
                    self.show.turn(agent, state)
