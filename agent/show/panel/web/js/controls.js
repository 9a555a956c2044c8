// One control for each cue that turns something: made from the table, shown as the desk has it, both ways.

import { make, write } from "./dom.js";
import { plainName } from "./names.js";

const LEAVE_ALONE_MS = 600; // while a hand turns it, the desk does not pull it back
const round = (value, step) => Number(value.toFixed(step >= 1 ? 0 : 2));

/** Marks a field while something is typed into it that is not sent yet: nobody else's value belongs there then. */
function typedInto(input) {
  input.addEventListener("input", () => { input.typing = true; });
  for (const kind of ["change", "blur"]) input.addEventListener(kind, () => { input.typing = false; });
}

/** Makes controls and keeps them true. */
export class Controls {
  #shown = new Map(); // address → [show, …]
  #touched = new Map(); // address → when a hand was on it

  constructor(line, table) {
    this.line = line;
    this.rows = new Map(table.rows.filter((row) => row.way === "in").map((row) => [row.address, row]));
    this.placed = new Set();
  }

  has(address) { return this.rows.has(address); }

  /** Ask for something, and leave the control alone for a moment. */
  turn(address, ...args) {
    this.#touched.set(address, performance.now());
    return this.line.cue(address, ...args);
  }

  /** Be told what an address stands at. */
  watch(address, show) {
    this.placed.add(address);
    if (!this.#shown.has(address)) this.#shown.set(address, []);
    this.#shown.get(address).push(show);
  }

  /** The desk as it stands: address → arguments. */
  see(desk) {
    for (const [address, args] of Object.entries(desk)) {
      if (performance.now() - (this.#touched.get(address) ?? -Infinity) < LEAVE_ALONE_MS) continue;
      for (const show of this.#shown.get(address) ?? []) show(...args);
    }
  }

  /** The control that fits a row of the table. */
  make(address, name = plainName(address)) {
    const row = this.rows.get(address);
    if (!row) return "";
    this.placed.add(address);
    if (row.types === "") return this.press(address, name);
    if (row.types === "f") return this.#slider(row, name);
    if (row.types === "i" && row.low === 0 && row.high === 1) return this.toggle(address, name);
    if (row.types === "i") return this.#number(row, name);
    if (row.types === "ii") return this.#pair(row, name);
    return this.#text(row, name);
  }

  /** A button that does something once. */
  press(address, name, ...args) {
    this.placed.add(address);
    const button = make("button", { type: "button", title: this.rows.get(address)?.meaning ?? "" }, name);
    button.dataset.cue = address;
    button.onclick = () => this.line.cue(address, ...(args.length ? args : this.rows.get(address)?.types ? [1] : []));
    return button;
  }

  /** A switch that stays where it is. */
  toggle(address, name) {
    const button = make("button", { type: "button", "aria-pressed": "false", title: this.rows.get(address)?.meaning ?? "" }, name);
    button.dataset.cue = address;
    button.onclick = () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      this.turn(address, Number(on));
    };
    this.watch(address, (on) => button.setAttribute("aria-pressed", String(Boolean(on))));
    return button;
  }

  #slider(row, name) {
    const low = row.low ?? 0, high = row.high ?? 1, step = high - low > 8 ? 1 : 0.01;
    const input = make("input", { type: "range", min: low, max: high, step, ariaLabel: name });
    const output = make("output", {}, "–");
    const told = (value) => write(output, String(round(value, step)));
    input.dataset.cue = row.address;
    input.oninput = () => { told(input.valueAsNumber); this.turn(row.address, input.valueAsNumber); };
    this.watch(row.address, (value) => { if (input.valueAsNumber !== round(value, step)) input.value = value; told(value); });
    return this.#line(row, name, input, output);
  }

  #number(row, name) {
    const input = make("input", { type: "number", min: row.low ?? 0, max: row.high ?? 127, step: 1, value: row.low ?? 0, ariaLabel: name });
    input.dataset.cue = row.address;
    typedInto(input);
    input.onchange = () => { if (input.checkValidity() && input.value !== "") this.turn(row.address, input.valueAsNumber); };
    this.watch(row.address, (value) => { if (!input.typing) input.value = value; });
    return this.#line(row, name, input);
  }

  #pair(row, name) {
    const inputs = row.names.split(" ").map((word) => make("input", { type: "number", min: row.low ?? 0, max: row.high ?? 127, step: 1, value: row.low ?? 0, ariaLabel: `${name}, ${word}` }));
    const send = () => { if (inputs.every((input) => input.checkValidity() && input.value !== "")) this.turn(row.address, ...inputs.map((input) => input.valueAsNumber)); };
    for (const input of inputs) { typedInto(input); input.onchange = send; }
    inputs[0].dataset.cue = row.address;
    this.watch(row.address, (...values) => values.forEach((value, n) => { if (inputs[n] && !inputs[n].typing) inputs[n].value = value; }));
    return this.#line(row, name, make("span.pair", {}, ...inputs));
  }

  #text(row, name) {
    const input = make("input", { type: "text", maxLength: 240, ariaLabel: name, autocomplete: "off" });
    input.dataset.cue = row.address;
    typedInto(input);
    input.onchange = () => this.turn(row.address, input.value);
    this.watch(row.address, (value) => { if (!input.typing) input.value = value; });
    return this.#line(row, name, input);
  }

  #line(row, name, ...parts) {
    return make("div.control", { title: row.meaning }, make("span.name", { ariaHidden: "true" }, name), ...parts);
  }
}
