"""A visitor's browser: Debian's Chromium without a screen, drawing in software, which talks to nobody but this computer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

QUIET = (
    *("--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SOFTWARE = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE_MS = 60_000.0


@contextmanager
def chromium() -> Iterator[Browser]:
    """Opens a browser with an empty profile of its own, and closes it."""
    path = shutil.which("chromium")
    assert path is not None, "the panel's tests need Chromium: sudo apt install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *SOFTWARE])
        yield browser
        browser.close()


def page_of(browser: Browser, url: str, width: int = 1280, height: int = 800, welcome: bool = False) -> Page:
    """A fresh visitor opens a page. What goes wrong in it is kept in `page.troubles`."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE_MS)
    if not welcome:
        context.add_init_script("localStorage.setItem('antiphon.welcomed', 'yes')")
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: troubles.append(request.url) if "127.0.0.1" not in request.url else None)
    page.troubles = troubles  # type: ignore[attr-defined]
    page.goto(url)
    return page


def serious(page: Page) -> list[Any]:
    """What axe-core finds that keeps somebody out."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
