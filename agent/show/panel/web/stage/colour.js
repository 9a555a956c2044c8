// Chords as colours, in a space in which equal steps look equal (OKLCH), since a projector is no place for garish accidents.

/** OKLCH (lightness 0..1, chroma 0..0.3, hue in turns) → linear RGB. */
export function colour(light, chroma, turns) {
  const a = chroma * Math.cos(turns * 2 * Math.PI), b = chroma * Math.sin(turns * 2 * Math.PI);
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((channel) => Math.max(0, channel));
}

// quality of /harmony/chord: maj m 7 maj7 m7 dim aug sus4 m7b5 → [lightness, chroma]
const QUALITIES = [[0.74, 0.15], [0.62, 0.13], [0.76, 0.19], [0.78, 0.12], [0.66, 0.12], [0.55, 0.1], [0.72, 0.21], [0.8, 0.09], [0.56, 0.13]];
// How far from rest each of them is, where nobody measures tension.
const TENSIONS = [0.1, 0.2, 0.5, 0.25, 0.35, 0.8, 0.75, 0.4, 0.7];

/** Hue in turns by the circle of fifths: neighbours in harmony are neighbours in colour. C is a warm gold. */
export const hueOf = (root) => (0.2 + ((root * 7) % 12) / 12) % 1;
export const shadeOf = (quality) => QUALITIES[quality] ?? QUALITIES[0];
export const tensionOf = (quality) => TENSIONS[quality] ?? 0.3;
