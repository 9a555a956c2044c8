// Paints one picture after another: what was there flows on and fades, ribbons and sparks are laid over it, then light on paper.

import { colour } from "./colour.js";
import { Points, Program, Sheet } from "./gl.js";
import { LAYOUT, SPARKS_IN_ALL } from "./notes.js";
import { Flow } from "./flow.js";
import { BOTH_FRAGMENT, FLOW_FRAGMENT, GLOW_FRAGMENT, RIBBON_FRAGMENT, RIBBON_VERTEX, SCREEN_FRAGMENT, SCREEN_VERTEX, SPARK_FRAGMENT, SPARK_VERTEX } from "./shaders.js";

/** Look → its number in the shaders, its ribbons, and how much of a picture is left after a second. */
export const LOOKS = {
  tide: { number: 0, ribbons: 5, points: 200, left: 0.12 },
  orbit: { number: 1, ribbons: 5, points: 220, left: 0.16 },
  loom: { number: 2, ribbons: 49, points: 40, left: 0.2 },
  lantern: { number: 3, ribbons: 0, points: 0, left: 0.3 },
};
const FINENESS = [1, 0.8, 0.64, 0.5, 0.4, 0.32]; // of a screen's own points
const FIELD = 0.5; // the flowing light is softer than the screen
const SMALLER = [8, 16, 32, 16], REACH = 1.1; // parts of the screen's size, and how far a blur looks
const WITHOUT_CARD = 4, COARSER = 0.55; // how fine to begin with then, and how many corners a ribbon keeps
const SLOW_MS = 30, QUICK_MS = 14, LOOKS_EACH_FRAMES = 20;

