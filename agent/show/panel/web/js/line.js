// The live socket: what happens comes in here, what people want goes out. It calls again by itself, for ever.

import { SessionClock } from "./clock.js";

const LOOK_MS = 15;
const CALL_AGAIN_MS = [200, 400, 800, 1500];

/** Tells `cue` (address, arguments, t), `picture`, `stage` ("here", "away" or "lost"), `say`, `log` and `open` to whoever listens. */
export class Line {
  clock = new SessionClock();
  counts = { cues: 0, opened: 0 };
  #ears = new Map();
  #socket = null;
  #tries = 0;
  #picture = null;
  #looking = null;

  constructor(path = "socket") {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.url = url.href;
    addEventListener("pagehide", () => this.#socket?.close());
    addEventListener("online", () => this.#call());
  }

  open() { this.#call(); return this; }

  on(kind, hear) {
    if (!this.#ears.has(kind)) this.#ears.set(kind, []);
    this.#ears.get(kind).push(hear);
    return this;
  }

  get connected() { return this.#socket?.readyState === WebSocket.OPEN; }

  /** Ask for something of the cue table; false when nobody is there to hear it. Never kept for later: a late panic helps nobody. */
  cue(address, ...args) { return this.#send({ cue: [address, ...args] }); }

  /** Press a key (velocity 1 to 127) or lift it (0). */
  key(pitch, velocity) { return this.#send({ key: [pitch, velocity] }); }

  #send(message) {
    if (!this.connected) { this.#tell("say", "not connected; trying again"); return false; }
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #call() {
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    const socket = this.#socket = new WebSocket(this.url);
    socket.onopen = () => { this.#tries = 0; this.counts.opened += 1; this.#tell("open"); };
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = () => {
      this.#tell("stage", "lost");
      const wait = CALL_AGAIN_MS[Math.min(this.#tries, CALL_AGAIN_MS.length - 1)];
      this.#tries += 1;
      setTimeout(() => this.#call(), wait);
    };
  }

  #hear(message) {
    if (message.cues) {
      this.clock.hear(message.t);
      this.counts.cues += message.cues.length;
      for (const [address, ...args] of message.cues) this.#tell("cue", address, args, message.t);
    }
    if (message.picture) {
      // Only the newest counts: a page that is short of time must not fall behind.
      this.#picture = message.picture;
      this.#looking ??= setTimeout(() => { this.#looking = null; this.#tell("picture", this.#picture); }, LOOK_MS);
    }
    for (const kind of ["stage", "say", "log"]) if (kind in message) this.#tell(kind, message[kind]);
  }

  #tell(kind, ...what) { for (const hear of this.#ears.get(kind) ?? []) hear(...what); }
}
