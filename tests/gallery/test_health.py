"""What those who look after many machines can ask, and that a keeper who has died is not taken for one who is well."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.request import urlopen

from aiohttp import web

from agent.show.panel.health import Health, metrics

WELL = {
    "at": 1000.0, "up_seconds": 60.5, "playing": True, "ready": True, "safe": False, "health": 0, "bpm": 100.0,
    "restarts": {"performer": 1, "worker": 2}, "memory_bytes": {"performer": 45000000}, "mode": "solo",
    "late_ms": {"p50": 0.1, "p99": 0.4}, "counts": {"human": 3, "agent": 40, "dropped_late": 0}, "error": "<b>odd</b>",
}  # fmt: skip


def answers(run_dir: Path, now: float) -> dict[str, tuple[int, str]]:
    """What a real server says to a real client, path by path."""

    async def ask() -> dict[str, tuple[int, str]]:
        app = web.Application()
        app.add_routes(Health(run_dir, lambda: now).routes())
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            paths = ("/healthz", "/readyz", "/metrics", "/status")
            return {path: await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}{path}") for path in paths}
        finally:
            await runner.cleanup()

    return asyncio.run(ask())


def fetch(url: str) -> tuple[int, str]:
    """Status and text."""
    from urllib.error import HTTPError

    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_who_plays_is_well_and_tells_prometheus_how(tmp_path: Path) -> None:
    (tmp_path / "health.json").write_text(json.dumps(WELL))
    said = answers(tmp_path, now=1001.0)
    assert said["/healthz"] == said["/readyz"] == (200, "ok\n")
    lines = said["/metrics"][1].splitlines()
    assert "antiphon_playing 1" in lines and 'antiphon_restarts_total{process="worker"} 2' in lines
    assert (
        'antiphon_late_milliseconds{quantile="0.99"} 0.4' in lines
        and 'antiphon_memory_bytes{process="performer"} 4.5e+07' in lines
    )
    assert "Antiphon plays" in said["/status"][1] and "&lt;b&gt;odd" in said["/status"][1]


def test_a_keeper_who_has_fallen_silent_is_not_well(tmp_path: Path) -> None:
    (tmp_path / "health.json").write_text(json.dumps(WELL))
    said = answers(tmp_path, now=1020.0)
    assert said["/healthz"] == (503, "not playing\n") and said["/readyz"] == (503, "not ready\n")
    assert "antiphon_playing 0" in said["/metrics"][1] and "does not play" in said["/status"][1]


def test_before_the_first_word_and_after_a_torn_one_nobody_is_well(tmp_path: Path) -> None:
    assert metrics(Health(tmp_path).read()).startswith("# TYPE antiphon_playing gauge\nantiphon_playing 0\n")
    (tmp_path / "health.json").write_text('{"at": 10')
    assert Health(tmp_path).read() == {"fresh": False}
