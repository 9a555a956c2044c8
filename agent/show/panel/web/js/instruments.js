// One instrument a part, made of a few oscillators each. Every one returns { stop(at), cancel() }; times are the audio context's.

const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/** A gain that rises at once, falls slowly, and is let go. */
function envelope(audio, to, { at, peak, attack, decay, sustain = 0.0001, release }) {
  const gain = audio.createGain();
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(Math.max(peak, 0.001), at + attack);
  gain.gain.exponentialRampToValueAtTime(Math.max(peak * sustain, 0.0001), at + attack + decay);
  gain.connect(to);
  return { gain, release };
}

function voice(audio, { gain, release }, sources, at) {
  for (const source of sources) source.start(at);
  sources[0].onended = () => { gain.disconnect(); for (const source of sources) source.disconnect(); };
  const end = (when, fall) => {
    const from = Math.max(when, audio.currentTime);
    if (gain.gain.cancelAndHoldAtTime) gain.gain.cancelAndHoldAtTime(from);
    else gain.gain.cancelScheduledValues(from);
    gain.gain.setTargetAtTime(0.00001, from, fall / 4);
    for (const source of sources) source.stop(from + fall);
  };
  return {
    stop: (when) => end(Math.max(when, at + 0.03), release),
    cancel: () => { if (audio.currentTime < at) for (const source of sources) source.stop(0); else end(audio.currentTime, 0.03); },
  };
}

function oscillator(audio, type, frequency, detune = 0) {
  const one = audio.createOscillator();
  one.type = type;
  one.frequency.value = frequency;
  one.detune.value = detune;
  return one;
}

/** An electric piano: a sine that is shaken by another, and a tine that rings for a moment. */
export function electricPiano(audio, to, { pitch, velocity, at }) {
  const tone = hertz(pitch), body = oscillator(audio, "sine", tone), shaker = oscillator(audio, "sine", tone), tine = oscillator(audio, "sine", tone * 14);
  const shake = audio.createGain(), ring = audio.createGain();
  shake.gain.setValueAtTime(tone * (0.3 + 1.9 * velocity), at);
  shake.gain.setTargetAtTime(tone * 0.25, at, 0.5);
  ring.gain.setValueAtTime(tone * 0.5 * velocity, at);
  ring.gain.setTargetAtTime(0, at, 0.06);
  shaker.connect(shake).connect(body.frequency);
  tine.connect(ring).connect(body.frequency);
  const shape = envelope(audio, to, { at, peak: 0.05 + 0.3 * velocity ** 1.4, attack: 0.004, decay: Math.min(6, 220 / pitch), release: 0.22 });
  body.connect(shape.gain);
  return voice(audio, shape, [body, shaker, tine], at);
}

/** A reed that sings: two saws a little apart behind a filter, with a slow vibrato. */
export function reed(audio, to, { pitch, velocity, at }) {
  const tone = hertz(pitch), one = oscillator(audio, "sawtooth", tone, -5), two = oscillator(audio, "triangle", tone, 6), sway = oscillator(audio, "sine", 5.2);
  const filter = audio.createBiquadFilter(), depth = audio.createGain();
  filter.type = "lowpass";
  filter.Q.value = 1.2;
  filter.frequency.setValueAtTime(tone * 1.5, at);
  filter.frequency.linearRampToValueAtTime(tone * (2.2 + 4 * velocity), at + 0.09);
  depth.gain.setValueAtTime(0, at);
  depth.gain.linearRampToValueAtTime(9, at + 0.6);
  sway.connect(depth);
  depth.connect(one.detune);
  depth.connect(two.detune);
  const shape = envelope(audio, to, { at, peak: 0.03 + 0.13 * velocity, attack: 0.025, decay: 2.5, sustain: 0.55, release: 0.18 });
  one.connect(filter);
  two.connect(filter);
  filter.connect(shape.gain);
  return voice(audio, shape, [one, two, sway], at);
}

/** A round bass. */
export function bass(audio, to, { pitch, velocity, at }) {
  const tone = hertz(pitch), body = oscillator(audio, "triangle", tone), edge = oscillator(audio, "sawtooth", tone, 4), filter = audio.createBiquadFilter();
  filter.type = "lowpass";
  filter.frequency.setValueAtTime(tone * (4 + 6 * velocity), at);
  filter.frequency.setTargetAtTime(tone * 2, at, 0.12);
  const shape = envelope(audio, to, { at, peak: 0.14 + 0.34 * velocity, attack: 0.006, decay: 2.2, sustain: 0.25, release: 0.09 });
  body.connect(filter);
  edge.connect(filter);
  filter.connect(shape.gain);
  return voice(audio, shape, [body, edge], at);
}

const noises = new WeakMap();

function noise(audio) {
  if (!noises.has(audio)) {
    const buffer = audio.createBuffer(1, audio.sampleRate, audio.sampleRate), data = buffer.getChannelData(0);
    for (let n = 0; n < data.length; n += 1) data[n] = Math.random() * 2 - 1;
    noises.set(audio, buffer);
  }
  const source = audio.createBufferSource();
  source.buffer = noises.get(audio);
  source.loop = true;
  return source;
}

// General MIDI's drums: [what is struck, tone in Hz, filter in Hz, length in seconds]
const KICK = ["skin", 52, 0, 0.28], SNARE = ["snare", 190, 1800, 0.17], HAT = ["metal", 0, 8000, 0.05], OPEN = ["metal", 0, 7000, 0.4], CYMBAL = ["metal", 0, 5200, 1.1];
const DRUMS = { 35: KICK, 36: KICK, 37: ["snare", 420, 2600, 0.05], 38: SNARE, 39: ["snare", 0, 1300, 0.12], 40: SNARE, 42: HAT, 44: HAT, 46: OPEN, 49: CYMBAL, 51: ["metal", 0, 6200, 0.6], 52: CYMBAL, 53: ["metal", 0, 9000, 0.5], 55: CYMBAL, 57: CYMBAL, 59: OPEN };

/** A drum kit; it rings out by itself. */
export function drums(audio, to, { pitch, velocity, at }) {
  const [kind, tone, filtered, length] = DRUMS[pitch] ?? (pitch < 51 ? ["skin", 50 + (pitch - 41) * 14, 0, 0.3] : ["metal", 0, 3000 + (pitch - 51) * 120, 0.08]);
  const shape = envelope(audio, to, { at, peak: (kind === "metal" ? 0.16 : 0.5) * (0.25 + 0.75 * velocity), attack: 0.002, decay: length, release: length });
  const sources = [];
  if (tone) {
    const skin = oscillator(audio, kind === "skin" ? "sine" : "triangle", tone * 2.6);
    skin.frequency.setValueAtTime(tone * 2.6, at);
    skin.frequency.exponentialRampToValueAtTime(tone, at + 0.06);
    skin.connect(shape.gain);
    sources.push(skin);
  }
  if (filtered) {
    const rattle = noise(audio), filter = audio.createBiquadFilter();
    filter.type = kind === "metal" ? "highpass" : "bandpass";
    filter.frequency.value = filtered;
    rattle.connect(filter).connect(shape.gain);
    sources.push(rattle);
  }
  const struck = voice(audio, shape, sources, at);
  for (const source of sources) source.stop(at + length + 0.1);
  return { stop: () => {}, cancel: struck.cancel };
}

export const INSTRUMENTS = { human: electricPiano, comp: electricPiano, lead: reed, bass, drums };
