"""The modes, one file each. A new one is a file here and a row in `MODES`."""

from __future__ import annotations

from agent.play.mode import Mode
from agent.play.modes.accompany import Accompany
from agent.play.modes.call_response import CallResponse
from agent.play.modes.listen import Listen

MODES: dict[str, type[Mode]] = {
    "listen": Listen,
    "accompany": Accompany,
    "call_response": CallResponse,
}
"""Name → mode. The order is that of `/ctl/mode i`."""
