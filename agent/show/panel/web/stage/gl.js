// A little of WebGL2, so that the rest reads like a picture and not like plumbing.

/** A program from two shaders; its uniforms are found by name. Throws with what the driver says. */
export class Program {
  #places = new Map();

  constructor(gl, vertex, fragment) {
    this.gl = gl;
    this.program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${text}`);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.program));
  }

  /** Use it with these uniforms: numbers, arrays of 2 to 4, Float32Arrays of floats, or { texture, unit }. */
  use(uniforms) {
    const { gl } = this;
    gl.useProgram(this.program);
    for (const [name, value] of Object.entries(uniforms)) this.#set(name, value);
  }

  #set(name, value) {
    const { gl } = this;
    if (!this.#places.has(name)) this.#places.set(name, gl.getUniformLocation(this.program, name));
    const place = this.#places.get(name);
    if (place === null) return;
    if (typeof value === "number") gl.uniform1f(place, value);
    else if (value.texture) {
      gl.activeTexture(gl.TEXTURE0 + value.unit);
      gl.bindTexture(gl.TEXTURE_2D, value.texture);
      gl.uniform1i(place, value.unit);
    } else if (value instanceof Float32Array && value.stride === 4) gl.uniform4fv(place, value);
    else if (value instanceof Float32Array) gl.uniform1fv(place, value);
    else gl[`uniform${value.length}fv`](place, value);
  }
}

/** A texture that can be drawn into. In half floats light may be brighter than white; in bytes it is quicker where no card draws. */
export class Sheet {
  constructor(gl, format, width, height) {
    Object.assign(this, { gl, width, height });
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    this.frame = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** Draw into it from now on. */
  open() {
    this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, this.frame);
    this.gl.viewport(0, 0, this.width, this.height);
  }

  close() {
    this.gl.deleteFramebuffer(this.frame);
    this.gl.deleteTexture(this.texture);
  }
}

/** An array of points on the card: `layout` is [[attribute, size], …]; parts of it are written anew as things happen. */
export class Points {
  constructor(gl, program, layout, count) {
    this.gl = gl;
    this.floats = layout.reduce((sum, [, size]) => sum + size, 0);
    this.count = count;
    this.data = new Float32Array(count * this.floats);
    this.array = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, this.data, gl.DYNAMIC_DRAW);
    let offset = 0;
    for (const [name, size] of layout) {
      const place = gl.getAttribLocation(program.program, name);
      if (place >= 0) {
        gl.enableVertexAttribArray(place);
        gl.vertexAttribPointer(place, size, gl.FLOAT, false, this.floats * 4, offset * 4);
      }
      offset += size;
    }
    gl.bindVertexArray(null);
  }

  /** Send some of the points to the card. */
  renew(first, count) {
    const { gl, floats } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferSubData(gl.ARRAY_BUFFER, first * floats * 4, this.data, first * floats, count * floats);
  }

  draw(count = this.count) {
    this.gl.bindVertexArray(this.array);
    this.gl.drawArrays(this.gl.POINTS, 0, count);
  }
}
