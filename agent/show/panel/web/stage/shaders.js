// The picture's shaders. Every look is a way of placing notes, a flow, and a figure; they share all the rest.

// Where a note lies in each look, in picture heights from the middle: x to the right, y up.
const PLACES = `
uniform float u_look, u_now, u_drift, u_tension, u_energy, u_aspect, u_beat, u_breath;
uniform float u_shape[8];
uniform vec4 u_struck[24];
const float TAU = 6.2831853;

float ring(float angle) {
  float r = 0.0;
  for (int k = 0; k < 8; k++) r += u_shape[k] * cos(float(k + 1) * angle + u_drift * (0.05 + 0.013 * float(k)) * (k % 2 == 0 ? 1.0 : -1.0)) / (1.6 + float(k));
  return 0.27 + 0.055 * r + 0.01 * u_breath;
}
float tremble(float place, float pitchPlace, float since, float hard) {
  float far = place - pitchPlace;
  float wave = abs(far) - since * 0.55;
  return hard * exp(-since * 2.1) * exp(-wave * wave * 90.0) * sin(since * 38.0 - abs(far) * 40.0);
}
float across(float pitch) { return (pitch - 60.0) / 50.0; }
float angleOf(float pitch) { return TAU * (mod(pitch * 7.0, 12.0) / 12.0) + TAU * 0.25 + floor(pitch / 12.0) * 0.13; }
float swell(float x) {
  float y = 0.0;
  for (int k = 0; k < 8; k++) y += u_shape[k] * sin(x * (1.4 + 0.9 * float(k)) + u_drift * (0.18 + 0.05 * float(k)) + float(k)) / (2.0 + float(k));
  return y * 0.13;
}
vec2 placeOf(float pitch, float side) {
  if (u_look < 0.5) { float x = across(pitch) * u_aspect * 0.92; return vec2(x, swell(x) - 0.03); }
  if (u_look < 1.5) { float a = angleOf(pitch), r = ring(a); return vec2(cos(a), sin(a)) * r; }
  if (u_look < 2.5) { return vec2(across(pitch) * u_aspect * 0.9, side * 0.02); }
  return vec2(across(pitch) * u_aspect * 0.8, -0.2);
}`;

export const SPARK_VERTEX = `
in vec4 a_note, a_times, a_spark;
out vec4 v_light;
uniform vec3 u_agent, u_human, u_white;
uniform float u_size;
${PLACES}
void main() {
  float birth = a_times.x, hit = a_times.y, cancel = a_times.z, end = a_times.w, side = a_note.w;
  vec2 die = a_spark.xy * 2.0 - 1.0;
  float angle = a_spark.x * TAU;
  vec2 away = vec2(cos(angle), sin(angle)) * (0.25 + a_spark.y);
  float bass = step(2.5, a_note.z) * step(a_note.z, 3.5), light = 0.0, size = 1.0;
  vec2 at = vec2(9.0);
  if (u_now < end && u_now < cancel + 1.5) {
    vec2 to = placeOf(a_note.x, side);
    float whole = max(hit - birth, 0.001);
    float p = clamp((u_now - birth) / whole, 0.0, 1.0);
    if (u_now < hit) {
      // On the way. All of them arrive together, and exactly when the note sounds.
      vec2 from;
      if (u_look < 0.5) from = vec2(to.x + die.x * 0.35, 0.62 + 0.25 * a_spark.z);
      else if (u_look < 1.5) { float a = angleOf(a_note.x) - 0.9 - die.x * 0.35; from = vec2(cos(a), sin(a)) * (0.62 + 0.3 * a_spark.z) * vec2(1.35, 1.0); }
      else if (u_look < 2.5) from = vec2(to.x, 0.66 + 0.5 * a_spark.w);
      else from = vec2(to.x + die.x, 0.7);
      float e = p * p * (0.6 + 0.4 * p);
      vec2 turn = vec2(-(to - from).y, (to - from).x) * (0.35 * die.y + 0.3 * sin(u_drift * 1.7 + a_spark.z * 9.0) * u_tension) * sin(p * 3.14159);
      if (u_look > 1.5 && u_look < 2.5) { turn = vec2(0.012 * sin(p * 20.0 + a_spark.z * TAU) * u_tension, 0.0); e = p; }
      at = mix(from, to, e) + turn;
      light = (0.2 + 0.8 * p) * smoothstep(0.0, 0.12, p) * 0.42;
      size = 0.55 + 0.5 * p;
    } else {
      float q = u_now - hit, hard = 0.35 + 0.65 * a_note.y;
      float out_ = (1.0 - exp(-q * 3.2)) * hard * (0.09 + 0.11 * a_spark.z) * (1.0 + bass);
      at = to + away * out_;
      if (u_look < 0.5) at += vec2(0.03 * sin(q * 2.0 + a_spark.z * 9.0), (side > 0.0 ? -0.05 : 0.07) * q * q * (0.4 + a_spark.y));
      else if (u_look < 1.5) at += normalize(to + 0.001) * (side > 0.0 ? 0.06 : -0.07) * q * (0.5 + a_spark.z);
      else if (u_look < 2.5) at = to + vec2(away.x * out_ * 0.4, side * -1.0 * (0.05 + 0.42 * a_spark.y) * (1.0 - exp(-q * 1.6)));
      else at += vec2(0.0, 0.08 * q);
      light = 0.5 * hard * exp(-q * (1.5 + a_spark.z * 1.6)) + hard * 0.8 * exp(-q * 14.0);
      size = 0.8 + 1.3 * hard * exp(-q * 6.0) + bass * 0.8;
    }
    if (u_now > cancel) {
      float c = u_now - cancel;
      at += away * c * 0.3 + vec2(0.0, 0.05 * c);
      light *= exp(-c * 4.5) * 0.7;
    }
  }
  vec3 tone = side < 0.0 ? u_human : u_agent;
  tone = mix(tone, u_white, 0.45 * exp(-max(u_now - hit, 0.0) * 9.0) * step(hit, u_now));
  v_light = vec4(tone * light, 1.0);
  gl_Position = light < 0.004 ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(at.x * 2.0 / u_aspect, at.y * 2.0, 0.0, 1.0);
  gl_PointSize = u_size * size * (a_note.z > 3.5 ? 0.7 : 1.0);
}`;

