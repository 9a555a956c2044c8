"""The modes, one file each. A new one is a file here and a row in `MODES`."""

from __future__ import annotations

from agent.play.mode import Mode
from agent.play.modes.accompany import Accompany
from agent.play.modes.auto import Auto
from agent.play.modes.call_response import CallResponse, Vary
from agent.play.modes.listen import Listen
from agent.play.modes.shadow import Shadow
from agent.play.modes.solo import Solo
from agent.play.modes.together import Together
from agent.play.modes.trade import Trade

MODES: dict[str, type[Mode]] = {
    "listen": Listen,
    "accompany": Accompany,
    "call_response": CallResponse,
    "shadow": Shadow,
    "together": Together,
    "solo": Solo,
    "auto": Auto,
    "vary": Vary,
    "trade": Trade,
}
"""Name → mode. The order is that of `/ctl/mode i`."""

CHOOSERS = ("auto",)
"""Modes that play nothing themselves, but choose among the others."""
