"""The performer process: opens the ports, takes real-time priority where the system grants it, and plays until told to stop.

Started by the supervisor as `python -m agent.stage RUN_DIR`; what to play stands in RUN_DIR/stage.json. Never imports torch.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent import __version__
from agent.blackbox import BlackBox
from agent.clock.clocks import SystemClock
from agent.clock.inbox import Inbox
from agent.config import Config
from agent.items import Trouble
from agent.link import WorkerLink
from agent.mind import Fallback, WorkerMind
from agent.performer import Performer, Recorder
from agent.play.hands import Hands, Routing
from agent.play.session import Session
from agent.ports.backend import MidiBackend, NoMidiSystem
from agent.ports.patchbay import Patchbay, Plug
from agent.recorder import LogRecorder
from agent.show.show import Message, Show
from agent.show.snapshot import Snapshots
from agent.signals import stop_on_signals
from models.tempo import TempoMap

REALTIME_PRIORITY = 40
IN, OUT = "In", "Out"
KEYBOARD, SYNTH = "Keyboard", "Synth"
"""What is plugged into the MIDI system in memory."""


@dataclass(frozen=True)
class StagePlan:
    """What the supervisor asks of this process."""

    config: Config
    tune: str | None = None
    tune_mode: str | None = None
    seconds: float | None = None
    log: str | None = None
    cue_log: str | None = None
    view_port: int | None = None
    speaker_port: int | None = None

    def to_json(self) -> str:
        """For stage.json."""
        return json.dumps({**self.__dict__, "config": self.config.model_dump(mode="json")})

    @classmethod
    def from_json(cls, text: str) -> StagePlan:
        """The reverse."""
        data = json.loads(text)
        return cls(**{**data, "config": Config.model_validate(data["config"])})


def take_realtime_priority() -> bool:
    """Ask for real-time scheduling and locked memory; True if granted. Honest without: the loop then takes what it gets."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    libc.prctl(29, 1, 0, 0, 0)  # PR_SET_TIMERSLACK: wake when asked, not up to 50 µs later
    try:
        parameters = os.sched_param(REALTIME_PRIORITY)
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, parameters)
    except OSError:
        return False
    libc.mlockall(1)
    return True


def plugs(config: Config) -> tuple[list[Plug], list[Plug], Routing]:
    """The rig's wishes for ports, and where each part goes."""
    inputs = [Plug(IN if len(config.midi.inputs) < 2 else f"{IN} {n}", pattern) for n, pattern in enumerate(config.midi.inputs, 1)]
    outputs = [Plug(OUT, config.midi.output or "virtual")]
    outputs += [Plug(f"{OUT} {part}", pattern) for part, pattern in config.midi.part_outputs.items()]
    places = {
        str(part): (f"{OUT} {part}" if part in config.midi.part_outputs else OUT, channel - 1)
        for part, channel in config.midi.channels.items()
    }
    thru = (OUT, config.midi.thru_channel - 1) if config.midi.thru else None
    return inputs or [Plug(IN, "virtual")], outputs, Routing(places, thru)


def play(plan: StagePlan, run_dir: Path) -> None:
    """Open everything, play, close everything."""
    config, inbox = plan.config, Inbox()
    clock = SystemClock(inbox)
    realtime = take_realtime_priority()
    inputs, outputs, routing = plugs(config)
    with ExitStack() as closing:
        backend = _backend(config, clock, inbox)
        patchbay = Patchbay(backend, inputs, outputs, clock.now, inbox.post)
        box = BlackBox(run_dir / "blackbox", tuple(plug.key for plug in outputs))
        tempo = TempoMap(config.clock.bpm)
        show = Show(tempo, config.agent.name, __version__)
        mind = _mind(config, run_dir, clock, inbox, closing)
        hands = Hands(tempo, patchbay, routing, config.timing.max_late_ms / 1000.0, box.watch)
        session = Session(config, tempo, hands, mind, show)
        recorder = _recorder(plan, inbox, clock, closing)
        carriers = _carriers(plan, clock, inbox, session, closing)
        patchbay.open()
        closing.callback(patchbay.close)
        if plan.tune is not None:
            _seat_the_guest(plan, backend, clock, inbox, closing)
        stopped = stop_on_signals()

        def carry(now: float, messages: list[Message]) -> None:
            for carrier in carriers:
                carrier(now, messages)

        gc.collect()
        gc.freeze()
        (run_dir / "ready.json").write_text(json.dumps({"pid": os.getpid(), "realtime": realtime, "midi": backend.name}))
        seconds = plan.seconds if plan.seconds is not None else float("inf")
        performer = Performer(session, clock, recorder, carry, box.beat)
        performer.perform(lambda: not stopped and clock.now() < seconds)


