"""Whoever takes cues and pictures away from the loop: OSC targets, the cue log, the live view, the panel, the herald."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from agent.clock.clocks import SystemClock
from agent.clock.inbox import Inbox
from agent.config import Osc
from agent.items import Trouble
from agent.play.session import Session
from agent.ports.osc_in import OscIn
from agent.ports.osc_out import OscOut
from agent.rig import StagePlan, has_herald
from agent.show.courier import Courier
from agent.show.cue_log import CueLog
from agent.show.cues import Message
from agent.show.lookahead import nearer
from agent.show.panel_line import PanelLine, herald_path, panel_path
from agent.show.snapshot import Picture, Postcards, Snapshots

HERALD = "Herald"
Carrier = Callable[[float, list[Message]], None]


class Carriers:
    """Opens them all; what was opened is closed with `closing`. Call `carry` on the loop; it returns at once."""

    def __init__(self, plan: StagePlan, run_dir: Path, clock: SystemClock, inbox: Inbox, closing: ExitStack) -> None:
        self._plan, self._run_dir, self._clock, self._inbox, self._closing = plan, run_dir, clock, inbox, closing
        self._courier = Courier()
        self._errands: list[Carrier] = []  # run by the courier
        self._watchers: list[Callable[[Picture], None]] = []
        self._at_once: list[Carrier] = []

    def open(self, session: Session) -> None:
        """Begin to carry. Raises OSError for a target that nobody knows."""
        self._open_osc(self._plan.config.osc)
        self._open_lines()
        self._open_herald()
        if self._plan.cue_log is not None:
            log = CueLog(Path(self._plan.cue_log), self._plan.config.osc.prefix)
            log.open()
            self._closing.callback(log.close)
            self._at_once.append(log.carry)
        self._at_once.append(Snapshots(session, self._watchers, self._courier).carry)
        self._courier.open()
        self._closing.callback(self._courier.close)

    def also(self, carrier: Carrier) -> None:
        """Tell one more, on the loop, who must return at once."""
        self._at_once.append(carrier)

    def carry(self, now: float, messages: list[Message]) -> None:
        """Hand on what has just been said. Runs on the loop."""
        for carrier in self._at_once:
            carrier(now, messages)
        if messages:
            for errand in self._errands:
                self._courier.send(partial(errand, now, messages))

    def _open_osc(self, osc: Osc) -> None:
        out = OscOut(osc.targets, osc.prefix, osc.feedback, self._clock.now)
        out.open()
        self._closing.callback(out.close)
        # The courier may have come to it only now.
        self._errands.append(lambda now, messages: out.send(nearer(messages, self._clock.now() - now)))
        if not osc.listen:
            return
        ear = OscIn(osc.listen, osc.prefix, self._clock.now, self._inbox.post, osc.lan)
        ear.overhear = lambda cue: self._courier.send(partial(out.heard, cue))
        try:
            ear.open()
            self._closing.callback(ear.close)
        except OSError as error:
            self._inbox.post(Trouble(self._clock.now(), str(error)))

    def _open_herald(self) -> None:
        if not has_herald(self._plan.config.osc):
            return
        herald = PanelLine(herald_path(self._run_dir), self._clock.now, self._inbox.post, HERALD)
        herald.open()
        self._closing.callback(herald.close)
        self._errands.append(herald.cues)

    def _open_lines(self) -> None:
        if self._plan.view_port is not None:
            postcards = Postcards(self._plan.view_port)
            self._closing.callback(postcards.close)
            self._watchers.append(postcards.show)
        if self._plan.config.panel.port:
            panel = PanelLine(panel_path(self._run_dir), self._clock.now, self._inbox.post)
            panel.open()
            self._closing.callback(panel.close)
            self._errands.append(panel.cues)
            self._watchers.append(panel.show)
