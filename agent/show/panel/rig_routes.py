"""What is plugged where, and scenes: looked up and changed by the page, a few times an evening."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from agent.config import Config, ConfigError
from agent.rig import StagePlan
from agent.show.panel.room import Refused, Room
from agent.show.panel.scenes import NoScene, Scenes
from agent.wishes import check_wish, leave_wish

LOOK_ROUND_SECONDS = 12.0

Handler = Callable[[web.Request], Awaitable[web.Response]]


def rig_routes(room: Room, run_dir: Path) -> list[web.RouteDef]:
    """Path → who answers."""
    scenes = Scenes()
    looking = asyncio.Lock()

    async def ports(request: web.Request) -> web.Response:
        async with looking:  # one look at a time: drivers dislike company
            found = await look_round()
        config = _config(run_dir)
        wanted = {"midi": config.midi.model_dump(mode="json"), "sync": config.clock.sync, "name": config.agent.name}
        return web.json_response({"found": found, "rig": wanted})

    async def wish(request: web.Request) -> web.Response:
        wanted = await _json(request)
        check_wish(_config(run_dir), wanted)
        leave_wish(run_dir, wanted)
        return web.json_response({"said": "in a moment"})

    async def list_scenes(request: web.Request) -> web.Response:
        return web.json_response({"scenes": scenes.names})

    async def use_scene(request: web.Request) -> web.Response:
        wanted = await _json(request)
        name, what = str(wanted.get("name", "")), wanted.get("do")
        desk = room.picture.get("desk", {})
        kept = True
        if what == "keep":
            kept = scenes.keep(name, desk)
        elif what == "drop":
            kept = scenes.drop(name)
        else:
            for address, values in scenes.turns(name, desk):
                room.cue(address, tuple(values))
        said = "" if kept else "nothing can be written here; the scenes last for this evening"
        return web.json_response({"scenes": scenes.names, "said": said})

    return [
        web.get("/api/ports", ports),
        web.post("/api/rig", _in_words(wish)),
        web.get("/api/scenes", list_scenes),
        web.post("/api/scenes", _in_words(use_scene)),
    ]


async def look_round() -> list[Any]:
    """Every MIDI system and loudspeaker of this computer; empty when the drivers do not answer."""
    command = (sys.executable, "-m", "agent.show.panel.look_round")
    looker = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    try:
        said, _ = await asyncio.wait_for(looker.communicate(), LOOK_ROUND_SECONDS)
        found: list[Any] = json.loads(said)
        return found
    except (TimeoutError, ValueError):
        with suppress(ProcessLookupError):
            looker.kill()
        return []


def _in_words(handler: Handler) -> Handler:
    """What cannot be done is said in one sentence."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except (ConfigError, NoScene, Refused) as reason:
            return web.json_response({"trouble": str(reason)}, status=400)
        except OSError as error:
            return web.json_response({"trouble": f"the run directory takes nothing ({error.strerror})"}, status=507)

    return answer


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":  # a form of another page cannot say this
        raise web.HTTPUnsupportedMediaType(text="send JSON")
    try:
        said = await request.json()
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(text="this is not JSON") from None
    if not isinstance(said, dict):
        raise web.HTTPBadRequest(text="send a JSON object")
    return said


def _config(run_dir: Path) -> Config:
    return StagePlan.from_json((run_dir / "stage.json").read_text()).config
