"""The desk as it stands: the value behind every address that people turn, for the panel and for feedback."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from models.music import Knobs

if TYPE_CHECKING:
    from agent.play.session import Session

Values = tuple[int | float | str, ...]

_KNOBS = {field.name: field.name for field in fields(Knobs) if field.name not in ("key", "registers", "style", "latent")}
_KNOBS["height"] = "register"
"""Field → the knob's name on the desk."""


def desk(session: Session) -> dict[str, Values]:
    """Address → arguments that would turn it to where it is. Runs on the loop."""
    controls, (strips, alone) = session.controls, session.hands.band.state
    values: dict[str, Values] = {f"/ctl/{name}": (float(getattr(controls.knobs, field)),) for field, name in _KNOBS.items()}
    values["/ctl/mode"] = (session.mode_name,)
    values |= {f"/ctl/latent/{axis}": (share,) for axis, share in enumerate(controls.knobs.latent)}
    values["/ctl/key"] = controls.knobs.key or (-1, 0)
    values["/ctl/style"] = (" ".join(f"{name} {share:g}" for name, share in controls.knobs.style),)
    values["/ctl/look"] = (session.show.look_wanted,)
    values["/ctl/mute"] = (int(controls.muted),)
    values["/ctl/solo"] = (alone,)
    values["/ctl/level"] = (session.hands.band.level,)
    values["/ctl/loop"] = (session.steering.looper.bars,)
    values["/ctl/tempo"] = (round(session.tempo.bpm, 1),)
    values["/ctl/chart"] = (session.form.text,)
    for part, strip in strips.items():
        role = f"/ctl/role/{part}"
        values[f"{role}/level"] = (strip.level,)
        values[f"{role}/mute"] = (int(strip.muted),)
        values[f"{role}/channel"] = (strip.channel + 1,)
        if strip.program is not None:
            values[f"{role}/program"] = (strip.program + 1,)
        values[f"{role}/register"] = controls.knobs.register(part)
    return values
