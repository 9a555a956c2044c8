"""How we are, for those who look after many machines: `/healthz`, `/readyz`, Prometheus' `/metrics`, and a page for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from time import time
from typing import Any

from aiohttp import web

from agent.gallery.keeper import HEALTH

STALE_SECONDS = 5.0
"""Whoever writes the health down does so once a second; older than this, they have died."""
_QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99", "max": "1"}


class Health:
    """Reads what the supervisor's keeper has written."""

    def __init__(self, run_dir: Path, wall: Callable[[], float] = time) -> None:
        self._path, self._wall = run_dir / HEALTH, wall

    def routes(self) -> list[web.RouteDef]:
        """Path → who answers."""
        return [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
            web.get("/status", self._status),
        ]

    def read(self) -> dict[str, Any]:
        """The last that was written; `fresh` says whether it is from now."""
        try:
            told = dict(json.loads(self._path.read_text()))
        except (OSError, ValueError):
            return {"fresh": False}
        return {**told, "fresh": abs(self._wall() - float(told.get("at", 0.0))) < STALE_SECONDS}

    async def _healthz(self, request: web.Request) -> web.Response:
        return _verdict(self.read(), "playing")

    async def _readyz(self, request: web.Request) -> web.Response:
        return _verdict(self.read(), "ready")

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(text=metrics(self.read()), content_type="text/plain", charset="utf-8")

    async def _status(self, request: web.Request) -> web.Response:
        told = self.read()
        rows = "".join(f"<tr><th scope='row'>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in told.items())
        head = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Antiphon: status</title>"
        look = "<meta http-equiv='refresh' content='5'><meta name='viewport' content='width=device-width'>"
        word = "plays" if told.get("playing") and told["fresh"] else "does not play"
        return web.Response(text=f"{head}{look}<h1>Antiphon {word}</h1><table>{rows}</table></html>", content_type="text/html")


def metrics(told: dict[str, Any]) -> str:
    """What a keeper has told, as Prometheus reads it (text exposition format 0.0.4)."""
    lines: list[str] = []

    def gauge(name: str, values: dict[str, Any], kind: str = "gauge") -> None:
        lines.append(f"# TYPE antiphon_{name} {kind}")
        lines.extend(f"antiphon_{name}{labels} {float(value):g}" for labels, value in values.items())

    gauge("playing", {"": bool(told["fresh"] and told.get("playing"))})
    gauge("ready", {"": bool(told["fresh"] and told.get("ready"))})
    if told.get("at") is None:
        return "\n".join(lines) + "\n"
    gauge("safe_mode", {"": bool(told.get("safe"))})
    gauge("up_seconds", {"": told.get("up_seconds") or 0.0})
    gauge("model_state", {"": told.get("health") or 0})
    gauge("tempo_bpm", {"": told.get("bpm") or 0.0})
    gauge("late_milliseconds", {f'{{quantile="{_QUANTILES[q]}"}}': ms for q, ms in (told.get("late_ms") or {}).items()})
    counts = told.get("counts") or {}
    gauge("notes_total", {f'{{who="{who}"}}': counts[who] for who in ("human", "agent") if who in counts}, "counter")
    gauge("dropped_late_total", {"": counts.get("dropped_late", 0)}, "counter")
    gauge("restarts_total", {f'{{process="{who}"}}': n for who, n in (told.get("restarts") or {}).items()}, "counter")
    gauge("memory_bytes", {f'{{process="{who}"}}': n for who, n in (told.get("memory_bytes") or {}).items()})
    return "\n".join(lines) + "\n"


def _verdict(told: dict[str, Any], key: str) -> web.Response:
    well = told["fresh"] and bool(told.get(key))
    return web.Response(text="ok\n" if well else f"not {key}\n", status=200 if well else 503)
