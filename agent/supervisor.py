"""The parent: starts performer and worker, starts them again when they die, ends what a dead performer left sounding.

It contains no features. Its last resort works without anybody's help: the black box tells which notes hang.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic, time
from typing import Any

from agent.blackbox import BlackBox
from agent.config import change
from agent.panic import silence
from agent.ports.speaker_line import speaker_address
from agent.rig import SPEAKER, StagePlan, plugs

LOOK_SECONDS = 0.05
FROZEN_AFTER_SECONDS = 2.5
"""A performer whose loop has not gone round for this long is ended and begun again."""
WORKER_STUCK_AFTER_SECONDS = 6.0
PANEL_STUCK_AFTER_SECONDS = 20.0
MOST_RESTARTS, RESTART_WINDOW_SECONDS = 5, 60.0
GOODBYE_SECONDS = 4.0
SPEAKER_AGAIN_SECONDS = 10.0
"""How often a loudspeaker that is not there is looked for."""


class GaveUp(RuntimeError):
    """The performer could not be kept alive, said in one sentence."""


class Child:
    """One process that may die alone."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._command, self._environment, self._log = command, environment, log
        self._starts: deque[float] = deque(maxlen=MOST_RESTARTS + 1)
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    def start(self) -> None:
        """Start it; its parting words go to a file in the run directory."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.started_at = monotonic()
        self._starts.append(self.started_at)

    def dead(self) -> bool:
        """Whether it has ended, however."""
        return self.process is not None and self.process.poll() is not None

    def spent(self) -> bool:
        """Whether it has been started too often of late to be started again."""
        return len(self._starts) > MOST_RESTARTS and monotonic() - self._starts[0] < RESTART_WINDOW_SECONDS

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None and not self.dead():
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self.process is None or self.dead():
            return
        self.process.terminate()
        try:
            self.process.wait(GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def last_words(self) -> str:
        """The last line it wrote."""
        with suppress(OSError):
            lines = self._log.read_text(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""


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
        self._last_beat, self._beat_seen = 0.0, monotonic()
        python = [sys.executable, "-m"]
        environment = one_thread_each()
        worker_command = [*python, "agent.worker", str(run_dir), plan.config.agent.model, plan.config.agent.model_device]
        self._performer = Child("performer", [*python, "agent.stage", str(run_dir)], environment, run_dir / "performer.log")
        self._worker = Child("worker", worker_command, environment, run_dir / "worker.log")
        speaker_command = [*python, "agent.ports.speaker", speaker_address(run_dir)]
        self._speaker = Child("speaker", speaker_command, environment, run_dir / "speaker.log")
        self._panel = Child("panel", [*python, "agent.show.panel", str(run_dir)], environment, run_dir / "panel.log")
        self.restarts = {"performer": 0, "worker": 0, "panel": 0}

    def run(self, until: Callable[[], bool]) -> None:
        """Keep playing until `until` says so or the performer ends by itself. Raises GaveUp when it cannot be kept alive."""
        (self._run_dir / "stage.json").write_text(self._plan.to_json())
        try:
            self._start(self._worker)
            if self._plan.config.midi.output == SPEAKER:
                self._start(self._speaker)
            self._start(self._performer)
            while not until():
                self._watch_snapshots()
                if self._performer.dead() and self._performer.process and self._performer.process.returncode == 0:
                    return
                self._watch_performer()
                self._watch_worker()
                self._watch_speaker()
                self._watch_panel()
        finally:
            self._close()

    def _start(self, child: Child) -> None:
        child.start()
        pids = {"supervisor": os.getpid()}
        pids |= {
            c.name: c.process.pid for c in (self._performer, self._worker, self._speaker, self._panel) if c.process is not None
        }
        written = self._run_dir / "pids.json.new"
        written.write_text(json.dumps(pids))
        written.replace(self._run_dir / "pids.json")

    def _watch_snapshots(self) -> None:
        with suppress(TimeoutError, OSError, ValueError):
            snapshot = json.loads(self._view.recv(65536))
            self._on_snapshot({**snapshot, "restarts": self.restarts})
            # A performer that has to be started again goes on in the mode it was in.
            if snapshot["mode"] != self._plan.config.agent.mode:
                self._plan = replace(self._plan, config=change(self._plan.config, agent={"mode": snapshot["mode"]}))

    def _watch_performer(self) -> None:
        beat = self._box.last_beat()
        if beat != self._last_beat:
            self._last_beat, self._beat_seen = beat, monotonic()
        begun = max(self._beat_seen, self._performer.started_at + GOODBYE_SECONDS)
        if monotonic() - begun > FROZEN_AFTER_SECONDS:
            self._performer.kill()
        if not self._performer.dead():
            return
        self._silence()
        if self._performer.spent():
            raise GaveUp(f"the performer keeps dying: {self._performer.last_words()}")
        if not (self._run_dir / "ready.json").exists():
            raise GaveUp(self._performer.last_words() or "the performer did not start")
        self.restarts["performer"] += 1
        self._plan = _next_log(self._plan, self.restarts["performer"])
        (self._run_dir / "stage.json").write_text(self._plan.to_json())
        self._start(self._performer)

    def _watch_worker(self) -> None:
        if self._worker.dead():
            if not self._worker.spent():
                self.restarts["worker"] += 1
                self._start(self._worker)
            return
        with suppress(OSError):
            silent_seconds = _age_seconds(self._run_dir / "worker.beat")
            if silent_seconds > WORKER_STUCK_AFTER_SECONDS and monotonic() - self._worker.started_at > 30.0:
                self._worker.kill()

    def _watch_speaker(self) -> None:
        if self._speaker.dead() and monotonic() - self._speaker.started_at > SPEAKER_AGAIN_SECONDS:
            self._start(self._speaker)

    def _watch_panel(self) -> None:
        """The panel comes last, when the music plays, and goes without anybody missing a note."""
        if self._panel.process is None:
            if self._plan.config.panel.port and self._last_beat:
                self._start(self._panel)
            return
        if self._panel.dead():
            if not self._panel.spent():
                self.restarts["panel"] += 1
                self._start(self._panel)
            return
        with suppress(OSError):
            silent_seconds = min(_age_seconds(self._run_dir / "panel.beat"), monotonic() - self._panel.started_at)
            if silent_seconds > PANEL_STUCK_AFTER_SECONDS:
                self._panel.kill()

    def _silence(self) -> None:
        left = self._box.sounding()
        self._box.clear()
        silence(self._plan.config, self._run_dir, left)

    def _close(self) -> None:
        self._performer.stop()
        if self._box.sounding():
            self._silence()
        self._worker.stop()
        self._speaker.stop()
        self._panel.stop()
        self._view.close()
        self._box.close()


def one_thread_each() -> dict[str, str]:
    """The environment of our children."""
    # One thread a process: a second would steal the core on which the other process keeps time.
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1"), "PYTHONUNBUFFERED": "1", "JACK_NO_START_SERVER": "1"}


def _next_log(plan: StagePlan, number: int) -> StagePlan:
    if plan.log is None:
        return plan
    path = Path(plan.log)
    return replace(plan, log=str(path.with_name(f"{path.stem.partition('~')[0]}~{number}{path.suffix}")))


def _age_seconds(path: Path) -> float:
    return time() - path.stat().st_mtime
