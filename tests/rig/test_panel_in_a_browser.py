"""A newcomer, a browser, nothing plugged in: the whole panel as a person uses it, on a real performer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.panel.browser import chromium, page_of, serious
from tests.panel.evening import Evening
from tests.panel.house import wait_for

pytestmark = pytest.mark.timeout(300)

LETTERS = "adgkgd"
HELD_MS = 120.0


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    evening = Evening(tmp_path_factory.mktemp("evening"))
    yield evening
    evening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def panel(browser: Browser, evening: Evening) -> Page:
    page = page_of(browser, evening.url)
    page.wait_for_selector("#line[data-state=here]")
    return page


def test_the_address_is_said_where_there_is_no_screen(evening: Evening) -> None:
    assert f"panel: {evening.url}" in wait_for(lambda: evening.said() if "panel:" in evening.said() else "", "the address")


def test_a_visitor_plays_and_sees_both_hands_and_hears_an_answer(panel: Page, evening: Evening) -> None:
    middle = panel.locator("#piano button[data-pitch='60']")
    middle.click(delay=HELD_MS)
    wait_for(lambda: evening.picture["counts"]["human"] >= 1, "the note to be heard")
    for letter in LETTERS:
        panel.keyboard.down(letter)
        panel.wait_for_timeout(HELD_MS)
        panel.keyboard.up(letter)
    wait_for(lambda: evening.picture["counts"]["human"] >= 1 + len(LETTERS), "the letters to be heard")
    wait_for(lambda: evening.picture["counts"]["agent"] >= 4, "an answer")
    until(panel, "() => document.querySelector('#piano button.agent') !== null")
    until(panel, "() => document.querySelector('#sound[aria-pressed=true]')?.dataset.level > 0.001")
    wait_for(lambda: not evening.picture["held"]["human"], "every key to be up")
    assert panel.troubles == []  # type: ignore[attr-defined]


def test_a_key_held_by_a_visitor_who_leaves_does_not_hang(browser: Browser, evening: Evening) -> None:
    page = page_of(browser, evening.url)
    page.wait_for_selector("#line[data-state=here]")
    page.keyboard.down("h")
    wait_for(lambda: evening.picture["held"]["human"], "the key to be down")
    page.context.close()
    wait_for(lambda: not evening.picture["held"]["human"], "the key to come up")


def test_the_panel_comes_back_by_itself_when_it_is_killed(panel: Page, evening: Evening) -> None:
    before = evening.picture["now"]
    evening.kill("panel")
    panel.wait_for_selector("#line[data-state=lost]")
    panel.wait_for_selector("#line[data-state=here]")
    wait_for(lambda: evening.picture["now"] > before + 1.0, "the performer to have gone on")
    notes = evening.picture["counts"]["human"]
    panel.locator("#piano button[data-pitch='64']").click(delay=HELD_MS)
    wait_for(lambda: evening.picture["counts"]["human"] > notes, "a note after the fall")


@pytest.mark.parametrize(("width", "height", "query"), [(390, 844, ""), (1280, 800, ""), (1920, 1080, "?size=stage")])
def test_a_layout_fits_its_screen_and_keeps_nobody_out(
    browser: Browser, evening: Evening, width: int, height: int, query: str
) -> None:
    page = page_of(browser, evening.url + query, width, height)
    page.wait_for_selector("#line[data-state=here]")
    until(page, "() => document.querySelectorAll('#sheet-more [data-cue]').length > 0")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("document.querySelectorAll('[role=tabpanel]').forEach((sheet) => { sheet.hidden = false; })")
    assert serious(page) == []
    page.context.close()


@pytest.mark.parametrize("path", ["pin", "stage"])
def test_neither_pin_nor_picture_keeps_anybody_out(browser: Browser, evening: Evening, path: str) -> None:
    page = page_of(browser, evening.url + path)
    assert serious(page) == []
    page.context.close()


def test_the_picture_draws_every_note_and_changes_its_look_by_cue(browser: Browser, evening: Evening) -> None:
    at_rest(evening)
    page = page_of(browser, evening.url + "stage", 640, 360)
    until(page, "() => Number(document.body.dataset.frames) > 0 && Number(document.body.dataset.cues) > 0")
    before = evening.picture["counts"]["agent"]
    evening.osc("/ctl/mode", "solo")
    wait_for(lambda: evening.picture["counts"]["agent"] > before + 12, "it to play alone")
    at_rest(evening)
    played = evening.picture["counts"]["agent"] - before
    until(page, f"() => Number(document.body.dataset.drawn) === {played}")
    assert page.evaluate("document.body.dataset.missed") == "0"
    assert page.evaluate("document.body.dataset.announced - document.body.dataset.cancelled") == played
    for look in ("orbit", "tide"):
        evening.osc("/ctl/look", look)
        until(page, f"() => document.body.dataset.look === '{look}'")
    assert page.troubles == []  # type: ignore[attr-defined]
    page.context.close()


def test_a_newcomer_is_welcomed_in_three_steps(browser: Browser, evening: Evening) -> None:
    page = page_of(browser, evening.url, welcome=True)
    page.wait_for_selector("#welcome[open]")
    assert page.locator("#welcome li").count() == 3
    assert serious(page) == []
    page.keyboard.press("a")
    page.wait_for_selector("#welcome[data-step='1']")
    page.locator("#welcome [data-output]").first.wait_for()
    press(page.locator("#welcome-next"))
    page.wait_for_selector("#welcome[data-step='2']")
    assert serious(page) == []
    press(page.locator("#welcome-next"))
    page.wait_for_selector("#welcome", state="hidden")
    page.reload()
    page.wait_for_selector("#line[data-state=here]")
    assert not page.locator("#welcome").is_visible()
    page.context.close()


def at_rest(evening: Evening) -> None:
    """Let it listen, and wait until its last note has ended."""
    evening.osc("/ctl/mode", "listen")
    wait_for(lambda: evening.picture["mode"] == "listen" and not evening.picture["held"]["agent"], "it to rest")


def press(button: Locator) -> None:
    """Press a button, without waiting until a busy computer has drawn it."""
    button.dispatch_event("click")


def until(page: Page, script: str) -> None:
    """Wait until a page says yes. Not by Playwright's own waiting, which the page's security policy forbids."""
    wait_for(lambda: page.evaluate(script), script)
