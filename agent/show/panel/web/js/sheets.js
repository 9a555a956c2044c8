// The controls, sheet by sheet: play, knobs, parts. What the table has and no sheet names comes under "more".

import { make } from "./dom.js";
import { KEYS, LOOKS, MODES, PARTS, plainName } from "./names.js";

const KNOBS = ["density", "energy", "temperature", "follow", "surprise", "length", "humanize", "register", "style", "velocity_max", "polyphony", "tempo"];
const ELSEWHERE = ["/ctl/mode", "/ctl/solo", "/ctl/key", "/ctl/chart", "/ctl/section", "/ctl/scale"];

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
  const select = make("select", { ariaLabel: "look of the picture" }, ...Object.entries(LOOKS).map(([look, words]) => make("option", { value: look }, `${look}: ${words}`)));
  select.dataset.cue = "/ctl/look";
  select.onchange = () => controls.turn("/ctl/look", select.value);
  controls.watch("/ctl/look", (look) => { select.value = look; });
  return make("div.group", {}, make("h2", {}, "Picture"), make("label.row", {}, "look ", select));
}

/** How freely, how much, how loud. */
export function knobSheet(controls) {
  const known = KNOBS.map((name) => `/ctl/${name}`).filter((address) => controls.has(address) && address !== "/ctl/tempo");
  const vary = [...controls.rows.keys()].filter((address) => address === "/ctl/variation" || address.startsWith("/ctl/latent/"));
  return make("div.sheet", {}, make("div.group", {}, ...known.map((address) => controls.make(address))),
    make("div.group", {}, make("h2", {}, "Vary"), ...vary.map((address) => controls.make(address))));
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

/** Whatever the table has besides; what the desk holds no value for is pressed, not switched. */
export function moreSheet(controls, desk) {
  const rest = [...controls.rows.values()].filter(({ address }) => address.startsWith("/ctl/") && !controls.placed.has(address) && !ELSEWHERE.includes(address));
  const button = ({ address, types, low, high }) => types === "i" && low === 0 && high === 1 && !(address in desk);
  return make("div.sheet", {}, make("div.row", {}, ...rest.filter(button).map(({ address }) => controls.press(address, plainName(address)))), make("div.group", {}, ...rest.filter((row) => !button(row)).map(({ address }) => controls.make(address))));
}
