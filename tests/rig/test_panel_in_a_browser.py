"""A newcomer, a browser, nothing plugged in: the whole panel as a person uses it, on a real performer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import pytest
from playwright.sync_api import Browser, Locator, Page

from agent.play.modes import MODES
from agent.show.cues import IN
from models.music import PARTS
from tests.panel import every_control as hands
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


def test_whatever_is_pressed_once_reaches_the_performer(browser: Browser, evening: Evening) -> None:
    page = ready(browser, evening)
    texts = {"/ctl/words": "dreamy", "/ctl/patch": "0", "/ctl/learn": ""}
    pressed = [address for address in hands.addresses(page) if address not in evening.desk and "program" not in address]
    for address in pressed:
        if page.locator(f"button[data-cue='{address}']").count():
            hands.press(page, address)
        else:
            hands.turn(page, address, [texts[address]] if address in texts else [1, 0])
    assert {"/ctl/tap", "/ctl/again", "/ctl/undo", "/ctl/keep", "/ctl/panic", "/ctl/forget", "/ctl/count_in"} <= set(pressed)
    wait_for(lambda: evening.cues_taken() >= set(pressed), "every press to be in the recording")
    page.context.close()


def test_every_control_turns_the_performer_and_is_turned_by_it(browser: Browser, evening: Evening) -> None:
    page = ready(browser, evening)
    lasting = [address for address in hands.addresses(page) if address in evening.desk or "program" in address]
    for address in lasting:
        by_hand, _ = hands.two_values(address)
        hands.turn(page, address, by_hand)
    for address in lasting:
        by_hand, by_osc = hands.two_values(address)
        if address == "/ctl/loop":  # bars in which nothing was played are not looped: at the bar line it springs back
            wait_for(lambda: "/ctl/loop" in evening.cues_taken(), "the loop to be asked for")
        else:
            wait_for(lambda a=address, v=by_hand: hands.alike(evening.desk.get(a, []), v), f"{address} at {by_hand}")
        evening.osc(address, *by_osc)
    for address in lasting:
        _, by_osc = hands.two_values(address)
        wait_for(lambda a=address, v=by_osc: hands.alike(evening.desk[a], v), f"the performer's {address} at {by_osc}")
        wait_for(lambda a=address, v=by_osc: hands.alike(hands.read(page, a), v), f"the page's {address} at {by_osc}")
    assert len(lasting) >= 35
    page.context.close()


def test_ways_of_playing_and_soloists_are_chosen_both_ways(browser: Browser, evening: Evening) -> None:
    page = ready(browser, evening)
    for mode in MODES:
        page.locator(f"[data-mode='{mode}']").dispatch_event("click")
        wait_for(lambda m=mode: evening.desk["/ctl/mode"] == [m], f"{mode} by hand")
    for mode in MODES:
        evening.osc("/ctl/mode", mode)
        until(page, f"() => document.querySelector('[data-mode={mode}]').getAttribute('aria-checked') === 'true'")
    for part in PARTS:
        page.locator(f"[data-solo='{part}']").dispatch_event("click")
        wait_for(lambda p=part: evening.desk["/ctl/solo"] == [p], f"{part} alone by hand")
    for part in (*PARTS, ""):
        evening.osc("/ctl/solo", part)
        until(page, f"() => (document.querySelector('[data-solo][aria-pressed=true]')?.dataset.solo ?? '') === '{part}'")
    page.context.close()


def test_knobs_that_were_learnt_move_the_controls_on_the_page(browser: Browser, evening: Evening) -> None:
    page = ready(browser, evening)
    for address in ("/ctl/density", "/ctl/temperature", "/ctl/role/bass/level"):
        low, high = IN[address].range_of(0) or (0.0, 1.0)
        evening.osc(address, low + 0.5 * (high - low))
        wait_for(lambda a=address, v=low + 0.5 * (high - low): hands.alike(evening.desk[a], [v]), f"{address} in the middle")
        hands.turn(page, "/ctl/learn", [address])
        places = cycle((0.2, 0.4, 0.6, 0.8))  # through the value as it stands, where it takes hold

        def turned_up(address: str = address, places: Iterator[float] = places, far: float = low + 0.75 * (high - low)) -> bool:
            evening.osc("/in/cc", 74, next(places))
            return bool(evening.desk[address][0] > far)

        wait_for(turned_up, f"the knob to turn {address}")
        wait_for(lambda a=address: hands.alike(hands.read(page, a), [round(evening.desk[a][0], 2)]), f"the page's {address}")
    page.context.close()


def ready(browser: Browser, evening: Evening) -> Page:
    """A page that shows every control."""
    page = page_of(browser, evening.url)
    page.wait_for_selector("#line[data-state=here]")
    until(page, "() => document.querySelectorAll('#sheet-more [data-cue]').length > 0")
    return page


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
