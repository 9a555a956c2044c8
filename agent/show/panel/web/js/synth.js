// Sound in the browser, for those with nothing installed. The agent's notes are put down ahead of time, as the cues tell of them.

import { INSTRUMENTS } from "./instruments.js";

const SAFETY_S = 0.03; // notes that come without warning are this late at most, and evenly so
const MOST_VOICES = 48;
const PLACES = { human: -0.25, comp: 0.22, lead: 0.35, bass: 0, drums: 0.1 };

/** Plays cues. `start` needs a gesture of the player's: browsers are silent before one. */
export class Synth {
  audio = null;
  #clock;
  #buses = {};
  #planned = new Map(); // the agent's note id → { voice, begun }
  #human = new Map(); // pitch → voice
  #own = new Map(); // pitch → how often it was struck here and has not come back as a cue
  #voices = [];

  constructor(clock) { this.#clock = clock; }

  get on() { return this.audio?.state === "running"; }

  /** How loud it is just now, 0 to 1. */
  get level() {
    if (!this.on) return 0;
    this.meter.getFloatTimeDomainData(this.samples);
    return Math.sqrt(this.samples.reduce((sum, one) => sum + one * one, 0) / this.samples.length);
  }

  async start() {
    if (!this.audio) this.#build();
    await this.audio.resume();
    return this.on;
  }

  async stop() { await this.audio?.suspend(); }

  /** How loud each part is, as the desk has it. */
  mix(desk) {
    for (const [part, bus] of Object.entries(this.#buses)) {
      const level = desk[`/ctl/role/${part}/level`]?.[0];
      if (level !== undefined) bus.gain.setTargetAtTime(level, this.audio.currentTime, 0.02);
    }
  }

  /** A key of this page: it sounds at once. */
  press(pitch, velocity) {
    if (!this.on) return;
    this.#own.set(pitch, (this.#own.get(pitch) ?? 0) + 1);
    this.#strike(pitch, velocity / 127, this.audio.currentTime);
  }

  lift(pitch) { this.#damp(pitch); }

  hear(address, args, t) {
    if (!this.on) return;
    if (address === "/next/note") this.#announce(args, t);
    else if (address === "/next/cancel") this.#cancel(args[0]);
    else if (address === "/human/note") this.#heard(args, t);
    else {
      const part = /^\/agent\/(\w+)\/note$/.exec(address)?.[1];
      if (part) this.#agent(part, args, t);
    }
  }

  hush() {
    for (const { voice } of this.#planned.values()) voice.cancel();
    for (const pitch of [...this.#human.keys()]) this.#damp(pitch);
    this.#planned.clear();
    this.#own.clear();
  }

  #announce([id, pitch, velocity, dt, , part], t) {
    if (this.#planned.has(id)) return;
    this.#planned.set(id, { voice: this.#sound(part, pitch, velocity, this.#when(t + dt)), begun: false });
  }

  #cancel(id) {
    const planned = this.#planned.get(id);
    if (planned && !planned.begun) { planned.voice.cancel(); this.#planned.delete(id); }
  }

  #agent(part, [id, pitch, velocity, , on], t) {
    const planned = this.#planned.get(id);
    if (on && planned) planned.begun = true;
    else if (on) this.#planned.set(id, { voice: this.#sound(part, pitch, velocity, this.#when(t)), begun: true });
    else if (planned) { planned.voice.stop(this.#when(t)); this.#planned.delete(id); }
  }

  #heard([, pitch, velocity, , on], t) {
    const own = this.#own.get(pitch) ?? 0;
    if (on && own) this.#own.set(pitch, own - 1); // it sounded when it was struck
    else if (on) this.#strike(pitch, velocity, this.#when(t));
    else this.#damp(pitch);
  }

  #strike(pitch, velocity, at) {
    this.#damp(pitch);
    this.#human.set(pitch, this.#sound("human", pitch, velocity, at));
  }

  #damp(pitch) {
    this.#human.get(pitch)?.stop(this.audio.currentTime);
    this.#human.delete(pitch);
  }

  #when(t) {
    return Math.max(this.audio.currentTime, this.audio.currentTime + this.#clock.here(t) - performance.now() / 1000 + SAFETY_S);
  }

  #sound(part, pitch, velocity, at) {
    const voice = (INSTRUMENTS[part] ?? INSTRUMENTS.comp)(this.audio, this.#buses[part] ?? this.#buses.comp, { pitch, velocity, at });
    this.#voices.push(voice);
    if (this.#voices.length > MOST_VOICES) this.#voices.shift().stop(at);
    return voice;
  }

  #build() {
    const audio = this.audio = new AudioContext({ latencyHint: "interactive" });
    const out = audio.createDynamicsCompressor(), dry = audio.createGain(), wet = audio.createGain(), room = audio.createConvolver();
    this.meter = audio.createAnalyser();
    this.meter.fftSize = 1024;
    this.samples = new Float32Array(this.meter.fftSize);
    room.buffer = reverberation(audio, 1.9);
    wet.gain.value = 0.22;
    dry.connect(out);
    dry.connect(room).connect(wet).connect(out);
    out.connect(this.meter).connect(audio.destination);
    for (const [part, place] of Object.entries(PLACES)) {
      const bus = audio.createGain(), pan = audio.createStereoPanner();
      pan.pan.value = place;
      bus.connect(pan).connect(dry);
      this.#buses[part] = bus;
    }
  }
}

/** A room made of noise that dies away. */
function reverberation(audio, seconds) {
  const length = Math.round(audio.sampleRate * seconds), buffer = audio.createBuffer(2, length, audio.sampleRate);
  for (const channel of [0, 1]) {
    const data = buffer.getChannelData(channel);
    let soft = 0;
    for (let n = 0; n < length; n += 1) {
      soft += ((Math.random() * 2 - 1) - soft) * 0.45; // walls swallow what is high
      data[n] = soft * (1 - n / length) ** 3;
    }
  }
  return buffer;
}
