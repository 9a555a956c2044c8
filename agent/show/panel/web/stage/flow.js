// Where light drifts to: reckoned on a coarse grid, since it is smooth, and handed to the card as a small texture.

const WIDE = 40, HIGH = 24;
const PER_SECOND = 30; // the numbers below are for a thirtieth of a second

/** Look → what it adds to the restless flow at (x, y), in picture heights: [dx, dy], and how much of the restlessness it wants. */
const CURRENTS = {
  tide: (x, y) => [0, 0.0011 * Math.tanh((y + 0.03) * 9), 1],
  orbit: (x, y, tension) => [0.004 * x - 0.0035 * y * (0.3 + tension), 0.004 * y + 0.0035 * x * (0.3 + tension), 1],
  loom: (x, y) => [0, 0.0022 * Math.tanh(y * 9), 0.35],
  lantern: () => [0, 0.0016, 1],
};

export class Flow {
  constructor(gl) {
    this.gl = gl;
    this.data = new Float32Array(WIDE * HIGH * 2);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RG16F, WIDE, HIGH);
    for (const [name, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]]) gl.texParameteri(gl.TEXTURE_2D, name, value);
  }

  /** The way that light goes within this time; tension is how restless it is. */
  reckon(look, drift, tension, aspect, seconds) {
    const current = CURRENTS[look], t = drift * 0.07, scale = seconds * PER_SECOND, restless = 0.0007 + 0.0028 * tension;
    for (let row = 0, at = 0; row < HIGH; row += 1) {
      const y = (row + 0.5) / HIGH - 0.5;
      for (let column = 0; column < WIDE; column += 1, at += 2) {
        const x = ((column + 0.5) / WIDE - 0.5) * aspect, [dx, dy, wild] = current(x, y, tension);
        const qx = x * 2.3 + 0.55 * Math.sin(y * 3.1 + t * 1.7), qy = y * 2.3 + 0.55 * Math.cos(x * 2.7 - t);
        const wx = Math.sin(qy * 2.9 + t * 2) + 0.5 * Math.sin(qy * 6.7 - t * 3 + qx), wy = Math.cos(qx * 2.5 - t * 1.6) + 0.5 * Math.cos(qx * 7.3 + t * 2.3 - qy);
        this.data[at] = ((dx + wx * restless * wild) * scale) / aspect;
        this.data[at + 1] = (dy + wy * restless * wild) * scale;
      }
    }
    this.gl.bindTexture(this.gl.TEXTURE_2D, this.texture);
    this.gl.texSubImage2D(this.gl.TEXTURE_2D, 0, 0, 0, WIDE, HIGH, this.gl.RG, this.gl.FLOAT, this.data);
  }
}