export const SPARK_FRAGMENT = `
in vec4 v_light;
out vec4 o;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float r = dot(p, p);
  if (r > 1.0) discard;
  o = vec4(v_light.rgb * (1.0 - r) * (1.0 - r), 1.0);
}`;

// The figure: ribbons. One that is the horizon, one that is a ring, or many that are strings. Two corners a point, drawn as strips.
export const RIBBON_VERTEX = `
out vec4 v_light;
uniform vec3 u_agent, u_human, u_white;
uniform float u_turn, u_points, u_width;
${PLACES}
uniform float u_strings;
float shake(float s, float n) {
  float sum = 0.0;
  for (int i = 0; i < 24; i++) {
    if (float(i) >= u_strings) break;
    float since = u_now - u_struck[i].y, pitch = u_struck[i].x, hard = u_struck[i].z;
    if (u_look < 0.5) sum += tremble((s - 0.5) * u_aspect * 1.1, across(pitch) * u_aspect * 0.92, since, hard);
    else if (u_look < 1.5) sum += tremble((mod(s * TAU - angleOf(pitch) + 3.14159, TAU) - 3.14159) * 0.35, 0.0, since, hard);
    else sum += (1.0 - step(0.5, abs(pitch - 36.0 - n))) * hard * exp(-since * 1.6) * sin(since * 44.0 + 0.6);
  }
  return sum;
}
vec2 along(float s, float n, float shaken) {
  if (u_look < 0.5) {
    float x = (s - 0.5) * u_aspect * 1.1;
    return vec2(x, swell(x) - 0.03 + n * (0.016 + 0.02 * sin(x * 2.0 + n + u_drift * 0.2)) + 0.05 * shaken * (1.0 - 0.12 * abs(n)));
  }
  if (u_look < 1.5) {
    float a = s * TAU, r = ring(a) * (1.0 + n * 0.045) + 0.05 * shaken + 0.006 * sin(a * 3.0 + n * 2.0 + u_drift * 0.4);
    return vec2(cos(a + n * 0.03 * u_tension), sin(a + n * 0.03 * u_tension)) * r;
  }
  float x = across(36.0 + n) * u_aspect * 0.9;
  return vec2(x + 0.02 * shaken * sin(s * 3.14159) + 0.004 * u_shape[int(mod(n, 8.0))] * sin(s * 9.0 + u_drift * 0.5), (s - 0.5) * 1.06);
}
void main() {
  float corner = float(gl_VertexID & 1) * 2.0 - 1.0, s = float(gl_VertexID >> 1) / (u_points - 1.0);
  float n = u_look < 1.5 ? float(gl_InstanceID) - 2.0 : float(gl_InstanceID);
  float shaken = shake(s, n);
  vec2 here = along(s, n, shaken), there = along(s + 0.004, n, shaken);
  vec2 normal = normalize(vec2(-(there - here).y, (there - here).x) + 1e-6);
  float loud = min(abs(shaken), 1.0);
  here += normal * corner * u_width * (0.6 + 1.9 * loud) * (u_look < 1.5 ? 1.0 - 0.16 * abs(n) : 0.55);
  vec3 tone = mix(u_human, u_agent, u_look < 1.5 ? u_turn : smoothstep(0.0, 48.0, n));
  float fade = u_look < 0.5 ? smoothstep(0.0, 0.12, s) * smoothstep(1.0, 0.88, s) : u_look < 1.5 ? 1.0 : smoothstep(0.0, 0.2, s) * smoothstep(1.0, 0.8, s);
  float rest = u_look < 1.5 ? 0.026 - 0.004 * abs(n) : 0.012;
  v_light = vec4(mix(tone, u_white, 0.35 * loud) * fade * (rest * (0.8 + 0.3 * u_breath) + 0.2 * loud), 1.0);
  gl_Position = vec4(here.x * 2.0 / u_aspect, here.y * 2.0, 0.0, 1.0);
}`;

