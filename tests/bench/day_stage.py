"""The performer of a day that passes as fast as the machine allows: all of it but ports and clock, in a process of its own.

`python -m tests.bench.day_stage RUN_DIR HOURS SEED`, beside a worker, a panel and a herald that are what they are on stage.
Time stands still while the worker thinks, and goes on by as long as that took. What it has seen lies in RUN_DIR/day.json.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from array import array
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import mido

from agent.bench.cable import write_whole
from agent.bench.figures import Figures
from agent.carriers import Carriers
from agent.clock.clocks import StageClock
from agent.clock.inbox import Script
from agent.gallery.host import Host
from agent.items import Cue, Heard, Item, MindNews, Phrase, PortNews
from agent.link import Wire, listen
from agent.mind import Fallback, WorkerMind
from agent.performer import Performer
from agent.play.hands import Hands
from agent.play.session import Session
from agent.recorder import LogRecorder
from agent.rig import IN, OUT, StagePlan, plugs
from agent.show.cues import Message
from agent.show.show import Show
from models.markov import MarkovMind
from models.music import Event, NoteOff, NoteOn
from models.tempo import TempoMap
from tests.rig.gig import HAYDN

BEGINS = datetime(2026, 3, 28, 12, 0)
"""At noon: the first hour and the last of a day are open ones."""
LONGEST_NOTE_SECONDS = 60.0
"""Nobody of ours means to hold a note for so long."""
TELL_SECONDS = 60.0
MOST_UNCARRIED = 200
KEPT_FIGURES = 200_000
WORDS = (
    ("/ctl/density", 0.8), ("/sys/refresh",), ("/ctl/mode", "call_response"), ("/ctl/again", 1),
    ("/ctl/chart", "| Dm7 | G7 | C^7 | % |"), ("/ctl/words", "slow, dreamy"), ("/ctl/loop", 2), ("/ctl/undo", 1),
    ("/ctl/tempo", 132.0), ("/ctl/keep", 1), ("/ctl/fill", 1), ("/ctl/role/bass/mute", 1),
)  # fmt: skip


@dataclass(slots=True)
class Sounding:
    """Instruments of which is kept only what sounds, since when, and how long the longest note was."""

    clock: StageClock
    notes: int = 0
    hung: int = 0
    longest_seconds: float = 0.0
    since: dict[tuple[str, int, int], float] = field(default_factory=dict)
    clock_ahead_seconds: float = 0.0

    def send(self, port: str, event: Event) -> bool:
        """Sound."""
        if isinstance(event, NoteOn):
            self.notes += 1
            self.since[(port, event.channel, event.pitch)] = self.clock.now()
        elif isinstance(event, NoteOff):
            began = self.since.pop((port, event.channel, event.pitch), self.clock.now())
            seconds = self.clock.now() - began
            self.hung += seconds > LONGEST_NOTE_SECONDS
            self.longest_seconds = max(self.longest_seconds, seconds)
        return True

    def send_at(self, port: str, event: Event, seconds: float) -> bool:
        """Sound now."""
        return self.send(port, event)

    def ahead_seconds(self, port: str) -> float:
        """They want nothing early."""
        return 0.0

    def send_clock(self, data: bytes, seconds: float | None = None) -> bool:
        """Nobody follows."""
        return True


class PatientLink:
    """The way to the real worker. Time on stage stands still until it has answered, and goes on by as long as that took."""

    alive = True

    def __init__(self, wire: Wire, clock: StageClock, script: Script) -> None:
        self._wire, self._clock, self._script = wire, clock, script
        self.waited_seconds = 0.0
        self.first_ms, self.whole_ms = array("d"), array("d")

    def send(self, kind: str, body: Any) -> bool:
        """Pass it on; a question is answered at once."""
        sent = self._wire.send(kind, body, wait=True)
        if kind == "ask" and sent:
            self._hear_answer(body.id)
        return sent

    def _hear_answer(self, ask_id: int) -> None:
        began, asked, first = time.perf_counter(), self._clock.now(), True
        while True:
            message = self._wire.receive(60.0)
            if message is None:
                raise TimeoutError("the worker has not answered for a minute")
            if message[0] != "phrase" or message[1].ask_id != ask_id:
                continue
            phrase, took = message[1], time.perf_counter() - began
            self._script.post(Phrase(asked + took, ask_id, phrase.tag, phrase.notes, phrase.last))
            if first:
                self.first_ms.append(took * 1000.0)
                first = False
            if phrase.last:
                self.whole_ms.append(took * 1000.0)
                self.waited_seconds += took
                return


class WatchedClock(StageClock):
    """Notes what each pass of the loop costs in real time, without what it waited for the worker."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.link: PatientLink | None = None
        self.pass_ms = array("d")
        self._left, self._waited = time.perf_counter(), 0.0

    def wait(self, until: float | None) -> Item | None:
        """Jump; what came before it was a pass."""
        waited = self.link.waited_seconds if self.link else 0.0
        if len(self.pass_ms) < KEPT_FIGURES:
            self.pass_ms.append((time.perf_counter() - self._left - (waited - self._waited)) * 1000.0)
        item = super().wait(until)
        self._left, self._waited = time.perf_counter(), waited
        return item