/** Whether a graphics card draws. Asked by name: a browser that was told to draw in software does not call that a caveat. */
function hasCard(gl) {
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  return !/swiftshader|llvmpipe|software|basic render/i.test(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

/** Throws when the browser has no WebGL2. */
export class Painter {
  frames = 0;
  #spentMs = 16; #sinceLook = 0; #quickFor = 0;

  constructor(canvas, notes) {
    this.canvas = canvas;
    this.notes = notes;
    const gl = this.gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" });
    if (!gl) throw new Error("this browser draws no WebGL2");
    // Without a graphics card everything is drawn by the processor: bytes are quicker there than half floats.
    this.fine = hasCard(gl) && gl.getExtension("EXT_color_buffer_float") !== null;
    this.fineness = this.fine ? 0 : WITHOUT_CARD;
    this.sparks = new Program(gl, SPARK_VERTEX, SPARK_FRAGMENT);
    this.ribbons = new Program(gl, RIBBON_VERTEX, RIBBON_FRAGMENT);
    this.flow = new Program(gl, SCREEN_VERTEX, FLOW_FRAGMENT);
    this.glow = new Program(gl, SCREEN_VERTEX, GLOW_FRAGMENT);
    this.both = new Program(gl, SCREEN_VERTEX, BOTH_FRAGMENT);
    this.screen = new Program(gl, SCREEN_VERTEX, SCREEN_FRAGMENT);
    this.drifts = new Flow(gl);
    this.nothing = gl.createVertexArray();
    this.points = new Points(gl, this.sparks, LAYOUT, SPARKS_IN_ALL);
    notes.take(this.points);
  }

  /** One picture of this instant. */
  paint(ear, look, now, seconds, drift) {
    this.#size();
    const { gl } = this, { number, left } = LOOKS[look];
    const breath = 0.5 + 0.5 * Math.cos(ear.beat * 2 * Math.PI), [light, chroma] = ear.shade;
    const uniforms = {
      u_look: number, u_now: this.notes.time(now), u_drift: drift, u_tension: ear.tension, u_energy: ear.energy, u_breath: breath,
      u_aspect: this.field[0].width / this.field[0].height, u_shape: ear.shape, u_struck: this.notes.struck, u_turn: ear.turn,
      u_agent: colour(light, chroma, ear.hue), u_human: colour(Math.min(light + 0.08, 0.9), chroma * 0.8, ear.hue + 0.45), u_white: [1, 0.98, 0.94],
      u_ground: colour(0.2 + 0.06 * ear.energy, 0.03, ear.hue + 0.08), u_both: ear.state === 4 ? 0.75 : 0,
    };
    const [before, after] = this.field;
    this.drifts.reckon(look, drift, ear.tension, uniforms.u_aspect, Math.min(seconds, 0.1));
    this.#cover(after, this.flow, { u_before: { texture: before.texture, unit: 0 }, u_drifts: { texture: this.drifts.texture, unit: 1 }, u_fade: left ** Math.min(seconds, 0.1), u_rest: this.fine ? 0.0006 : 0.0022 });
    this.#lay(uniforms, LOOKS[look], seconds, after.height);
    gl.disable(gl.BLEND);
    this.#glow(uniforms, after);
    this.#cover(null, this.screen, { u_light: { texture: after.texture, unit: 0 }, u_glow: { texture: this.halo.texture, unit: 1 }, u_flicker: this.frames % 61 });
    this.field.reverse();
    this.frames += 1;
    this.#mind(seconds * 1000);
  }

  /** Ribbons and sparks, as light that adds up. Laid on by the second, so that slow and quick screens are equally bright. */
  #lay(uniforms, { ribbons, points }, seconds, height) {
    const corners = Math.round(points * (this.fine ? 1 : COARSER));
    const { gl } = this, strength = Math.min(seconds * 30, 2.5), dim = (tone) => tone.map((channel) => channel * strength);
    const lit = { ...uniforms, u_agent: dim(uniforms.u_agent), u_human: dim(uniforms.u_human), u_white: dim(uniforms.u_white) };
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE);
    if (ribbons) {
      gl.bindVertexArray(this.nothing);
      this.ribbons.use({ ...lit, u_points: corners, u_width: 1.8 / height, u_strings: this.notes.strings(uniforms.u_now) });
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, corners * 2, ribbons);
    }
    this.sparks.use({ ...lit, u_size: Math.max(height / 46, 3) });
    this.points.draw();
  }

  /** Ever smaller and softer copies, and a larger one of the softest, which carries ground and lamps too. */
  #glow(uniforms, light) {
    let from = light;
    for (const [n, to] of this.small.entries()) {
      this.#cover(to, this.glow, { ...uniforms, u_from: { texture: from.texture, unit: 0 }, u_step: [REACH / to.width, REACH / to.height], u_lamps: n === this.small.length - 1 ? 1 : 0 });
      from = to;
    }
    this.#cover(this.halo, this.both, { u_near: { texture: this.small[0].texture, unit: 0 }, u_far: { texture: from.texture, unit: 1 } });
  }

  /** Fill a sheet, or the screen, with a program. */
  #cover(sheet, program, uniforms) {
    const { gl } = this;
    if (sheet) sheet.open();
    else {
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    }
    gl.bindVertexArray(this.nothing);
    program.use(uniforms);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** A screen that is too fine for this computer is drawn coarser, and finer again when there is time. */
  #mind(ms) {
    this.#spentMs += (Math.min(ms, 120) - this.#spentMs) * 0.06;
    if ((this.#sinceLook += 1) < LOOKS_EACH_FRAMES) return;
    this.#sinceLook = 0;
    this.#quickFor = this.#spentMs < QUICK_MS + 4 ? this.#quickFor + 1 : 0;
    if (this.#spentMs > SLOW_MS && this.fineness < FINENESS.length - 1) { this.fineness += 1; this.#spentMs = 20; } else if (this.#quickFor > 13 && this.fineness > 0) { this.fineness -= 1; this.#quickFor = -45; }
  }

  #size() {
    const ratio = (devicePixelRatio || 1) * FINENESS[this.fineness];
    const width = Math.max(16, Math.round(this.canvas.clientWidth * ratio)), height = Math.max(16, Math.round(this.canvas.clientHeight * ratio));
    if (this.field && this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    for (const sheet of [...(this.field ?? []), ...(this.small ?? []), ...(this.halo ? [this.halo] : [])]) sheet.close();
    const format = this.fine ? this.gl.RGBA16F : this.gl.RGBA8;
    this.field = [0, 1].map(() => new Sheet(this.gl, format, Math.max(64, Math.round(width * FIELD)), Math.max(64, Math.round(height * FIELD))));
    const smaller = (part) => new Sheet(this.gl, format, Math.max(32, Math.round(width / part)), Math.max(18, Math.round(height / part)));
    this.small = SMALLER.map(smaller);
    this.halo = smaller(SMALLER[0]);
  }
}
