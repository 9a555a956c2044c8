// The session's clock as seen from this page. Seconds, all of them.

const REMEMBERED_S = 12;

/** Turns session seconds into this page's own (performance.now() / 1000). The quickest message of the last while is nearest to the truth. */
export class SessionClock {
  #slices = []; // [page second, least offset seen in it]

  /** A message that was said at session second `t` has just come in. */
  hear(t, here = performance.now() / 1000) {
    const offset = here - t;
    if (this.known && Math.abs(offset - this.offset) > 3) this.#slices = []; // another performer, with a clock of its own
    const slice = Math.floor(here);
    const last = this.#slices.at(-1);
    if (last && last[0] === slice) last[1] = Math.min(last[1], offset);
    else this.#slices.push([slice, offset]);
    while (this.#slices.length > 1 && this.#slices[0][0] < slice - REMEMBERED_S) this.#slices.shift();
    this.offset = Math.min(...this.#slices.map(([, least]) => least));
  }

  get known() { return this.#slices.length > 0; }

  /** Session seconds now. */
  now() { return performance.now() / 1000 - (this.offset ?? 0); }

  /** This page's seconds at a session second. */
  here(t) { return t + (this.offset ?? 0); }
}
