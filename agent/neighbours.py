"""Several of us on one computer: who comes later takes the next ports for OSC that are free, and a number in its name."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.config import Config

STEP = 10
"""The second one's ports are so much higher, the third one's twice as much: easy to tell to somebody across the room."""
MOST = 16
PORTS = {"listen": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM, "query": socket.SOCK_STREAM}
"""The keys of `[osc]` that are ports of ours, and what they are made of."""
IsFree = Callable[[str, int, socket.SocketKind], bool]


def is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    """Whether we could listen there now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM and os.name == "posix":  # as servers do: a connection that has just ended does not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def beside_others(config: Config, is_free: IsFree = is_free) -> tuple[Config, str]:
    """The rig with ports that can be had, and a sentence that says so if they are not the usual ones.

    What stands in the rig's file is left as it is: somebody has plugged something in there, and is told if it cannot be had.
    """
    from agent.config import change

    osc, host = config.osc, "0.0.0.0" if config.osc.lan else "127.0.0.1"  # where it was asked for  # nosec B104
    usual = {key: getattr(osc, key) for key in PORTS if key not in osc.model_fields_set}
    for place in range(MOST):
        ports = {key: port + STEP * place for key, port in usual.items()}
        if all(is_free(host, port, PORTS[key]) for key, port in ports.items()):
            break
    else:
        return config, ""
    if place == 0:
        return config, ""
    name = config.agent.name if "name" in config.agent.model_fields_set else f"{config.agent.name} {place + 1}"
    told = ", ".join(f"osc.{key} {port}" for key, port in ports.items())
    return change(config, agent={"name": name}, osc=ports), f"the usual ports are taken, so here it is {told}; we are {name!r}"
