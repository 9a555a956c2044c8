"""What two open browsers cost the notes: python -m tests.bench.panel [SECONDS [ROUNDS]]. The last line is JSON.

The drummer of `antiphon bench` plays beside a model that plans anew at eight notes a second; rounds with the panel and the
picture open in two browsers of this computer take turns with rounds without, so that both meet the same neighbours.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable

import aiohttp
import numpy as np

from agent.bench.band import Piece, Stagehands, measure
from tests.panel.browser import QUIET, SOFTWARE

MACHINE = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
SHARES = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
OPENS_WITHIN_SECONDS = 60.0
ALLOWED_MS = 0.5


def main() -> None:
    """Without and with, in turns."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    late: dict[str, list[float]] = {"without": [], "with": []}
    for number in range(rounds):
        for name, beside in (("without", nobody), ("with", two_browsers)):
            ms = lateness_ms(seconds, beside)
            late[name] += ms
            print(f"round {number + 1} {name:8s}", figures(ms), flush=True)
    told = {name: figures(ms) for name, ms in late.items()}
    grown = round(told["with"]["p99"] - told["without"]["p99"], 3)
    print(json.dumps({"bench": "panel", "machine": MACHINE, **told, "p99_grown_ms": grown, "ok": grown <= ALLOWED_MS}))


def lateness_ms(seconds: float, beside: Callable[[Stagehands], None]) -> list[float]:
    """How late each note of the drummer left."""
    notes = measure(Piece("duo", "accompany", seconds), beside)
    sent = [(at, due) for at, due, _ in notes.noted["sent"] if due is not None and notes.begin <= at < notes.end]
    return [(at - due) * 1000.0 for at, due in sent]


def nobody(hands: Stagehands) -> None:
    """No panel, no browser."""


def two_browsers(hands: Stagehands) -> None:
    """The panel's process, and the panel and the picture each open in a browser of its own."""
    hands.start("agent.show.panel")
    url = hands.wait_for("panel.json")["url"]
    chromium = shutil.which("chromium")
    assert chromium is not None, "sudo apt install chromium"
    for name, path in (("browser-panel", ""), ("browser-picture", "stage?look=tide")):
        profile = f"--user-data-dir={hands.folder / name}"
        window = ["--window-size=1280,720", "--remote-debugging-port=0", profile, url + path]
        hands.start_program([chromium, *QUIET, *SOFTWARE, *window], name)
    asyncio.run(asyncio.wait_for(_both_look(url), OPENS_WITHIN_SECONDS))


async def _both_look(url: str) -> None:
    """Wait until both pages are told what happens."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}socket") as line:
        async for message in line:
            if json.loads(message.data).get("picture", {}).get("guests", 0) >= 3:  # and we
                return


def figures(ms: list[float]) -> dict[str, float]:
    """The shares that are quoted, in milliseconds."""
    return {name: round(float(np.percentile(ms, share)), 3) for name, share in SHARES.items()}


if __name__ == "__main__":
    main()
