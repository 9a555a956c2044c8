// The panel: puts its parts together and lets them hear each other.

import { Controls } from "./controls.js";
import { songSheet } from "./chart.js";
import { find, make, memory, write } from "./dom.js";
import { Line } from "./line.js";
import { TURNS, pitchName } from "./names.js";
import { Piano } from "./piano.js";
import { rigSheet } from "./rig.js";
import { Roll } from "./roll.js";
import { Score } from "./score.js";
import { knobSheet, moreSheet, partSheet, playSheet } from "./sheets.js";
import { listenForShortcuts } from "./shortcuts.js";
import { Status } from "./status.js";
import { Synth } from "./synth.js";
import { layTabs } from "./tabs.js";
import { listenToKeyboards } from "./web_midi.js";
import { welcome } from "./welcome.js";

const SOON_S = 0.5;
const SAY_AGAIN_MS = 2000;
const LOOP_BARS = 2;
const TAKES = [["again", "Again"], ["undo", "Undo"], ["keep", "Keep"], ["fill", "Fill"], ["end", "End"]];

const table = await (await fetch("api/table")).json();
const line = new Line();
const controls = new Controls(line, table);
const score = new Score();
const synth = new Synth(line.clock);
const roll = new Roll(find("roll"), score, line.clock);
let picture = null;

// Hands.

const hands = {
  press(pitch, velocity) { if (memory.get("sound") !== "off") synth.start().then(showSound); synth.press(pitch, velocity); line.key(pitch, velocity); },
  lift(pitch) { synth.lift(pitch); line.key(pitch, 0); },
};
const piano = new Piano(find("piano"), hands);
find("midi").onclick = () => listenToKeyboards(hands, (sentence) => write(find("midi"), sentence));

// What happens.

line.on("cue", (address, args, t) => { score.hear(address, args, t); synth.hear(address, args, t); });
line.on("picture", (seen) => {
  picture = seen;
  score.see(seen);
  roll.see(seen);
  if (!more.firstChild) more.append(moreSheet(controls, seen.desk));
  controls.see(seen.desk);
  if (synth.on) synth.mix(seen.desk);
  const soon = new Set(seen.planned.filter(([dt]) => dt < SOON_S).map(([, , pitch]) => pitch));
  piano.show(score.held(), soon);
  showNow(seen);
});
line.on("stage", (where) => {
  find("line").dataset.state = where;
  write(find("line"), { here: "on stage", away: "the performer is coming", lost: "connecting again" }[where]);
  if (where !== "here") { synth.hush(); score.clear(line.clock.now()); }
});

function showNow(seen) {
  const beat = Math.floor(seen.beat_in_bar);
  write(find("now-beat"), Array.from({ length: seen.beats_per_bar }, (_, n) => (n === beat ? "■" : "□")).join(""));
  write(find("now-bpm"), seen.bpm.toFixed(0));
  write(find("now-chord"), seen.chord || "–");
  write(find("now-key"), seen.key || "–");
  write(find("now-turn"), TURNS[seen.turn] ?? seen.turn);
  write(find("now-mode"), seen.mode.replace("_", " "));
  write(find("why"), seen.why);
}

setInterval(() => {
  if (!picture) return;
  const held = score.held(), said = (set) => [...set].map(pitchName).join(" ") || "nothing";
  find("roll").setAttribute("aria-label", `Piano roll. You hold ${said(held.human)}. Antiphon plays ${said(held.agent)} and has ${score.plan.size} notes planned.`);
}, SAY_AGAIN_MS);

// Sound.

function showSound() { find("sound").setAttribute("aria-pressed", String(synth.on)); }
find("sound").onclick = async () => {
  memory.set("sound", synth.on ? "off" : "on");
  await (synth.on ? synth.stop() : synth.start());
  showSound();
};
setInterval(() => { find("sound").dataset.level = synth.level.toFixed(4); }, 200);

const hearHere = () => { memory.set("sound", "on"); synth.start().then(showSound); };

// Takes.

const loopButton = make("button", { type: "button", id: "loop", "aria-pressed": "false", title: "R" }, "Loop");
const showLoop = (bars) => loopButton.setAttribute("aria-pressed", String(Boolean(bars)));
const loop = () => { const bars = loopButton.getAttribute("aria-pressed") === "true" ? 0 : LOOP_BARS; showLoop(bars); controls.turn("/ctl/loop", bars); };
loopButton.dataset.cue = "/ctl/loop";
loopButton.onclick = loop;
controls.watch("/ctl/loop", showLoop);
const panic = controls.press("/ctl/panic", "Panic");
panic.className = "panic";
find("takes").append(...TAKES.filter(([name]) => controls.has(`/ctl/${name}`)).map(([name, label]) => controls.press(`/ctl/${name}`, label)), loopButton, panic);

// Sheets.

const status = new Status(line);
const sheets = [
  ["play", "Play", playSheet(controls, table.modes)],
  ["knobs", "Knobs", knobSheet(controls)],
  ["parts", "Parts", partSheet(controls)],
  ["song", "Song", songSheet(controls, line)],
];
const more = make("div");
layTabs([...sheets, ["rig", "Rig", rigSheet(controls, line, hearHere)], ["more", "More", more], ["status", "Status", status.sheet]]);

// Keys and sizes.

const once = (name) => (controls.has(`/ctl/${name}`) ? () => line.cue(`/ctl/${name}`, 1) : undefined);
const big = () => { const on = document.body.classList.toggle("big"); find("big").setAttribute("aria-pressed", String(on)); };
find("big").onclick = big;
find("help").onclick = () => find("helping").showModal();
if (new URLSearchParams(location.search).get("size") === "stage") big();
listenForShortcuts({
  again: once("again"), undo: once("undo"), keep: once("keep"), fill: once("fill"), end: once("end"), panic: once("panic"), tap: once("tap"), loop, big,
  rest: () => document.querySelector('[data-cue="/ctl/mute"]').click(), help: () => find("helping").showModal(), mode: (name) => controls.turn("/ctl/mode", name),
}, table.modes);

welcome(line, hearHere);
line.open();
