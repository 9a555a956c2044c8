// What the picture knows: read off the public cues and nothing else. Values glide, so that nothing jumps.

import { hueOf, shadeOf, tensionOf } from "./colour.js";

const SHAPES = 8;
const glide = (from, to, seconds, within) => from + (to - from) * (1 - Math.exp(-seconds / within));

/** Cues in, moods out. `strike`, `announce`, `cancel` and `damp` are told to `notes`. */
export class Ear {
  turn = 0.5; light = 0.5; energy = 0; density = 0; tension = 0.2; hue = 0.2; shade = [0.7, 0.12]; beat = 0; silence = 0; state = 0;
  shape = new Float32Array(SHAPES);
  look = "auto";
  words = { chord: "", key: "", section: "" };
  counts = { human: 0, agent: 0, announced: 0, cancelled: 0, missed: 0 };
  #aim = { turn: 0.5, tension: 0.2, hue: 0.2, shade: [0.7, 0.12], energy: 0, shape: new Float32Array(SHAPES) };
  #told = {}; // which cues somebody really sends
  #said = {}; // voice → its own count of notes, as it last said it
  #beatAt = 0; #bpm = 100;

  constructor(notes) { this.notes = notes; }

  hear(address, args, t) {
    const voice = /^\/(?:human|agent\/(\w+))\/note$/.exec(address);
    if (voice) return this.#note(voice[1] ?? "human", args, t);
    const aim = this.#aim;
    switch (address) {
      case "/next/note": this.counts.announced += 1; return this.notes.announce(args, t);
      case "/next/cancel": this.counts.cancelled += 1; return this.notes.cancel(args[0], t);
      case "/human/count": case "/agent/count": return this.#count(address.split("/")[1], args[0]);
      case "/turn": aim.turn = args[0]; break;
      case "/turn/state": this.state = args[0]; if (args[0] === 4) aim.turn = 0.5; break;
      case "/harmony/chord": this.#chord(...args); break;
      case "/harmony/tension": this.#told.tension = true; aim.tension = args[0]; break;
      case "/human/energy": aim.energy = args[0]; break;
      case "/human/density": this.density = args[0]; break;
      case "/clock/tempo": this.#bpm = args[0]; break;
      case "/clock/beat": this.#beatAt = t - (args[0] * 60) / this.#bpm; break;
      case "/silence": this.silence = args[0]; break;
      case "/look": this.look = args[0]; break;
      case "/text/chord": this.words.chord = args[0]; break;
      case "/text/key": this.words.key = args[0]; break;
      case "/text/section": this.words.section = args[0]; break;
      case "/sys/hello": this.#said = {}; break;
      default: this.#shape(address, args[0]);
    }
    return undefined;
  }

  /** Let everything glide to where it is wanted. */
  glide(now, seconds) {
    const aim = this.#aim;
    this.turn = glide(this.turn, aim.turn, seconds, 0.5);
    this.tension = glide(this.tension, aim.tension, seconds, 0.8);
    this.energy = glide(this.energy, Math.max(aim.energy, this.notes.loudness(now)), seconds, 0.3);
    this.hue += (((aim.hue - this.hue + 1.5) % 1) - 0.5) * (1 - Math.exp(-seconds / 0.7)); // the short way round
    this.shade = this.shade.map((value, n) => glide(value, aim.shade[n], seconds, 0.7));
    for (let n = 0; n < SHAPES; n += 1) this.shape[n] = glide(this.shape[n], aim.shape[n], seconds, 0.6);
    this.beat = (((now - this.#beatAt) * this.#bpm) / 60) % 1;
  }

  #note(part, [id, pitch, velocity, , on], t) {
    if (!on) return this.notes.damp(part, id, pitch, t);
    this.counts[part === "human" ? "human" : "agent"] += 1;
    return this.notes.strike(part, id, pitch, velocity, t);
  }

  #count(who, count) {
    // Every voice counts its notes: what we have not seen, we have missed.
    if (this.#said[who] !== undefined && count > this.#said[who] + 1) this.counts.missed += count - this.#said[who] - 1;
    this.#said[who] = count;
  }

  #chord(root, quality) {
    this.#aim.hue = hueOf(root);
    this.#aim.shade = shadeOf(quality);
    if (!this.#told.tension) this.#aim.tension = tensionOf(quality);
  }

  #shape(address, value) {
    const [, kind, number] = /^\/(latent|harmony\/chroma)\/(\d+)$/.exec(address) ?? [];
    if (kind === "latent") { this.#told.latent = true; this.#aim.shape[Number(number) % SHAPES] = value * 2 - 1; }
    // Without a mind that tells its latents the harmony gives the shape.
    else if (kind && !this.#told.latent) this.#aim.shape[(Number(number) * 7) % SHAPES] = value * 1.6 - 0.3;
  }
}
