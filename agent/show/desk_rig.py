"""The desk as keys of the rig, so that a performer that has to be started again goes on with the desk as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.config import Music
from agent.listen.key import TONICS
from models.music import COORDINATES, PARTS


def as_rig(desk: Mapping[str, Sequence[Any]]) -> dict[str, dict[str, Any]]:
    """Section → key → value, for `agent.config.change`. What the desk does not tell is left out."""
    if not desk:
        return {}
    whole = ("velocity_max", "polyphony")
    music = {name: desk[f"/ctl/{name}"][0] for name in Music.model_fields if f"/ctl/{name}" in desk and name != "register"}
    music |= {name: int(music[name]) for name in whole if name in music}
    music["latent"] = tuple(desk[f"/ctl/latent/{axis}"][0] for axis in range(COORDINATES))
    music["height"] = desk["/ctl/register"][0]
    music["registers"] = {part: tuple(desk[f"/ctl/role/{part}/register"]) for part in PARTS}
    tonic, mode = desk["/ctl/key"]
    return {
        "agent": {"mode": desk["/ctl/mode"][0]},
        "music": music,
        "mix": {
            "level": desk["/ctl/level"][0],
            "levels": {part: desk[f"/ctl/role/{part}/level"][0] for part in PARTS},
            "muted": [part for part in PARTS if desk[f"/ctl/role/{part}/mute"][0]],
            "solo": desk["/ctl/solo"][0],
        },
        "midi": {"channels": {part: desk[f"/ctl/role/{part}/channel"][0] for part in PARTS}},
        "song": {"chart": desk["/ctl/chart"][0], "key": f"{TONICS[tonic]} {('major', 'minor')[mode]}" if tonic >= 0 else ""},
        "clock": {"bpm": min(max(desk["/ctl/tempo"][0], 20.0), 300.0)},
        "panel": {"look": desk["/ctl/look"][0]},
    }
