// The piano roll: you, Antiphon, and what it plans, with the repairs to the plan. Past to the left of the line, future to its right.

import { isBlack, pitchName } from "./names.js";

const PAST_S = 8;
const AHEAD_S = 3.4;
const NAMES_PX = 38;
const MENDED_S = 1.6;
const COLOURS = { human: "#62d2f5", agent: "#ffb65c", mended: "#ff7d7d", line: "#f4f0e8", grid: "#20222e", bar: "#3a3e50", name: "#a9abb8" };

export class Roll {
  #range = [48, 83];
  #hatch = null;

  constructor(canvas, score, clock) {
    this.canvas = canvas;
    this.score = score;
    this.clock = clock;
    this.beat = { beats: 0, now: 0, bpm: 100, beatsPerBar: 4, inBar: 0 };
    this.frames = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.lastDrawn = 0;
    const next = (ms) => { requestAnimationFrame(next); this.#next(ms); };
    requestAnimationFrame(next);
  }

  see(picture) {
    this.beat = { beats: picture.beats, now: picture.now, bpm: picture.bpm, beatsPerBar: picture.beats_per_bar, inBar: picture.beat_in_bar };
  }

  #next(ms) {
    if (this.still.matches && ms - this.lastDrawn < 200) return;
    this.lastDrawn = ms;
    this.frames += 1;
    this.draw(this.clock.now());
  }

  draw(now) {
    const { width, height, ink, ratio } = this.#sheet();
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, width, height);
    this.#fit(now);
    const [low, high] = this.#range;
    const row = height / (high - low + 1);
    const line = NAMES_PX + (width - NAMES_PX) * (PAST_S / (PAST_S + AHEAD_S));
    const place = { x: (t) => line + (t - now) * ((width - NAMES_PX) / (PAST_S + AHEAD_S)), y: (pitch) => height - (pitch - low + 1) * row, row, now, width, height, line };
    this.#lines(ink, place);
    for (const note of this.score.plan.values()) this.#planned(ink, place, note);
    for (const note of this.score.notes) this.#note(ink, place, note);
    for (const note of this.score.mended) this.#mended(ink, place, note);
    ink.globalAlpha = 1;
    ink.fillStyle = COLOURS.line;
    ink.fillRect(line - 1, 0, 2, height);
  }

  #sheet() {
    const { canvas } = this;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.ink ??= canvas.getContext("2d");
    return { width, height, ratio, ink: this.ink };
  }

  #fit(now) {
    // Only ever wider, by octaves, within what is remembered: a picture that jumps cannot be read.
    for (const note of [...this.score.notes, ...this.score.plan.values()]) {
      if ((note.end ?? now) < now - PAST_S) continue;
      this.#range[0] = Math.min(this.#range[0], Math.floor(note.pitch / 12) * 12);
      this.#range[1] = Math.max(this.#range[1], Math.floor(note.pitch / 12) * 12 + 11);
    }
  }

  #lines(ink, place) {
    const { beats, now, bpm, beatsPerBar, inBar } = this.beat;
    const [low, high] = this.#range;
    ink.globalAlpha = 1;
    ink.font = "11px system-ui, sans-serif";
    ink.textBaseline = "middle";
    for (let pitch = low; pitch <= high; pitch += 1) {
      if (isBlack(pitch)) { ink.fillStyle = "#13141c"; ink.fillRect(NAMES_PX, place.y(pitch), place.width, place.row); }
      if (pitch % 12) continue;
      ink.fillStyle = COLOURS.bar;
      ink.fillRect(NAMES_PX, place.y(pitch) + place.row, place.width, 1);
      ink.fillStyle = COLOURS.name;
      ink.fillText(pitchName(pitch), 6, place.y(pitch) + place.row / 2);
    }
    const perBeat = 60 / bpm, barLine = Math.round(beats - inBar);
    for (let beat = Math.ceil(beats - (PAST_S * bpm) / 60) - 1; beat <= beats + (AHEAD_S * bpm) / 60 + 1; beat += 1) {
      const x = place.x(now + (beat - beats) * perBeat);
      if (x < NAMES_PX) continue;
      const bar = (((beat - barLine) % beatsPerBar) + beatsPerBar) % beatsPerBar === 0;
      ink.fillStyle = bar ? COLOURS.bar : COLOURS.grid;
      ink.fillRect(x, 0, bar ? 1.5 : 1, place.height);
    }
  }

  #note(ink, place, note) {
    const left = Math.max(place.x(note.begin), NAMES_PX), right = place.x(note.end ?? place.now);
    if (right < NAMES_PX) return;
    const top = place.y(note.pitch) + 1, tall = Math.max(place.row - 2, 2), wide = Math.max(right - left, 3);
    ink.globalAlpha = 0.55 + 0.45 * note.velocity;
    ink.fillStyle = note.who === "human" ? COLOURS.human : this.#stripes(ink);
    ink.beginPath();
    ink.roundRect(left, top, wide, tall, Math.min(3, tall / 2));
    ink.fill();
    if (note.end === null) { ink.globalAlpha = 0.9; ink.fillStyle = "#fff"; ink.fillRect(right - 2, top, 2, tall); }
  }

  #planned(ink, place, note) {
    const left = place.x(note.begin), wide = Math.max(place.x(note.end) - left, 3);
    if (left < place.line - 4) return;
    ink.globalAlpha = Math.min(1, 0.25 + (place.now - note.since) * 3);
    ink.strokeStyle = COLOURS.agent;
    ink.lineWidth = 1.3;
    ink.setLineDash([4, 3]);
    ink.strokeRect(left + 0.5, place.y(note.pitch) + 1.5, wide - 1, Math.max(place.row - 3, 2));
    ink.setLineDash([]);
  }

  #mended(ink, place, note) {
    const left = place.x(note.begin), right = Math.max(place.x(note.end), left + 6), top = place.y(note.pitch) + 1.5, tall = Math.max(place.row - 3, 2);
    if (right < place.line) return;
    ink.globalAlpha = Math.max(0, 1 - (place.now - note.at) / MENDED_S);
    ink.strokeStyle = COLOURS.mended;
    ink.lineWidth = 1.6;
    ink.strokeRect(left, top, right - left, tall);
    ink.beginPath();
    ink.moveTo(left, top + tall);
    ink.lineTo(right, top);
    ink.stroke();
  }

  #stripes(ink) {
    if (this.#hatch) return this.#hatch;
    const tile = new OffscreenCanvas(8, 8), brush = tile.getContext("2d");
    brush.fillStyle = COLOURS.agent;
    brush.fillRect(0, 0, 8, 8);
    brush.strokeStyle = "#a86a1d";
    brush.lineWidth = 2;
    for (const shift of [-8, 0, 8]) { brush.beginPath(); brush.moveTo(shift, 8); brush.lineTo(shift + 8, 0); brush.stroke(); }
    this.#hatch = ink.createPattern(tile, "repeat");
    return this.#hatch;
  }
}
