"""What the panel shows, read once and served from memory, so that no path that a browser asks for ever meets a disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from aiohttp import web

_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
_NAMES = {"/": "/index.html", "/stage": "/stage.html"}


@dataclass(frozen=True, slots=True)
class Page:
    """One file."""

    body: bytes
    content_type: str
    tag: str


class Pages:
    """Path → page."""

    def __init__(self, folder: Traversable | None = None) -> None:
        self._pages = dict(_read(folder or files(__package__) / "web", ""))

    def answer(self, request: web.Request) -> web.Response:
        """The page of a path, or that there is none, or that the browser has it already."""
        page = self._pages.get(_NAMES.get(request.path, request.path))
        if page is None:
            raise web.HTTPNotFound(text="there is no such page")
        headers = {"ETag": f'"{page.tag}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=page.body, content_type=page.content_type, charset="utf-8", headers=headers)

    def text(self, path: str) -> str:
        """A page as text."""
        return self._pages[path].body.decode()


def _read(folder: Traversable, path: str) -> list[tuple[str, Page]]:
    found: list[tuple[str, Page]] = []
    for entry in folder.iterdir():
        here = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _read(entry, here)
        elif (kind := _TYPES.get(entry.name.rpartition(".")[2])) is not None:
            body = entry.read_bytes()
            found.append((here, Page(body, kind, hashlib.sha256(body).hexdigest()[:16])))
    return found
