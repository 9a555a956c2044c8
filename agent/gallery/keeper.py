"""Whoever looks after the machine: the watchdog's voice, the log, the webhook, the health that others read, a new rig."""

from __future__ import annotations

import json
import os
from collections.abc import Sized
from contextlib import suppress
from pathlib import Path
from time import monotonic, time
from typing import Any

import psutil

from agent.config import Config, ConfigError, load
from agent.gallery.logbook import Logbook
from agent.gallery.webhook import Webhook
from agent.supervisor import Supervisor
from agent.watchdog import Watchdog

HEALTH = "health.json"
"""In the run directory: what `/healthz`, `/readyz` and `/metrics` tell."""
EVERY_SECONDS = 1.0


class Keeper:
    """Looks on from the supervisor's loop. It never plays, and nothing waits for it."""

    def __init__(self, rig: Path | None, run_dir: Path, logbook: Logbook, config: Config) -> None:
        self.watchdog = Watchdog()
        self.reload_asked = False
        self._rig, self._run_dir, self._logbook, self._config = rig, run_dir, logbook, config
        self._webhook = Webhook(config.gallery.webhook)
        self._webhook.open()
        self._began, self._due = time(), float("-inf")
        self._snapshot: dict[str, Any] = {}
        self._told: dict[str, Any] = {}
        self._rig_written = self._rig_seen = _written(rig)

    def see(self, snapshot: dict[str, Any]) -> None:
        """The latest picture of the music; what is new in it is written down."""
        self._snapshot = snapshot
        seen = {key: snapshot.get(key) for key in ("mode", "error", "health", "restarts", "safe")}
        for key, value in seen.items():
            if value != self._told.get(key):
                self._tell(key, value=value if not isinstance(value, dict) else dict(value))
        self._told = {key: dict(value) if isinstance(value, dict) else value for key, value in seen.items()}

    def look(self, supervisor: Supervisor) -> None:
        """Once a second: is all well? Has somebody changed the rig?"""
        if monotonic() < self._due:
            return
        self._due = monotonic() + EVERY_SECONDS
        self.watchdog.see(supervisor.playing, f"{self._snapshot.get('mode', '')}, restarts {supervisor.restarts}")
        self._write_health(supervisor)
        # Many editors empty a file before they fill it, and half a rig may be a whole one: it is read once it has come to rest.
        written = _written(self._rig)
        at_rest, self._rig_seen = written == self._rig_seen, written
        if self.reload_asked or (at_rest and written != self._rig_written):
            self.reload_asked, self._rig_written = False, written
            self._reload(supervisor)

    def watch(self, supervisor: Supervisor, stopped: Sized) -> None:
        """Let it run, and look after it, until somebody has asked it to stop. Raises GaveUp."""

        def until() -> bool:
            self.look(supervisor)
            return bool(stopped)

        try:
            supervisor.run(until)
        finally:
            self.leave()

    def leave(self) -> None:
        """The room closes for good."""
        self.watchdog.say("STOPPING=1")
        self._tell("stopped")
        self._logbook.close()

    def _reload(self, supervisor: Supervisor) -> None:
        if self._rig is None:
            return
        try:
            config = load(self._rig)
        except ConfigError as error:
            self._tell("rig refused", value=str(error))
            return
        if config != self._config:
            self._config = config
            self._tell("rig changed", value=str(self._rig))
            supervisor.change_rig(config)

    def _tell(self, what: str, **more: Any) -> None:
        self._logbook.write(what, **more)
        if what != "mode":
            self._webhook.tell(what, name=self._config.agent.name, **more)

    def _write_health(self, supervisor: Supervisor) -> None:
        health = {
            "at": time(),
            "up_seconds": round(time() - self._began, 1),
            "playing": supervisor.playing,
            "ready": supervisor.playing and bool(self._snapshot),
            "safe": supervisor.safe,
            "restarts": supervisor.restarts,
            "memory_bytes": _memory(self._run_dir),
            **{key: self._snapshot.get(key) for key in ("mode", "turn", "health", "late_ms", "counts", "error", "bpm")},
        }
        written = self._run_dir / f"{HEALTH}.new"
        with suppress(OSError):
            written.write_text(json.dumps(health))
            written.replace(self._run_dir / HEALTH)


def _memory(run_dir: Path) -> dict[str, int]:
    """Resident bytes of each process."""
    sizes: dict[str, int] = {}
    with suppress(OSError, ValueError):
        for name, pid in json.loads((run_dir / "pids.json").read_text()).items():
            with suppress(psutil.Error):
                sizes[name] = int(psutil.Process(pid).memory_info().rss)
    return sizes


def _written(rig: Path | None) -> int:
    if rig is None:
        return 0
    try:
        return os.stat(rig).st_mtime_ns
    except OSError:
        return -1
