"""How often the wall is drawn anew with software rendering: python -m tests.bench.picture [SECONDS]. The last line is JSON.

Beside each look stands an empty picture of the same size in the same browser: the most that this computer could have drawn.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.sync_api import Page

from tests.panel.browser import chromium, page_of
from tests.panel.evening import Evening

MACHINE = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning"
SIZE = (1280, 720)
SETTLE_SECONDS = 4.0
EMPTY = """() => {
  const canvas = document.createElement("canvas");
  canvas.width = 640; canvas.height = 360;
  canvas.style.cssText = "position: fixed; inset: 0; width: 100vw; height: 100vh";
  document.body.replaceChildren(canvas);
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
  document.body.dataset.frames = 0;
  const draw = () => {
    requestAnimationFrame(draw);
    document.body.dataset.frames = Number(document.body.dataset.frames) + 1;
    gl.clearColor(Math.random(), 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  };
  draw();
}"""


def main() -> None:
    """An empty picture, then every look, while Antiphon plays alone."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    told: dict[str, object] = {"bench": "picture", "machine": MACHINE, "size": SIZE}
    with TemporaryDirectory() as folder, chromium() as browser:
        evening = Evening(Path(folder))
        evening.osc("/ctl/mode", "solo")
        try:
            page = page_of(browser, evening.url + "pin", *SIZE)
            page.evaluate(EMPTY)
            told["empty"] = per_second(page, seconds)
            page.context.close()
            for look in ("tide", "orbit", "loom", "lantern"):
                page = page_of(browser, f"{evening.url}stage?look={look}", *SIZE)
                often = per_second(page, seconds)
                width = page.evaluate("document.getElementById('picture').width")
                told[look] = {"per_second": often, "width": width, **page.evaluate("({ ...document.body.dataset })")}
                page.context.close()
        finally:
            evening.close()
    print(json.dumps(told))


def per_second(page: Page, seconds: float) -> float:
    """Pictures a second, after a moment to find the right fineness."""
    page.wait_for_timeout(SETTLE_SECONDS * 1000.0)
    first, began = int(page.evaluate("document.body.dataset.frames")), perf_counter()
    page.wait_for_timeout(seconds * 1000.0)
    return round((int(page.evaluate("document.body.dataset.frames")) - first) / (perf_counter() - began), 1)


if __name__ == "__main__":
    main()
