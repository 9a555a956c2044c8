// Both hands as this page has heard them: notes that sound and have sounded, the plan, and what was taken back of it.

const KEPT_S = 14;
const MENDED_S = 1.6;
const WHOLE_PLAN = 64; // the performer shows at most so many planned notes

/** Everything is in session seconds. */
export class Score {
  notes = []; // { who, part, pitch, velocity, begin, end }
  plan = new Map(); // id → { begin, end, pitch, part, since }
  mended = []; // planned notes that were taken back, with `at`
  #sounding = new Map();
  #whole = true;

  hear(address, args, t) {
    const voice = /^\/(human|agent\/(\w+))\/note$/.exec(address);
    if (voice) this.#note(voice[2] ?? "human", args, t);
  }

  /** The plan as a picture has it. What is missing, and has not sounded, was taken back. */
  see(picture) {
    const { now, planned } = picture;
    const seen = new Map();
    for (const [dt, length, pitch, part, id] of planned) {
      const known = this.plan.get(id);
      seen.set(id, { begin: now + dt, end: now + dt + Math.min(length, 30), pitch, part, since: known?.since ?? now });
    }
    const whole = planned.length < WHOLE_PLAN;
    for (const [id, note] of this.plan) {
      if (whole && this.#whole && !seen.has(id) && note.begin > now + 0.06) this.mended.push({ ...note, at: now });
    }
    this.#whole = whole;
    this.plan = seen;
    this.#forget(now);
  }

  /** The performer is gone: what it held, it holds no more. */
  clear(now) {
    for (const note of this.#sounding.values()) note.end = now;
    this.#sounding.clear();
    this.plan.clear();
  }

  /** Pitches that sound now: you, and the agent. */
  held() {
    const held = { human: new Set(), agent: new Set() };
    for (const note of this.#sounding.values()) held[note.who].add(note.pitch);
    return held;
  }

  #note(part, [id, pitch, velocity, , on], t) {
    const name = `${part}:${id}:${pitch}`;
    if (on) {
      const note = { who: part === "human" ? "human" : "agent", part, pitch, velocity, begin: t, end: null };
      this.notes.push(note);
      this.#sounding.set(name, note);
      return;
    }
    const note = this.#sounding.get(name);
    if (note) { note.end = t; this.#sounding.delete(name); }
  }

  #forget(now) {
    if (this.notes.length && (this.notes[0].end ?? now) < now - KEPT_S) this.notes = this.notes.filter((n) => (n.end ?? now) > now - KEPT_S);
    this.mended = this.mended.filter((note) => note.at > now - MENDED_S && note.at <= now + 1);
  }
}
