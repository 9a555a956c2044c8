// How it is: latency, health, restarts, what was said.

import { make, write } from "./dom.js";
import { HEALTH } from "./names.js";

const KEPT = 200;

/** The sheet that tells a technician everything, and what is heard of it. */
export class Status {
  #cells = {};
  #log = make("ul");

  constructor(line) {
    const rows = ["model", "lateness of notes", "model answers in", "notes are fixed", "notes", "dropped", "restarts", "pages open"];
    this.sheet = make("div.sheet", {}, make("table", {}, make("tbody", {}, ...rows.map((name) => make("tr", {}, make("th", { scope: "row" }, name), this.#cells[name] = make("td.number", {}, "–"))))), make("h2", {}, "Log"), make("div", { id: "log", tabIndex: 0, role: "log", "aria-label": "What happened" }, this.#log));
    line.on("picture", (picture) => this.#see(picture));
    line.on("cue", (address, args, t) => this.#hear(address, args, t));
    line.on("say", (sentence) => this.#add(null, sentence, true));
    line.on("stage", (where) => this.#add(null, { here: "the performer is there", away: "the performer is away", lost: "the panel is away" }[where], where !== "here"));
    line.on("log", (lines) => { for (const [t, sentence, bad] of lines) this.#add(t, sentence, bad); });
  }

  #see({ health, late_ms: late, answer_ms: answer, commit_beats: commit, counts, restarts, guests }) {
    const cells = this.#cells;
    write(cells.model, HEALTH[health] ?? "–");
    cells.model.className = "number health";
    cells.model.dataset.health = health;
    write(cells["lateness of notes"], `p50 ${late.p50.toFixed(2)} · p95 ${late.p95.toFixed(2)} · p99 ${late.p99.toFixed(2)} · worst ${late.max.toFixed(2)} ms`);
    write(cells["model answers in"], `${answer} ms (p95)`);
    write(cells["notes are fixed"], `${commit} beats ahead`);
    write(cells.notes, `you ${counts.human}, Antiphon ${counts.agent}`);
    write(cells.dropped, `${counts.dropped_late} too late, ${counts.unknown_cues} unknown cues`);
    if (restarts) write(cells.restarts, Object.entries(restarts).map(([who, n]) => `${who} ${n}`).join(", "));
    if (guests) write(cells["pages open"], String(guests));
  }

  #hear(address, args, t) {
    if (address === "/sys/error") this.#add(t, args[0], true);
    else if (address === "/sys/midi") this.#add(t, `${args[1]} ${args[0] ? "is plugged in" : "is away"}`, !args[0]);
    else if (address === "/mode" && args[0] !== this.mode) { this.mode = args[0]; this.#add(t, `plays ${args[0].replace("_", " ")}`); }
  }

  #add(t, sentence, bad = false) {
    if (this.#log.firstChild?.dataset.sentence === sentence) return;
    const entry = make(bad ? "li.bad" : "li", {}, make("time", {}, t === null ? new Date().toLocaleTimeString() : `${t.toFixed(1)} s`), sentence);
    entry.dataset.sentence = sentence;
    this.#log.prepend(entry);
    while (this.#log.childElementCount > KEPT) this.#log.lastChild.remove();
  }
}
