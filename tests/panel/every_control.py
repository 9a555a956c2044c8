"""Hands on the controls of the panel's page: each is turned as a person turns it, and read as a person reads it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from agent.show.cues import IN, CueRow

Values = list[Any]

ALL = "[...new Set([...document.querySelectorAll('[data-cue]')].map((control) => control.dataset.cue))]"
TURN = """([address, values]) => {
  const control = document.querySelector(`[data-cue="${address}"]`);
  const inputs = [...(control.closest(".pair")?.children ?? [control])];
  if (control.tagName === "BUTTON") {
    if ((control.getAttribute("aria-pressed") === "true") !== Boolean(values[0])) control.click();
    return;
  }
  const choice = control.tagName === "SELECT";
  inputs.forEach((input, n) => { input.value = choice ? values.join(" ") : values[n]; });
  for (const kind of ["input", "change"]) inputs.at(-1).dispatchEvent(new Event(kind));
  if (control.tagName === "TEXTAREA") document.getElementById("take-chart").click();
}"""
READ = """(address) => {
  const control = document.querySelector(`[data-cue="${address}"]`);
  if (control.hasAttribute("aria-pressed")) return [Number(control.getAttribute("aria-pressed") === "true")];
  if (control.tagName === "SELECT" && control.value.includes(" ")) return control.value.split(" ").map(Number);
  const inputs = [...(control.closest(".pair")?.children ?? [control])];
  return inputs.map((input) => (["range", "number"].includes(input.type) ? input.valueAsNumber : input.value));
}"""
PRESS = """(address) => { for (const button of document.querySelectorAll(`button[data-cue="${address}"]`)) button.click(); }"""

WORDS: dict[str, tuple[Values, Values]] = {
    "/ctl/style": (["pop 2 hymn 1"], ["hymn 1"]),
    "/ctl/chart": (["A: | Dm7 | G7 |"], ["A: | C | F |\nB: | G7 | C |"]),
    "/ctl/look": (["orbit"], ["tide"]),
    "/ctl/key": ([2, 1], [7, 0]),
    "/ctl/loop": ([2], [0]),
}


def addresses(page: Page) -> list[str]:
    """Every address that the page has a control for."""
    return list(page.evaluate(ALL))


def two_values(address: str) -> tuple[Values, Values]:
    """Two places for a control to stand at, neither of them where it stands at first."""
    if address in WORDS:
        return WORDS[address]
    row: CueRow = IN[address]
    low, high = row.range_of(0) or (0.0, 1.0)
    if row.types == "f":
        near, far = low + 0.25 * (high - low), low + 0.75 * (high - low)
        return ([float(round(near))], [float(round(far))]) if high - low > 8 else ([round(near, 2)], [round(far, 2)])
    if row.types == "ii":
        return [40, 70], [45, 75]
    return ([1], [0]) if high == 1 else ([12], [5])


def turn(page: Page, address: str, values: Values) -> None:
    """Turn a control by hand."""
    page.evaluate(TURN, [address, values])


def read(page: Page, address: str) -> Values:
    """What a control shows."""
    return list(page.evaluate(READ, address))


def press(page: Page, address: str) -> None:
    """Press every button that this address has."""
    page.evaluate(PRESS, address)


def alike(here: Values, there: Values) -> bool:
    """Whether they stand at the same place, as exactly as a slider can."""
    return len(here) == len(there) and all(
        abs(a - b) < 0.011 if isinstance(a, int | float) and isinstance(b, int | float) else a == b
        for a, b in zip(here, there, strict=True)
    )
