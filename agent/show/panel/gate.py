"""Who may come in. On this computer everybody; from the network only who knows the PIN; no page of somebody else's, ever."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from aiohttp import web

from agent.ports.token_bucket import TokenBuckets

REQUESTS_PER_SECOND, BURST_REQUESTS = 60.0, 300.0
PIN_TRIES_PER_SECOND, PIN_TRIES = 5 / 60, 5.0
EVERYBODY = "everybody"
COOKIE = "antiphon"
OPEN_PATHS = frozenset({"/pin", "/css/pin.css", "/healthz", "/readyz"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "midi=(self), camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-cache",
    "Server": "Antiphon",
}
"""On every answer."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Key:
    """What opens the gate from the network: the PIN, and the secret that its cookies are signed with."""

    pin: str
    secret: bytes

    @property
    def cookie(self) -> str:
        """What a browser shows once it has said the PIN."""
        return hmac.new(self.secret, self.pin.encode(), hashlib.sha256).hexdigest()


class Gate:
    """Looks at every request before anybody else does."""

    def __init__(self, lan: bool, key: Key, now: Callable[[], float] = monotonic) -> None:
        self._lan, self._key = lan, key
        self._requests = TokenBuckets(now, REQUESTS_PER_SECOND, BURST_REQUESTS)
        self._tries = TokenBuckets(now, PIN_TRIES_PER_SECOND, PIN_TRIES)
        self._all_tries = TokenBuckets(now, 4 * PIN_TRIES_PER_SECOND, 4 * PIN_TRIES)

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware: refuses with a sentence, or lets through."""
        remote = request.remote or ""
        if not self._requests.spend(remote, 1.0):
            raise web.HTTPTooManyRequests(text="too many requests; wait a moment")
        if not self._is_our_name(request.host):
            raise web.HTTPForbidden(text="this is not the name of this computer")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.host}":
            raise web.HTTPForbidden(text="another page may not speak for you")
        if request.path not in OPEN_PATHS and not self._may_enter(request, remote):
            if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
                raise web.HTTPSeeOther("/pin")
            raise web.HTTPUnauthorized(text="say the PIN first, on the page /pin")
        return await handler(request)

    def try_pin(self, remote: str, pin: str) -> bool:
        """Whether somebody may come in with this PIN. Raises HTTPTooManyRequests for who guesses."""
        if not (self._tries.spend(remote, 1.0) and self._all_tries.spend(EVERYBODY, 1.0)):
            raise web.HTTPTooManyRequests(text="too many tries; wait a minute")
        return bool(self._key.pin) and hmac.compare_digest(pin.encode(), self._key.pin.encode())

    def let_in(self, response: web.Response) -> None:
        """Give a browser what it shows from now on."""
        response.set_cookie(COOKIE, self._key.cookie, httponly=True, samesite="Strict", max_age=180 * 24 * 3600)

    def _may_enter(self, request: web.Request, remote: str) -> bool:
        if _is_loopback(remote):
            return True
        return self._lan and hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._key.cookie.encode())

    def _is_our_name(self, host: str) -> bool:
        # A page elsewhere may point its own name at our address (DNS rebinding); it cannot be called as we are.
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower()
        if name == "localhost" or _is_loopback(name):
            return True
        return self._lan and (_is_address(name) or name in _own_names())


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on an answer."""
    for name, value in HEADERS.items():
        response.headers[name] = value


def _own_names() -> tuple[str, ...]:
    name = socket.gethostname().lower()
    return name, f"{name}.local"


def _is_loopback(remote: str) -> bool:
    return _is_address(remote) and ipaddress.ip_address(remote).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
