"""The performer process: opens the ports, takes real-time priority where the system grants it, and plays until told to stop.

Started by the supervisor as `python -m agent.stage RUN_DIR`; what to play stands in RUN_DIR/stage.json. Never imports torch.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent import __version__
from agent.blackbox import BlackBox
from agent.carriers import Carriers
from agent.clock.clocks import SystemClock
from agent.clock.inbox import Inbox
from agent.config import Config
from agent.items import Trouble
from agent.keeper import Keeper
from agent.link import WorkerLink
from agent.mind import Fallback, WorkerMind
from agent.parent import is_orphan
from agent.performer import Performer, Recorder
from agent.play.hands import Hands
from agent.play.session import Session
from agent.ports.backend import MidiBackend, NoMidiSystem
from agent.ports.patchbay import Patchbay
from agent.ports.speaker_line import SpeakerLine, speaker_address
from agent.ports.voice_line import VoiceLine, voice_path
from agent.realtime import take_realtime_priority
from agent.recorder import LogRecorder
from agent.rig import KEYBOARD, OUT, SPEAKER, SYNTH, StagePlan, plugs, with_early
from agent.scenes import read_scenes
from agent.show.show import Show
from agent.signals import stop_on_signals
from models.tempo import TempoMap

if TYPE_CHECKING:
    from agent.keyboard import Room

AWAKE_SECONDS = 0.0003
"""Waking takes up to this long; who has real-time priority wakes so much earlier and stays awake until the instant."""
EARLY_SECONDS = 0.001
"""Who has real-time priority strikes so early: after a rest a stroke takes up to half a millisecond, since the computer has
meanwhile forgotten how it goes. When the note is to sound, it has only to leave."""

PLAN = "stage.json"
"""In the run directory: what to play."""

BackendOf = Callable[[Config, SystemClock, Inbox], MidiBackend]
"""Chooses the MIDI system to play on."""


def play(plan: StagePlan, run_dir: Path, backend_of: BackendOf) -> None:
    """Open everything, play, close everything."""
    if plan.gallery:
        from agent.gallery.host import opening

        plan = replace(plan, config=opening(plan.config, datetime.now()))
    stopped = stop_on_signals()
    with ExitStack() as closing:
        perform(set_up(plan, run_dir, closing, backend_of), plan, stopped)


def set_up(plan: StagePlan, run_dir: Path, closing: ExitStack, backend_of: BackendOf) -> Performer:
    """Open everything and put it together; whatever was opened is closed with `closing`."""
    config, inbox = plan.config, Inbox()
    realtime = plan.realtime and take_realtime_priority()
    clock = SystemClock(inbox, AWAKE_SECONDS if realtime else 0.0)
    inputs, outputs, routing = plugs(config)
    backend = backend_of(config, clock, inbox)
    patchbay = Patchbay(backend, inputs, outputs, clock.now, inbox.post)
    box = BlackBox(run_dir / "blackbox", tuple(plug.key for plug in outputs))
    tempo = TempoMap(config.clock.bpm)
    show = Show(tempo, config.agent.name, __version__)
    show.look(config.panel.look)
    mind = _mind(config, run_dir, clock, inbox, closing)
    routing = with_early(routing, max(backend.ahead_seconds, EARLY_SECONDS if realtime else 0.0))
    hands = Hands(tempo, patchbay, routing, config.timing.max_late_ms / 1000.0, box.watch)
    session = Session(config, tempo, hands, mind, show)
    session.scenes = read_scenes(config)
    if plan.log is not None:
        kept = Path(plan.log).parent / "kept"
        session.keep = Keeper(kept, lambda sentence: inbox.post(Trouble(clock.now(), sentence))).keep
    _join_link(config, clock, inbox, session, closing)
    recorder = _recorder(plan, inbox, clock, closing)
    carriers = Carriers(plan, run_dir, clock, inbox, closing)
    carriers.open(session)
    if plan.gallery:
        from agent.gallery.host import Host

        recorder = host = Host(session, recorder, inbox.post)
        carriers.also(host.carry)
    if config.midi.output == SPEAKER:
        patchbay.plug_in(OUT, SpeakerLine(speaker_address(run_dir)))
    if config.voice.enabled:
        guarded = config.voice.echo_guard == "on" or (config.voice.echo_guard == "auto" and config.midi.output == SPEAKER)
        voice = VoiceLine(voice_path(run_dir), clock.now, inbox.post, patchbay.echoes.rings if guarded else _never_ours)
        voice.open()
        closing.callback(voice.close)
    patchbay.open()
    closing.callback(patchbay.close)
    if plan.tune is not None:
        _seat_the_guest(plan, _room(backend, clock, inbox, show, mind), closing)

    (run_dir / "ready.json").write_text(json.dumps({"pid": os.getpid(), "realtime": realtime, "midi": backend.name}))
    return Performer(session, clock, recorder, carriers.carry, box.beat)


def perform(performer: Performer, plan: StagePlan, stopped: list[int]) -> None:
    """Play until asked to stop, until the time is up, or until the supervisor has died: nobody could stop us then."""
    seconds = plan.seconds if plan.seconds is not None else float("inf")
    gc.collect()
    gc.freeze()
    performer.perform(lambda: not stopped and not is_orphan() and performer.clock.now() < seconds)


def backend_for(config: Config, clock: SystemClock, inbox: Inbox) -> MidiBackend:
    """The MIDI system that a rig asks for. Raises NoMidiSystem."""
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


def _join_link(config: Config, clock: SystemClock, inbox: Inbox, session: Session, closing: ExitStack) -> None:
    """Sit down with those on the network who share a beat by Link, where that is wanted and installed."""
    from agent.ports.link_session import LinkSession, NoLink

    # On a stage in memory nobody else is in the room.
    if config.clock.sync not in ("auto", "link") or (config.clock.sync == "auto" and config.midi.api == "memory"):
        return
    try:
        link = LinkSession(config.clock.bpm, config.clock.beats_per_bar, clock.now, inbox.post)
    except NoLink as error:
        if config.clock.sync == "link":
            inbox.post(Trouble(clock.now(), str(error)))
        return
    session.conductor.others = link
    link.open()
    closing.callback(link.close)


def _never_ours(pitch: int, seconds: float) -> bool:
    """Who sings with headphones on may sing what we play."""
    return False


def _recorder(plan: StagePlan, inbox: Inbox, clock: SystemClock, closing: ExitStack) -> Recorder:
    if plan.log is None:
        return Silent()
    header = {"antiphon": __version__, "config": plan.config.model_dump(mode="json")}
    keep = plan.config.gallery.keep_mb * 1e6 if plan.gallery else float("inf")
    recorder = LogRecorder(Path(plan.log), header, lambda sentence: inbox.post(Trouble(clock.now(), sentence)), keep)
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


def _seat_the_guest(plan: StagePlan, room: Room, closing: ExitStack) -> None:
    """The demo's human: plays a tune on the keyboard of the MIDI system in memory, by the same way in as any keyboard."""
    from agent.keyboard import Keyboard, Script

    assert plan.tune is not None
    guest = Keyboard(Script(plan.tune, plan.config.agent.seed, plan.tune_mode, plan.seconds), room)
    guest.start()
    closing.callback(guest.stop)


def _room(backend: MidiBackend, clock: SystemClock, inbox: Inbox, show: Show, mind: WorkerMind) -> Room:
    from agent.keyboard import Room
    from agent.ports.memory import MemoryBackend

    assert isinstance(backend, MemoryBackend)
    keys = partial(backend.play, KEYBOARD)
    return Room(clock.now, keys, inbox.post, turn=lambda: show.turn_state, ready=lambda: mind.present)


def go_on(run_dir: Path, backend_of: BackendOf = backend_for) -> None:
    """Play what stands in the run directory. A rig that cannot be played ends the process with one sentence."""
    try:
        play(StagePlan.from_json((run_dir / PLAN).read_text()), run_dir, backend_of)
    except (NoMidiSystem, OSError, ValueError) as error:
        sys.exit(str(error))


def main() -> None:
    """`python -m agent.stage RUN_DIR`."""
    sys.setswitchinterval(1e-4)
    go_on(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
