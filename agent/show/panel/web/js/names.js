// Names of pitches, keys, turns and ways of playing, as players say them.

const PITCHES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** 60 → "C4". */
export const pitchName = (pitch) => `${PITCHES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
export const isBlack = (pitch) => [1, 3, 6, 8, 10].includes(pitch % 12);

/** Every key that can be held, as [tonic, mode, name]; the first follows the player. */
export const KEYS = [
  [-1, 0, "follow me"],
  ...[0, 1].flatMap((mode) => PITCHES.map((name, tonic) => [tonic, mode, `${name} ${mode ? "minor" : "major"}`])),
];

export const TURNS = { idle: "nobody", listen: "yours", think: "Antiphon’s", play: "Antiphon’s", together: "both", attract: "waiting" };

export const MODES = {
  listen: "it listens and learns",
  accompany: "chords under your melody",
  call_response: "you, then it, in turns",
  shadow: "a second voice with you",
  together: "improvises with you",
  solo: "plays alone",
  vary: "varies your last phrase",
  trade: "four bars each",
  auto: "chooses by itself",
};

export const LOOKS = {
  auto: "as who plays wants it",
  tide: "light over water",
  orbit: "a ring of fifths",
  loom: "strings",
  lantern: "an invitation",
};

export const PARTS = ["lead", "comp", "bass", "drums"];
export const HEALTH = ["well", "degraded", "the fallback plays"];

/** "/ctl/key_strength" → "key strength". */
export const plainName = (address) => address.replace(/^\/ctl\//, "").replace(/^role\/\w+\//, "").replaceAll(/[/_]/g, " ");