class Visitors:
    """Come, play some Haydn from somewhere on, turn something, and go, sometimes in the middle of a phrase."""

    def __init__(self, script: Script, seed: int) -> None:
        self._script, self._random = script, Random(seed)
        self._haydn = [(m.time, m) for m in mido.MidiFile(HAYDN)]
        self._next_seconds = 8.0
        self.count = 0

    def come(self, now: float) -> None:
        """Whoever comes next lays out what they will do."""
        if now < self._next_seconds:
            return
        random, seconds = self._random, self._random.uniform(8.0, 40.0)
        self.count += 1
        self._script.post(PortNews(now, IN, "in", present=True))
        self._play(now + 0.5, random.uniform(0.0, sum(wait for wait, _ in self._haydn) - seconds), seconds)
        for _ in range(random.randrange(1, 4)):
            address, *args = random.choice(WORDS)
            self._script.post(Cue(now + random.uniform(0.0, seconds), str(address), tuple(args), "visitor"))
        if random.random() < 0.5:  # a sensor sees them
            for share, at in ((1.0, now), (0.0, now + seconds)):
                self._script.post(Cue(at, "/in/presence", (share,), "sensor"))
        # They pull the cable with whatever keys are still down.
        self._script.post(PortNews(now + seconds + 0.6, IN, "in", present=False))
        self._next_seconds = now + seconds + random.uniform(5.0, 200.0)

    def _play(self, now: float, start_seconds: float, for_seconds: float) -> None:
        seconds, pulled = -start_seconds, self._random.random() < 0.5
        for wait, message in self._haydn:
            seconds += wait
            if not 0.0 <= seconds < for_seconds or message.type not in ("note_on", "note_off"):
                continue
            if message.type == "note_on" and message.velocity:
                self._script.post(Heard(now + seconds, IN, NoteOn(message.note, message.velocity)))
            elif not pulled or seconds < for_seconds - 1.0:
                self._script.post(Heard(now + seconds, IN, NoteOff(message.note)))


class Diary:
    """Tells, once a minute of stage time, how things stand, and keeps the figures of each hour."""

    def __init__(self, run_dir: Path, clock: WatchedClock, link: PatientLink, outputs: Sounding, visitors: Visitors) -> None:
        self._run_dir, self._clock, self._link = run_dir, clock, link
        self._outputs, self._visitors = outputs, visitors
        self._due, self._hour = 0.0, 0
        self.hours: list[dict[str, Any]] = []

    def look(self, now: float) -> None:
        """If it is time."""
        if now < self._due:
            return
        self._due = now + TELL_SECONDS
        if int(now / 3600.0) > self._hour:
            self.close_hour()
        self.tell(now)

    def close_hour(self) -> None:
        """Keep the figures of the hour and begin them anew."""
        self._hour += 1
        link, clock = self._link, self._clock
        columns = {"first_answer_ms": link.first_ms, "whole_answer_ms": link.whole_ms, "pass_ms": clock.pass_ms}
        hour: dict[str, Any] = {"notes": self._outputs.notes}
        for name, column in columns.items():
            figures = Figures.of(column, 1.0)
            hour[name] = {"p50": figures.p50, "p95": figures.p95, "p99": figures.p99, "max": figures.max}
            del column[:]
        self.hours.append(hour)

    def tell(self, now: float, over: bool = False) -> None:
        """Write it down."""
        told = {
            "stage_seconds": now, "over": over, "notes": self._outputs.notes, "visits": self._visitors.count,
            "hung": self._outputs.hung, "longest_note_seconds": round(self._outputs.longest_seconds, 2),
            "sounding": len(self._outputs.since), "waited_seconds": round(self._link.waited_seconds, 1), "hours": self.hours,
        }  # fmt: skip
        write_whole(self._run_dir / "day.json", told)


def play(plan: StagePlan, run_dir: Path, hours: float, seed: int) -> None:
    """The whole day."""
    config, script = plan.config, Script()
    clock = WatchedClock(script)
    server = listen(run_dir / "worker.sock")
    link = PatientLink(Wire(server.accept()[0]), clock, script)
    clock.link = link
    assert (message := link._wire.receive()) and message[0] == "ready"
    outputs, visitors = Sounding(clock), Visitors(script, seed)
    diary = Diary(run_dir, clock, link, outputs, visitors)
    with ExitStack() as closing:
        session = _session(plan, clock, script, link, outputs)
        log = LogRecorder(run_dir / "recordings" / "day.jsonl", {"config": {}}, print, config.gallery.keep_mb * 1e6)
        log.open()
        closing.callback(log.close)
        carriers = Carriers(plan, run_dir, clock, script, closing)  # type: ignore[arg-type]
        carriers.open(session)
        host = Host(session, log, script.post, lambda: BEGINS + timedelta(seconds=clock.now()))
        carriers.also(host.carry)

        def carry(now: float, messages: list[Message]) -> None:
            carriers.carry(now, messages)
            visitors.come(now)
            diary.look(now)
            while carriers._courier._errands.qsize() > MOST_UNCARRIED:
                time.sleep(0.0005)  # on stage nobody is that far ahead of those who are told

        script.post(MindNews(0.0, True, config.agent.mind))
        script.post(PortNews(0.0, OUT, "out", present=True))
        gc.collect()
        gc.freeze()
        Performer(session, clock, host, carry).perform(lambda: clock.now() < hours * 3600.0)
    diary.close_hour()
    diary.tell(clock.now(), over=True)


def _session(plan: StagePlan, clock: StageClock, script: Script, link: PatientLink, outputs: Sounding) -> Session:
    config, tempo, fallback = plan.config, TempoMap(plan.config.clock.bpm), MarkovMind()
    fallback.reset(config.agent.seed)
    mind = WorkerMind(link, Fallback(fallback, clock.now, script.post), config.agent.seed)
    hands = Hands(tempo, outputs, plugs(config)[2], config.timing.max_late_ms / 1000.0)
    return Session(config, tempo, hands, mind, Show(tempo, config.agent.name, "day"))


def main() -> None:
    """Play."""
    run_dir, hours, seed = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    play(StagePlan.from_json((run_dir / "stage.json").read_text()), run_dir, hours, seed)
    print(json.dumps({"played_hours": hours}))


if __name__ == "__main__":
    main()
