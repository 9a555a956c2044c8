"""The parent: starts performer and worker, starts them again when they die, ends what a dead performer left sounding.

It contains no features. Its last resort works without anybody's help: the black box tells which notes hang.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from agent.blackbox import BlackBox
from agent.child import Child, Understudied
from agent.config import Config, ConfigError, change
from agent.panic import silence
from agent.ports.speaker_line import speaker_address
from agent.rig import SPEAKER, StagePlan, has_herald, plugs, speaker_plan
from agent.show.desk_rig import as_rig
from agent.wishes import take_wish

LOOK_SECONDS = 0.05
FROZEN_AFTER_SECONDS = 2.5
"""A performer whose loop has not gone round for this long is ended and begun again."""
STARTING_SECONDS = 30.0
"""But on a slow or busy computer it may take so long until it goes round for the first time."""
WORKER_STUCK_AFTER_SECONDS, GUEST_STUCK_AFTER_SECONDS = 15.0, 30.0
EAR_STUCK_AFTER_SECONDS = 5.0, 60.0
"""Once it listens, and before: a sound card may never answer."""
BEGINS_SECONDS = 120.0
"""On a busy computer a process may take this long to begin; ended before, its successor would take no less."""
SAFE_SECONDS = 600.0
"""After a crash loop, so long without what may have caused it."""
TIDY_SECONDS = 30.0
UNDERSTUDY_SECONDS = 2.0
"""So long after a performer has begun the next one may load: not while the first notes are played."""
SOUND_AGAIN_SECONDS = 10.0
"""How often a loudspeaker or a microphone that is not there is looked for."""


class GaveUp(RuntimeError):
    """The performer could not be kept alive, said in one sentence."""


class Supervisor:
    """Keeps the band on stage until told to stop."""

    def __init__(self, plan: StagePlan, run_dir: Path, on_snapshot: Callable[[dict[str, Any]], None] | None = None) -> None:
        self._run_dir = run_dir
        self._on_snapshot = on_snapshot or (lambda snapshot: None)
        self._view = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._view.bind(("127.0.0.1", 0))
        self._view.settimeout(LOOK_SECONDS)
        self._plan = replace(plan, view_port=self._view.getsockname()[1])
        self._box = BlackBox(run_dir / "blackbox", tuple(plug.key for plug in plugs(plan.config)[1]))
        left = self._left_sounding()  # by whoever was here before us, and died with all of theirs
        Thread(target=silence, args=(plan.config, run_dir, left, False), name="silence", daemon=True).start()
        self._last_beat, self._beat_seen, self._goes_round = self._box.last_beat(), monotonic(), False
        self._desk: dict[str, list[Any]] = {}
        self._safe_until: float | None = None
        self._tidied = monotonic()
        command = [sys.executable, "-m", "agent.understudy", str(run_dir)]
        self._performer = Understudied("performer", command, one_thread_each(), run_dir / "performer.log")
        self._worker = self._worker_for(plan.config)
        self._speaker = self._speaker_for(plan.config)
        self._voice = self._voice_for(plan.config)
        self._panel = self._child("panel", "agent.show.panel", str(run_dir))
        self._herald = self._child("herald", "agent.show.herald", str(run_dir))
        self.restarts = {"performer": 0, "worker": 0, "panel": 0, "herald": 0}

    @property
    def playing(self) -> bool:
        """Whether the performer's loop goes round."""
        seen = self._beat_seen
        return seen > self._performer.started_at and monotonic() - seen < FROZEN_AFTER_SECONDS

    @property
    def safe(self) -> bool:
        """Whether it plays without what may have made it crash again and again."""
        return self._safe_until is not None

    def change_rig(self, config: Config) -> None:
        """Play on with another rig: the performer leaves as at the end of an evening and comes back with it."""
        old, self._plan = self._plan.config, replace(self._plan, config=config)
        self._safe_until = None
        self._desk = {}
        self._performer.stop()
        self._performer.dismiss()
        if config.agent.mind != old.agent.mind:
            self._worker.stop()
            self._worker = self._worker_for(config)
            self._start(self._worker)
        if speaker_plan(config) != speaker_plan(old):
            self._speaker.stop()
            self._speaker = self._speaker_for(config)
        if config.voice != old.voice:
            self._voice.stop()
            self._voice = self._voice_for(config)
        self._box.close()
        self._box = BlackBox(self._run_dir / "blackbox", tuple(plug.key for plug in plugs(config)[1]))
        self._performer.forgive()
        self._start_performer()

    def run(self, until: Callable[[], bool]) -> None:
        """Keep playing until `until` says so or the performer ends by itself. Raises GaveUp when it cannot be kept alive."""
        (self._run_dir / "stage.json").write_text(self._plan.to_json())
        (self._run_dir / "ready.json").unlink(missing_ok=True)
        try:
            self._start(self._worker)
            self._begin_performer()
            while not until():
                self._watch_snapshots()
                if self._performer.dead() and self._performer.process and self._performer.process.returncode == 0:
                    return
                self._watch_performer()
                self._watch_worker()
                self._watch_sound(self._speaker, self._plan.config.midi.output == SPEAKER)
                self._watch_voice()
                self._watch_guest(self._panel, bool(self._plan.config.panel.port))
                self._watch_guest(self._herald, has_herald(self._plan.config.osc))
                self._hear_wishes()
                self._tidy()
        finally:
            self._close()

    def _child(self, name: str, *command: str) -> Child:
        return Child(name, [sys.executable, "-m", *command], one_thread_each(), self._run_dir / f"{name}.log")

    def _worker_for(self, config: Config) -> Child:
        return self._child("worker", "agent.worker", str(self._run_dir), config.agent.mind, config.agent.model_device)

    def _speaker_for(self, config: Config) -> Child:
        return self._child("speaker", "agent.ports.speaker", speaker_address(self._run_dir), speaker_plan(config).to_json())

    def _voice_for(self, config: Config) -> Child:
        return self._child("voice", "agent.ports.voice", str(self._run_dir), config.voice.model_dump_json())

    def _start(self, child: Child) -> None:
        child.start()
        self._list_pids()

    def _list_pids(self) -> None:
        pids = {"supervisor": os.getpid()}
        pids |= {c.name: c.process.pid for c in self._children() if c.process is not None}
        if self._performer.waiting is not None:
            pids["understudy"] = self._performer.waiting.pid
        written = self._run_dir / "pids.json.new"
        written.write_text(json.dumps(pids))
        written.replace(self._run_dir / "pids.json")
        (self._run_dir / "restarts.json").write_text(json.dumps(self.restarts))

    def _watch_snapshots(self) -> None:
        with suppress(TimeoutError, OSError, ValueError):
            snapshot = json.loads(self._view.recv(65536))
            self._on_snapshot({**snapshot, "restarts": self.restarts, "safe": self.safe})
            self._desk = snapshot["desk"]

    def _watch_performer(self) -> None:
        beat = self._box.last_beat()
        if beat != self._last_beat:
            self._last_beat, self._beat_seen, self._goes_round = beat, monotonic(), True
        patience = FROZEN_AFTER_SECONDS if self._goes_round else STARTING_SECONDS
        if monotonic() - self._beat_seen > patience:
            self._performer.kill()
        if not self._performer.dead():
            return
        left = self._left_sounding()
        if self._performer.spent():
            if self.safe:
                raise GaveUp(f"the performer keeps dying: {self._performer.last_words()}")
            self._safe_until = monotonic() + SAFE_SECONDS
            self._performer.forgive()
        if not (self._run_dir / "ready.json").exists():
            raise GaveUp(self._performer.last_words() or "the performer did not start")
        self.restarts["performer"] += 1
        self._start_performer()
        # Beside its first notes: who waited for silence would wait for music.
        Thread(target=silence, args=(self._plan.config, self._run_dir, left, False), name="silence", daemon=True).start()

    def _start_performer(self) -> None:
        self._plan = replace(_next_log(self._plan), config=self._rig_and_desk())
        plan = safe_plan(self._plan) if self.safe else self._plan
        (self._run_dir / "stage.json").write_text(plan.to_json())
        self._begin_performer()

    def _begin_performer(self) -> None:
        self._start(self._performer)
        self._last_beat, self._beat_seen, self._goes_round = self._box.last_beat(), monotonic(), False

    def _watch_worker(self) -> None:
        if self._worker.dead():
            if not self._worker.spent():
                self.restarts["worker"] += 1
                self._start(self._worker)
            return
        if self._worker.stuck(self._run_dir / "worker.beat", WORKER_STUCK_AFTER_SECONDS, BEGINS_SECONDS):
            self._worker.kill()

    def _watch_sound(self, child: Child, wanted: bool) -> None:
        """Loudspeaker and microphone are looked for again and again, for months if need be."""
        missing = child.process is None or (child.dead() and monotonic() - child.started_at > SOUND_AGAIN_SECONDS)
        if wanted and missing:
            self._start(child)

    def _watch_voice(self) -> None:
        wanted = self._plan.config.voice.enabled
        self._watch_sound(self._voice, wanted)
        if wanted and not self._voice.dead() and self._voice.stuck(self._run_dir / "voice.beat", *EAR_STUCK_AFTER_SECONDS):
            self._voice.kill()

    def _watch_guest(self, guest: Child, wanted: bool) -> None:
        """Panel and herald come last, when the music plays, and go without anybody missing a note."""
        if guest.process is None:
            if wanted and self._last_beat:
                self._start(guest)
            return
        if guest.dead():
            if not guest.spent():
                self.restarts[guest.name] += 1
                self._start(guest)
            return
        if guest.stuck(self._run_dir / f"{guest.name}.beat", GUEST_STUCK_AFTER_SECONDS, BEGINS_SECONDS):
            guest.kill()

    def _rig_and_desk(self) -> Config:
        """A performer that has to be started again goes on with the desk as it was."""
        with suppress(ConfigError):
            return change(self._plan.config, **as_rig(self._desk))
        return self._plan.config

    def _hear_wishes(self) -> None:
        config = take_wish(self._run_dir, self._rig_and_desk())
        if config is not None and config != self._plan.config:
            self.change_rig(config)

    def _tidy(self) -> None:
        if monotonic() - self._tidied > TIDY_SECONDS:
            self._tidied = monotonic()
            for child in self._children():
                child.trim_log()
        if monotonic() - self._performer.started_at > UNDERSTUDY_SECONDS and self._performer.call_understudy():
            self._list_pids()
        if self._safe_until is not None and monotonic() > self._safe_until:
            self.change_rig(self._plan.config)

    def _children(self) -> tuple[Child, ...]:
        return self._performer, self._worker, self._speaker, self._voice, self._panel, self._herald

    def _left_sounding(self) -> list[tuple[str, int, int]]:
        left = self._box.sounding()
        self._box.clear()
        return left

    def _close(self) -> None:
        self._performer.stop()
        self._performer.dismiss()
        if left := self._left_sounding():
            silence(self._plan.config, self._run_dir, left)
        self._worker.stop()
        self._speaker.stop()
        self._voice.stop()
        self._panel.stop()
        self._herald.stop()
        self._view.close()
        self._box.close()


def one_thread_each() -> dict[str, str]:
    """The environment of our children."""
    # One thread a process: a second would steal the core on which the other process keeps time.
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1"), "PYTHONUNBUFFERED": "1", "JACK_NO_START_SERVER": "1"}


def safe_plan(plan: StagePlan) -> StagePlan:
    """The same evening without what is most likely to have made it crash: strangers' clocks and cues, thru, a chart, a log."""
    config = change(
        plan.config,
        midi={"thru": False},
        clock={"sync": "internal", "send": False},
        song={"chart": ""},
        osc={"listen": 0, "targets": ()},
    )
    return replace(plan, config=config, log=None, cue_log=None)


def _next_log(plan: StagePlan) -> StagePlan:
    if plan.log is None:
        return plan
    path = Path(plan.log)
    stem, _, number = path.stem.partition("~")
    return replace(plan, log=str(path.with_name(f"{stem}~{int(number or 0) + 1}{path.suffix}")))
