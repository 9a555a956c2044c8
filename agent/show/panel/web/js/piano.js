// The piano on the screen: fingers, mouse, and the letters of the computer's keyboard.

import { find, make, typing, write } from "./dom.js";
import { isBlack, pitchName } from "./names.js";

const LETTERS = "awsedftgyhujkolp;"; // C, C sharp, D … from the left of the home row
const LOWEST = 24, HIGHEST = 96;

/** Calls `press(pitch, velocity)` and `lift(pitch)`. */
export class Piano {
  #down = new Map(); // finger or letter → pitch
  #buttons = new Map();

  constructor(element, hands) {
    this.element = element;
    this.hands = hands;
    this.low = 48;
    this.#lay();
    addEventListener("resize", () => this.#lay());
    element.addEventListener("pointerdown", (event) => this.#touch(event));
    element.addEventListener("pointermove", (event) => this.#slide(event));
    for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, (event) => this.#up(event.pointerId));
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("keydown", (event) => this.#walk(event));
    addEventListener("keydown", (event) => this.#letter(event));
    addEventListener("keyup", (event) => this.#up(event.code));
    addEventListener("blur", () => this.lift());
    document.addEventListener("visibilitychange", () => document.hidden && this.lift());
    find("lower").onclick = () => this.move(-12);
    find("higher").onclick = () => this.move(12);
  }

  /** Show other octaves. */
  move(by) {
    this.lift();
    this.low = Math.min(Math.max(this.low + by, LOWEST), HIGHEST - this.octaves * 12);
    this.#lay();
  }

  /** Light the keys that sound, and mark those that will. */
  show(held, soon) {
    for (const [pitch, button] of this.#buttons) {
      const you = held.human.has(pitch), agent = held.agent.has(pitch), next = soon.has(pitch);
      button.classList.toggle("you", you);
      button.classList.toggle("agent", agent);
      button.classList.toggle("next", next);
      write(button.firstChild, agent ? "◆" : you ? "●" : next ? "◇" : "");
    }
  }

  /** Every finger off. */
  lift() { for (const finger of [...this.#down.keys()]) this.#up(finger); }

  get octaves() { return this.element.clientWidth < 560 ? 2 : this.element.clientWidth < 1100 ? 3 : 4; }

  #lay() {
    const pitches = Array.from({ length: this.octaves * 12 + 1 }, (_, step) => this.low + step);
    const signature = `${this.low}:${pitches.length}`;
    if (signature === this.signature) return;
    this.signature = signature;
    const whites = pitches.filter((pitch) => !isBlack(pitch)).length;
    this.element.style.setProperty("--black", `${60 / whites}%`);
    this.#buttons = new Map(pitches.map((pitch) => [pitch, this.#button(pitch)]));
    this.element.replaceChildren(...this.#buttons.values());
    this.#buttons.get(Math.min(this.low + 12, pitches.at(-1))).tabIndex = 0;
    write(find("range"), `${pitchName(pitches[0])} to ${pitchName(pitches.at(-1))}`);
  }

  #button(pitch) {
    const name = pitch % 12 === 0 ? pitchName(pitch) : "";
    const button = make(isBlack(pitch) ? "button.black" : "button", { type: "button", tabIndex: -1, "aria-label": pitchName(pitch) }, make("span.mark", { ariaHidden: "true" }), make("span", { ariaHidden: "true" }, name));
    button.dataset.pitch = pitch;
    return button;
  }

  #at(event) {
    const button = document.elementFromPoint(event.clientX, event.clientY)?.closest("#piano button");
    if (!button) return null;
    const box = button.getBoundingClientRect();
    // As on a real key, the nearer to its end the louder.
    return [Number(button.dataset.pitch), Math.round(45 + 70 * Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1))];
  }

  #touch(event) {
    if (event.button) return;
    const key = this.#at(event);
    event.target.releasePointerCapture?.(event.pointerId);
    if (key) this.#press(event.pointerId, ...key);
  }

  #slide(event) {
    if (!this.#down.has(event.pointerId)) return;
    const key = this.#at(event);
    if (key?.[0] === this.#down.get(event.pointerId)) return;
    this.#up(event.pointerId);
    if (key) this.#press(event.pointerId, ...key);
  }

  #letter(event) {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]:not(#welcome)")) return;
    const step = LETTERS.indexOf(event.key.toLowerCase());
    if (step >= 0 && event.key.length === 1) this.#press(event.code, this.low + 12 + step, event.shiftKey ? 110 : 84);
    else if (event.key.toLowerCase() === "z") this.move(-12);
    else if (event.key.toLowerCase() === "x") this.move(12);
  }

  #walk(event) {
    const here = Number(document.activeElement.dataset.pitch);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 12, ArrowDown: -12 }[event.key];
    if (step) {
      const there = this.#buttons.get(here + step);
      if (there) { document.activeElement.tabIndex = -1; there.tabIndex = 0; there.focus(); }
      event.preventDefault();
    } else if ((event.key === " " || event.key === "Enter") && !event.repeat) {
      this.#press(event.code, here, 84);
      event.preventDefault();
    }
  }

  #press(finger, pitch, velocity) {
    if (this.#down.has(finger)) return;
    this.#down.set(finger, pitch);
    this.hands.press(pitch, velocity);
  }

  #up(finger) {
    const pitch = this.#down.get(finger);
    if (pitch === undefined) return;
    this.#down.delete(finger);
    if (![...this.#down.values()].includes(pitch)) this.hands.lift(pitch);
  }
}
