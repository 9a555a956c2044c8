"""A day and a night in an hour: performer, model, panel and herald as they are, on a clock that does not wait.

python -m tests.bench.day [--hours 24] [--model duo] [--pages 2]

Visitors come and go on stage, pages open and close at the panel and the herald. Memory is watched against stage time, files
against their caps, and what an answer and a pass of the loop cost in the first hour is set beside the last. Ends with one JSON
line; the exit status is 1 when something was not as promised.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import psutil

from agent.config import Config, change
from agent.recorder import LARGEST_FILE_BYTES
from agent.rig import StagePlan
from agent.supervisor import one_thread_each
from tests.bench.soak import SLOPE_MB_PER_HOUR, own_mb, settled, slope_per_hour
from tests.panel.house import free_port

KEEP_MB = 200
LOOK_SECONDS = 0.5
LEFT_WHEN_ASKED = (0, -signal.SIGTERM)


@dataclass
class Day:
    """Everybody who is there, and what was seen of them."""

    run_dir: Path
    hours: float
    model: str
    seed: int
    random: Random
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    resident: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    largest_bytes: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    told: dict[str, Any] = field(default_factory=dict)

    def open(self) -> None:
        """Start everybody, the performer first: the others call it."""
        ports = {"listen": 0, "tcp": free_port(), "query": free_port()}
        sections: dict[str, dict[str, Any]] = {
            "agent": {"mode": "solo", "model": self.model, "model_device": "cpu", "parts": ("lead", "comp", "bass", "drums")},
            "midi": {"api": "memory", "inputs": ("In",), "output": "Out"}, "clock": {"sync": "internal"},
            "osc": ports, "panel": {"port": free_port()},
            "gallery": {"alone_after_s": 12.0, "visitor_mode": "auto", "keep_mb": KEEP_MB, "hours": ("10:00-22:00",)},
        }  # fmt: skip
        self.config = change(Config(), **sections)
        (self.run_dir / "stage.json").write_text(StagePlan(self.config, gallery=True).to_json())
        self._start("performer", "tests.bench.day_stage", str(self.hours), str(self.seed))
        self._start("worker", "agent.worker", self.config.agent.mind, "cpu")
        self._start("panel", "agent.show.panel")
        self._start("herald", "agent.show.herald")

    def look(self) -> None:
        """Once: memory, files, and what the performer tells."""
        with suppress(OSError, ValueError):
            self.told = json.loads((self.run_dir / "day.json").read_text())
        seconds = float(self.told.get("stage_seconds", 0.0))
        for who, child in self.children.items():
            if child.poll() is None and seconds:
                with suppress(OSError, psutil.Error):  # it may end while it is looked at
                    self.memory.setdefault(who, []).append((seconds, own_mb(child.pid)))
                    self.resident.setdefault(who, []).append((seconds, psutil.Process(child.pid).memory_info().rss / 1e6))
        for path in self.run_dir.glob("*.log"):
            self.largest_bytes[path.name] = max(self.largest_bytes.get(path.name, 0), path.stat().st_size)
        sizes = [path.stat().st_size for path in (self.run_dir / "recordings").glob("*.jsonl")]
        self.largest_bytes["recordings"] = max(self.largest_bytes.get("recordings", 0), sum(sizes))

    @property
    def over(self) -> bool:
        """Whether the day is done, or the performer with it."""
        return bool(self.told.get("over")) or self.children["performer"].poll() is not None

    def close(self) -> dict[str, int]:
        """Everybody goes home; exit statuses."""
        self.children["performer"].wait(60)
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        return {who: child.wait(15) for who, child in self.children.items()}

    def _start(self, who: str, module: str, *args: str) -> None:
        with (self.run_dir / f"{who}.log").open("wb") as log:
            command = [sys.executable, "-m", module, str(self.run_dir), *args]
            self.children[who] = subprocess.Popen(command, stdout=log, stderr=log, env=one_thread_each())


async def visit_pages(day: Day) -> None:
    """Somebody opens the panel or listens at the herald, for a moment, again and again."""
    panel, herald = f"http://127.0.0.1:{day.config.panel.port}", f"http://127.0.0.1:{day.config.osc.query}"
    async with aiohttp.ClientSession() as session:
        while not day.over:
            seconds = day.random.uniform(0.2, 4.0)
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                if day.random.random() < 0.5:
                    await _open_panel(session, panel, day.random, seconds)
                else:
                    await _listen(session, herald, seconds)
                day.pages += 1
            await asyncio.sleep(day.random.uniform(0.0, 1.0))


async def _open_panel(session: aiohttp.ClientSession, url: str, random: Random, seconds: float) -> None:
    for path in random.sample(("/", "/stage", "/metrics", "/status", "/healthz", "/api/table"), 3):
        async with session.get(url + path) as response:
            await response.read()
    async with session.ws_connect(f"{url}/socket") as line:
        await line.send_json({"cue": ["/ctl/energy", random.random()]})
        if random.random() < 0.2:  # not for long: a second here is half a minute on stage
            await line.send_json({"key": [60, 80]})
            await line.send_json({"key": [60, 0]})
        await _hear_out(line, seconds)


async def _listen(session: aiohttp.ClientSession, url: str, seconds: float) -> None:
    async with session.get(f"{url}/?HOST_INFO") as response:
        await response.read()
    async with session.get(f"{url}/") as response:
        await response.read()
    async with session.ws_connect(f"{url}/json?only=/agent,/harmony,/clock/tick") as line:
        await _hear_out(line, seconds)


async def _hear_out(line: aiohttp.ClientWebSocketResponse, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        with suppress(TimeoutError):
            if (await line.receive(left)).type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return


async def spend(day: Day, pages: int) -> None:
    """The day, from open to over."""
    day.open()
    guests = [asyncio.create_task(visit_pages(day)) for _ in range(pages)]
    said = 0
    while not day.over:
        await asyncio.sleep(LOOK_SECONDS)
        day.look()
        if len(day.told.get("hours", ())) > said:
            said = len(day.told["hours"])
            print(f"{said} h: {_now(day)}", file=sys.stderr, flush=True)
    await asyncio.gather(*guests)


def _now(day: Day) -> str:
    return ", ".join(f"{who} {points[-1][1]:.1f}" for who, points in day.memory.items()) + " MB"


def verdict(day: Day, statuses: dict[str, int], took_seconds: float) -> dict[str, Any]:
    """Everything that was seen; `broken` names what was not as promised."""
    told, hours = day.told, day.told.get("hours", [])
    slopes = {who: round(slope_per_hour(settled(points)), 4) for who, points in day.memory.items()}
    resident = {who: round(slope_per_hour(settled(points)), 4) for who, points in day.resident.items()}
    broken = [f"{who} grows by {slope} MB an hour" for who, slope in slopes.items() if slope >= SLOPE_MB_PER_HOUR]
    broken += [f"{who} left with status {status}" for who, status in statuses.items() if status not in LEFT_WHEN_ASKED]
    hanging = told.get("hung", 0) + told.get("sounding", 0)
    broken += [f"{hanging} notes hang"] if hanging or not told.get("over") else []
    cap = KEEP_MB * 1_000_000 + LARGEST_FILE_BYTES
    broken += ["the recordings grew beyond their cap"] if day.largest_bytes["recordings"] > cap else []
    return {
        "bench": "day", "stage_hours": round(told.get("stage_seconds", 0.0) / 3600.0, 2),
        "took_minutes": round(took_seconds / 60, 1),
        "model": day.model, "visits": told.get("visits"), "pages": day.pages, "notes": told.get("notes"),
        "hanging": hanging, "longest_note_seconds": told.get("longest_note_seconds"), "exit_statuses": statuses,
        "memory_mb": {who: [round(mb, 1) for _, mb in points[:: len(points) // 24 + 1]] for who, points in day.memory.items()},
        "memory_slope_mb_per_stage_hour": slopes, "resident_slope_mb_per_stage_hour": resident,
        "largest_mb": {name: round(size / 1e6, 2) for name, size in day.largest_bytes.items()},
        "first_hour": hours[0] if hours else {}, "last_hour": hours[-1] if hours else {}, "broken": broken,
    }  # fmt: skip


def pass_the_day(folder: Path, hours: float, model: str, seed: int = 1, pages: int = 2) -> dict[str, Any]:
    """A whole run."""
    day, began = Day(folder, hours, model, seed, Random(seed)), time.monotonic()
    try:
        asyncio.run(spend(day, pages))
        statuses = day.close()
        day.look()
        return verdict(day, statuses, time.monotonic() - began)
    finally:
        for child in day.children.values():
            child.kill()


def main() -> None:
    """Run what was asked for, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--model", default="duo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=2, help="so many people open pages at once")
    parser.add_argument("--folder", type=Path, help="keep logs and recordings here")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="antiphon-day-") as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        result = pass_the_day(folder, options.hours, options.model, options.seed, options.pages)
    print(json.dumps(result))
    sys.exit(int(bool(result["broken"])))


if __name__ == "__main__":
    main()
