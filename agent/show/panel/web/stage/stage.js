// The picture on the wall: hears the cues and has them painted. `?look=orbit` keeps one look, `?words=1` shows the chord,
// `?ahead_ms=80` is how much a projector is late, `?invite=Play` is what is written when nobody plays.

import { Line } from "../js/line.js";
import { Ear } from "./ear.js";
import { Notes } from "./notes.js";
import { LOOKS, Painter } from "./painter.js";

const ATTRACT = 5, IDLE = 0;
const ALONE_S = 45; // nobody has played for so long: invite
const STILL_MS = 2500;
const DRIFT_S = 36000;
const find = (id) => document.getElementById(id);
const wish = new URLSearchParams(location.search);

const line = new Line("socket");
const notes = new Notes();
const ear = new Ear(notes);
let painter;
try {
  painter = new Painter(find("picture"), notes);
} catch (error) {
  find("trouble").textContent = `No picture: ${error.message}. Another browser, or hardware acceleration switched on, will draw it.`;
}

line.on("cue", (address, args, t) => ear.hear(address, args, t));
line.on("stage", (where) => { if (where === "here") notes.clear(); find("trouble").textContent = where === "lost" ? "waiting for Antiphon" : ""; });

const aheadS = (Number(wish.get("ahead_ms")) || 0) / 1000;
let own = wish.get("look"), before = performance.now();

/** The look that was asked for, by hand, by address or by cue; left alone, the picture invites when nobody plays. */
function look() {
  const wanted = own ?? ear.look;
  if (LOOKS[wanted]) return wanted;
  return alone() ? "lantern" : "tide";
}

function alone() { return ear.state === ATTRACT || ((ear.state === IDLE || ear.silence > ALONE_S) && !notes.sounding.length && ear.silence > ALONE_S) || !line.clock.known; }

function frame(ms) {
  requestAnimationFrame(frame);
  const seconds = Math.min(Math.max((ms - before) / 1000, 0.001), 0.25), now = line.clock.now() + aheadS;
  before = ms;
  notes.rebase(now);
  ear.glide(now, seconds);
  const shown = look();
  if (shown === "lantern") motes(now);
  painter.paint(ear, shown, now, seconds, now % DRIFT_S);
  find("invitation").classList.toggle("shown", shown === "lantern" && alone());
  find("words").textContent = [ear.words.chord, ear.words.key, ear.words.section].filter(Boolean).join("   ");
  report(shown);
}

// Nobody plays: lights rise from a keyboard that is not there, one now and then, and wait to be answered.
let moteAt = 0, moteNumber = 0;
function motes(now) {
  if (now < moteAt && moteAt - now < 3) return;
  moteAt = now + 0.16 + Math.random() * 0.3;
  const wave = Math.sin(now * 0.21) * 14, pitch = Math.round(62 + wave + (Math.random() - 0.5) * 22);
  moteNumber -= 1;
  notes.announce([moteNumber, pitch, 0.25 + 0.4 * Math.random(), 1.6, 0.5, Math.random() < 0.5 ? "comp" : "lead"], now);
}

/** For whoever looks after the wall, and for tests. */
function report(shown) {
  const { dataset } = document.body;
  dataset.frames = painter.frames;
  dataset.look = shown;
  dataset.cues = line.counts.cues;
  dataset.drawn = notes.drawn;
  dataset.missed = ear.counts.missed;
  dataset.announced = ear.counts.announced;
  dataset.cancelled = ear.counts.cancelled;
}

// Hands on the wall.

const names = Object.keys(LOOKS);
addEventListener("keydown", (event) => {
  if (event.key === "f") (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {});
  else if (event.key === "0") own = null;
  else if (event.key === "w") find("words").hidden = !find("words").hidden;
  else own = names[Number(event.key) - 1] ?? own;
});
let restless;
const stir = () => { document.body.classList.remove("still"); clearTimeout(restless); restless = setTimeout(() => document.body.classList.add("still"), STILL_MS); };
addEventListener("pointermove", stir);
stir();
find("words").hidden = !wish.has("words");
find("invitation").textContent = wish.get("invite") ?? "play something";
const stayAwake = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); };
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
find("picture").addEventListener("webglcontextlost", (event) => { event.preventDefault(); setTimeout(() => location.reload(), 1500); });

line.open();
if (painter) requestAnimationFrame(frame);
