"""Tells the network where we are, so that programs find us by themselves: `_oscjson._tcp` for OSCQuery, `_osc._udp` for OSC.

Needs zeroconf (`pip install 'antiphon[discovery]'`, under the LGPL). Without it everything works but has to be typed in.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

LOOPBACK = "127.0.0.1"


class Discovery:
    """What is told; nothing if the library is not there. On the event loop."""

    def __init__(self, name: str, lan: bool) -> None:
        self._name, self._lan = name, lan
        self._zeroconf: Any = None

    async def open(self, services: dict[str, int]) -> bool:
        """Tell of these services, such as `_osc._udp` on a port; False when nobody can be told."""
        try:
            from zeroconf import InterfaceChoice, NonUniqueNameException
            from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf
        except ImportError:
            return False
        host = _own_address() if self._lan else LOOPBACK
        try:
            self._zeroconf = AsyncZeroconf(interfaces=InterfaceChoice.All if self._lan else [LOOPBACK])
            for service, port in services.items():
                kind = f"{service}.local."
                where: dict[str, Any] = {"addresses": [socket.inet_aton(host)], "server": f"{socket.gethostname()}.local."}
                info = AsyncServiceInfo(kind, f"{self._name}.{kind}", port, **where)
                await (await self._zeroconf.async_register_service(info, allow_name_change=True))
        except (OSError, NonUniqueNameException):
            return False
        return True

    async def close(self) -> None:
        """Tell that we are gone."""
        if self._zeroconf is not None:
            with suppress(OSError):
                await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()


def _own_address() -> str:
    """By which others on the network call this computer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        with suppress(OSError):
            probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, but the way there is chosen
            return str(probe.getsockname()[0])
    return LOOPBACK