export const RIBBON_FRAGMENT = `
in vec4 v_light;
out vec4 o;
void main() { o = v_light; }`;

export const SCREEN_VERTEX = `
out vec2 v_uv;
void main() {
  v_uv = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
  gl_Position = vec4(v_uv * 2.0 - 1.0, 0.0, 1.0);
}`;

// What was drawn before flows on and fades. The flow itself is reckoned on a coarse grid (flow.js).
export const FLOW_FRAGMENT = `
in vec2 v_uv;
out vec4 o;
uniform sampler2D u_before, u_drifts;
uniform float u_fade, u_rest;
void main() { o = vec4(max(texture(u_before, v_uv - texture(u_drifts, v_uv).xy).rgb * u_fade - u_rest, 0.0), 1.0); }`;

// A soft, small copy: thirteen looks at the neighbourhood. The coarser of the two also carries the ground and the lamps.
export const GLOW_FRAGMENT = `
in vec2 v_uv;
out vec4 o;
uniform sampler2D u_from;
uniform vec2 u_step;
uniform vec3 u_ground, u_agent, u_human;
uniform float u_lamps, u_turn, u_both, u_breath, u_aspect;
void main() {
  vec3 c = texture(u_from, v_uv).rgb * 0.16;
  for (int k = 0; k < 6; k++) {
    vec2 d = vec2(cos(float(k) * 1.0471976), sin(float(k) * 1.0471976)) * u_step;
    c += 0.09 * texture(u_from, v_uv + d).rgb + 0.05 * texture(u_from, v_uv + d.yx * vec2(1.9, -1.9) * vec2(u_step.x / u_step.y, u_step.y / u_step.x)).rgb;
  }
  if (u_lamps > 0.5) {
    vec2 p = (v_uv - 0.5) * vec2(u_aspect, 1.0);
    vec2 left = p - vec2(-0.36 * u_aspect, -0.1), right = p - vec2(0.36 * u_aspect, 0.1);
    float human = exp(-dot(left, left) * 2.6) * max(1.0 - u_turn, u_both), agent = exp(-dot(right, right) * 2.6) * max(u_turn, u_both);
    vec3 ground = u_ground * (0.4 + 0.25 * u_breath) * (1.1 - 0.85 * dot(p, p) / (u_aspect * u_aspect * 0.3 + 0.25));
    c += max(ground, 0.0) + (u_human * human + u_agent * agent) * (0.045 + 0.012 * u_breath);
  }
  o = vec4(c, 1.0);
}`;

// The near and the far glow as one, so that the screen, which is the dearest where no card draws, has one look less at each point.
export const BOTH_FRAGMENT = `
in vec2 v_uv;
out vec4 o;
uniform sampler2D u_near, u_far;
void main() { o = vec4(0.5 * texture(u_near, v_uv).rgb + 0.9 * texture(u_far, v_uv).rgb, 1.0); }`;

// Light on paper.
export const SCREEN_FRAGMENT = `
in vec2 v_uv;
out vec4 o;
uniform sampler2D u_light, u_glow;
uniform float u_flicker;
void main() {
  vec3 c = texture(u_light, v_uv).rgb + texture(u_glow, v_uv).rgb;
  c = 1.12 * c / (1.0 + max(c.r, max(c.g, c.b)));
  float grain = fract(52.9829189 * fract(dot(gl_FragCoord.xy + u_flicker, vec2(0.06711056, 0.00583715))));
  o = vec4(sqrt(c) + (grain - 0.5) / 100.0, 1.0);
}`;
