// Notes as light. An announced note sets out at once, so that it arrives on the beat; one that is called off scatters on its way.

const SPARKS = 26; // per note
const MOST = 160; // notes in the air at once
const KEPT_S = 4.5;
const NEVER = 1e9;
const SHAKES_S = 2.5;
const REBASE_S = 900;
const STRINGS = 24; // the last notes, for what vibrates
const PARTS = { human: 0, lead: 1, comp: 2, bass: 3, drums: 4 };

export const LAYOUT = [["a_note", 4], ["a_times", 4], ["a_spark", 4]]; // pitch velocity part sign · birth hit cancel end · three dice and a number

/** Keeps the buffer of sparks true to the cues. All times are session seconds. */
export class Notes {
  #next = 0;
  #known = new Map(); // the agent's id → slot
  #sounding = new Map();
  #zero = null; // times are sent to the card from here on, since half an evening in floats would stutter

  constructor() {
    this.struck = new Float32Array(STRINGS * 4).fill(-1e6); // pitch, when, how hard, part
    this.struck.stride = 4;
    this.points = null;
    this.drawn = 0;
  }

  /** Where sparks are put. */
  take(points) { this.points = points; this.capacity = Math.floor(points.count / SPARKS); }

  /** A session second as the card knows it: counted from not too long ago, since floats are coarse after hours. */
  time(t) { return t - (this.#zero ??= t); }

  /** Now and then the count begins anew. */
  rebase(now) {
    const by = this.time(now);
    if (by < REBASE_S && by > -1) return;
    this.#zero = now;
    for (let n = 0; n < STRINGS; n += 1) this.struck[n * 4 + 1] -= by;
    if (!this.points) return;
    const { data, floats, count } = this.points;
    for (let at = 4; at < data.length; at += floats) for (let n = 0; n < 4; n += 1) data[at + n] -= by;
    this.points.renew(0, count);
  }

  announce([id, pitch, velocity, dt, , part], t) {
    if (this.#known.has(id)) return;
    this.#known.set(id, this.#put(pitch, velocity, part, t, t + dt));
  }

  cancel(id, t) {
    const slot = this.#known.get(id);
    if (slot === undefined) return;
    this.#known.delete(id);
    this.#write(slot, (data, at) => { data[at + 6] = this.time(t); });
  }

  strike(part, id, pitch, velocity, t) {
    const name = `${part}:${id}:${pitch}`;
    const slot = part === "human" ? undefined : this.#known.get(id);
    if (slot === undefined) this.#put(pitch, velocity, part, t, t);
    this.#known.delete(id);
    this.#sounding.set(name, { part, pitch, velocity, begin: t });
    this.struck.copyWithin(4, 0, (STRINGS - 1) * 4);
    this.struck.set([pitch, this.time(t), velocity, PARTS[part] ?? 2]);
    this.drawn += 1;
  }

  /** How many of the last notes still shake what they struck, at an instant as the card knows it. */
  strings(time) {
    let count = 0;
    while (count < STRINGS && time - this.struck[count * 4 + 1] < SHAKES_S) count += 1;
    return count;
  }

  damp(part, id, pitch) { this.#sounding.delete(`${part}:${id}:${pitch}`); }

  /** What sounds now. */
  get sounding() { return [...this.#sounding.values()]; }

  /** How loud it has been lately, 0 to 1. */
  loudness(now) {
    let sum = 0;
    for (let n = 0; n < STRINGS; n += 1) sum += this.struck[n * 4 + 2] > 0 ? this.struck[n * 4 + 2] * Math.exp(-2.5 * Math.max(this.time(now) - this.struck[n * 4 + 1], 0)) : 0;
    return Math.min(1, sum / 2.5);
  }

  /** The session began anew: nothing of the old one is in the air. */
  clear() {
    this.#known.clear();
    this.#sounding.clear();
    this.#zero = null;
    this.struck.fill(-1e6);
    this.points?.data.fill(0);
    this.points?.renew(0, this.points.count);
  }

  #put(pitch, velocity, part, birth, hit) {
    const slot = this.#next;
    this.#next = (slot + 1) % Math.min(MOST, this.capacity ?? MOST);
    this.#write(slot, (data, at, n) => {
      data.set([pitch, velocity, PARTS[part] ?? 2, part === "human" ? -1 : 1], at);
      data.set([this.time(birth), this.time(hit), NEVER, this.time(hit) + KEPT_S], at + 4);
      data.set([Math.random(), Math.random(), Math.random(), n / SPARKS], at + 8);
    });
    return slot;
  }

  #write(slot, change) {
    if (!this.points) return;
    const { data, floats } = this.points;
    for (let n = 0; n < SPARKS; n += 1) change(data, (slot * SPARKS + n) * floats, n);
    this.points.renew(slot * SPARKS, SPARKS);
  }
}

export const SPARKS_IN_ALL = SPARKS * MOST;