def _backend(config: Config, clock: SystemClock, inbox: Inbox) -> MidiBackend:
    from agent.ports.memory import MemoryBackend
    from agent.ports.systems import open_backend

    if config.midi.api == "memory":
        return MemoryBackend(inputs=(KEYBOARD,), outputs=(SYNTH,))
    return open_backend(config.midi.api, config.agent.name, clock.now)


def _mind(config: Config, run_dir: Path, clock: SystemClock, inbox: Inbox, closing: ExitStack) -> WorkerMind:
    from models.markov import MarkovMind

    link = WorkerLink(run_dir / "worker.sock", clock.now, inbox.post)
    link.open()
    closing.callback(link.close)
    fallback = MarkovMind()
    fallback.reset(config.agent.seed)
    return WorkerMind(link, Fallback(fallback, clock.now, inbox.post), config.agent.seed)


def _recorder(plan: StagePlan, inbox: Inbox, clock: SystemClock, closing: ExitStack) -> Recorder:
    if plan.log is None:
        return Silent()
    header = {"antiphon": __version__, "config": plan.config.model_dump(mode="json")}
    recorder = LogRecorder(Path(plan.log), header, lambda sentence: inbox.post(Trouble(clock.now(), sentence)))
    try:
        recorder.open()
    except OSError as error:
        inbox.post(Trouble(clock.now(), f"nothing is recorded: {plan.log} cannot be written ({error.strerror})"))
        return Silent()
    closing.callback(recorder.close)
    return recorder


class Silent:
    """A recorder for those who want none."""

    def note(self, now: float, item: object, sent: object) -> None:
        """Forget it."""


def _carriers(
    plan: StagePlan, clock: SystemClock, inbox: Inbox, session: Session, closing: ExitStack
) -> list[Callable[[float, list[Message]], None]]:
    """Whoever takes cues and pictures away: OSC targets, the cue log, the live view."""
    from agent.ports.osc_in import OscIn
    from agent.ports.osc_out import OscOut

    osc = plan.config.osc
    carriers: list[Callable[[float, list[Message]], None]] = []
    if osc.targets:
        out = OscOut(osc.targets, osc.prefix)
        out.open()
        closing.callback(out.close)
        carriers.append(lambda now, messages: out.send(messages))
    if osc.listen:
        ear = OscIn(osc.listen, osc.prefix, clock.now, inbox.post, osc.lan)
        try:
            ear.open()
            closing.callback(ear.close)
        except OSError as error:
            inbox.post(Trouble(clock.now(), str(error)))
    if plan.cue_log is not None:
        from agent.show.cue_log import CueLog

        log = CueLog(Path(plan.cue_log), osc.prefix)
        log.open()
        closing.callback(log.close)
        carriers.append(log.carry)
    if plan.view_port is not None:
        snapshots = Snapshots(session, plan.view_port)
        closing.callback(snapshots.close)
        carriers.append(snapshots.carry)
    return carriers


def _seat_the_guest(plan: StagePlan, backend: MidiBackend, clock: SystemClock, inbox: Inbox, closing: ExitStack) -> None:
    """The demo's human: plays a tune on the keyboard of the MIDI system in memory, by the same way in as any keyboard."""
    from agent.keyboard import Keyboard
    from agent.ports.memory import MemoryBackend

    assert isinstance(backend, MemoryBackend) and plan.tune is not None
    keys = partial(backend.play, KEYBOARD)
    guest = Keyboard(plan.tune, plan.config.agent.seed, clock.now, keys, inbox.post, plan.tune_mode)
    guest.start()
    closing.callback(guest.stop)


def main() -> None:
    """`python -m agent.stage RUN_DIR`. A rig that cannot be played ends it with one sentence."""
    run_dir = Path(sys.argv[1])
    sys.setswitchinterval(1e-4)
    try:
        play(StagePlan.from_json((run_dir / "stage.json").read_text()), run_dir)
    except (NoMidiSystem, OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
