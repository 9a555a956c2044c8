// The controls, sheet by sheet: play, knobs, parts. What the table has and no sheet names comes under "more".

import { make } from "./dom.js";
import { KEYS, MODES, PARTS } from "./names.js";

const KNOBS = ["density", "energy", "temperature", "follow", "surprise", "length", "humanize", "velocity_max", "polyphony", "tempo"];
const ELSEWHERE = ["/ctl/mode", "/ctl/solo", "/ctl/key", "/ctl/chart", "/ctl/section", "/ctl/look"];

/** How it plays. */
export function playSheet(controls, modes) {
  const when = make("select", { ariaLabel: "when another way of playing is taken up" }, ...["now", "beat", "bar"].map((word) => make("option", { value: word }, word === "now" ? "at once" : `on the next ${word}`)));
  const buttons = modes.map((mode, n) => {
    const button = make("button", { type: "button", role: "radio", "aria-checked": "false" }, mode.replace("_", " "), make("small", {}, MODES[mode] ?? ""));
    button.dataset.mode = mode;
    button.title = n < 9 ? `${n + 1} on the keyboard` : "";
    button.onclick = () => controls.turn("/ctl/mode", mode, when.value);
    return button;
  });
  controls.watch("/ctl/mode", (name) => { for (const button of buttons) button.setAttribute("aria-checked", String(button.dataset.mode === name)); });
  const looks = controls.has("/ctl/look") ? [lookChoice(controls)] : [];
  return make("div.sheet", {}, make("div.group", {}, make("div.modes", { role: "radiogroup", "aria-label": "How it plays" }, ...buttons)),
    make("label.row", {}, "changes ", when), make("div.group", {}, make("h2", {}, "Beat"), make("div.row", {}, controls.press("/ctl/tap", "Tap (T to the beat)"), ...["/ctl/turn"].filter((a) => controls.has(a)).flatMap((a) => [controls.press(a, "Answer now", 1), controls.press(a, "My turn", 0)]), controls.toggle("/ctl/mute", "Rest")), controls.make("/ctl/tempo")), ...looks);
}

function lookChoice(controls) {
  const select = make("select", { ariaLabel: "look of the picture" });
  select.dataset.cue = "/ctl/look";
  import("../stage/names.js").then(({ LOOKS }) => select.append(...LOOKS.map((look) => make("option", { value: look }, look))));
  select.onchange = () => controls.turn("/ctl/look", select.value);
  controls.watch("/ctl/look", (look) => { select.value = look; });
  return make("div.group", {}, make("h2", {}, "Picture"), make("label.row", {}, "look ", select));
}

/** How freely, how much, how loud. */
export function knobSheet(controls) {
  const known = KNOBS.map((name) => `/ctl/${name}`).filter((address) => controls.has(address) && address !== "/ctl/tempo");
  return make("div.sheet", {}, make("div.group", {}, ...known.map((address) => controls.make(address))));
}

/** One strip a part. */
export function partSheet(controls) {
  const strips = PARTS.map((part) => {
    const solo = make("button", { type: "button", "aria-pressed": "false", ariaLabel: `${part} alone` }, "Solo");
    solo.dataset.solo = part;
    solo.onclick = () => controls.turn("/ctl/solo", solo.getAttribute("aria-pressed") === "true" ? "" : part);
    controls.watch("/ctl/solo", (alone) => solo.setAttribute("aria-pressed", String(alone === part)));
    const mute = controls.toggle(`/ctl/role/${part}/mute`, "Mute");
    mute.ariaLabel = `${part} rests`;
    const more = [...controls.rows.keys()].filter((address) => address.startsWith(`/ctl/role/${part}/`) && !address.endsWith("/mute"));
    const strip = make("section.strip", { "aria-label": part }, make("header", {}, make("h3", {}, part), mute, solo), ...more.map((address) => named(controls.make(address), part)));
    strip.dataset.part = part;
    return strip;
  });
  return make("div.sheet", {}, ...strips);
}

function named(element, part) {
  for (const input of element.querySelectorAll("input")) input.ariaLabel = `${part}: ${input.ariaLabel}`;
  return element;
}

/** Hold a key, and how strictly. */
export function keyChoice(controls) {
  const select = make("select", { ariaLabel: "key" }, ...KEYS.map(([tonic, mode, name]) => make("option", { value: `${tonic} ${mode}` }, name)));
  select.dataset.cue = "/ctl/key";
  select.onchange = () => controls.turn("/ctl/key", ...select.value.split(" ").map(Number));
  controls.watch("/ctl/key", (tonic, mode) => { select.value = tonic < 0 ? "-1 0" : `${tonic} ${mode}`; });
  return make("div.control", {}, make("span.name", { ariaHidden: "true" }, "key"), select);
}

/** Whatever the table has besides. */
export function moreSheet(controls, taken) {
  const rest = [...controls.rows.keys()].filter((address) => address.startsWith("/ctl/") && !controls.placed.has(address) && !ELSEWHERE.includes(address) && !taken.includes(address));
  return make("div.sheet", {}, make("div.group", {}, ...rest.map((address) => controls.make(address))));
}
