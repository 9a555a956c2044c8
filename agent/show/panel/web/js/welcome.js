// Three steps for a newcomer: play something, choose where it sounds, choose what draws.

import { find, make, memory, write } from "./dom.js";
import { outputChoices, visuals } from "./rig.js";

const STEPS = ["Play", "Hear", "See"];

/** Shown once to each browser. `hear` turns on the sound of this browser; `line` tells when something was played. */
export function welcome(line, hear) {
  if (memory.get("welcomed") !== null) return;
  const dialog = find("welcome"), steps = make("ol", {}, ...STEPS.map((name) => make("li", {}, name)));
  const title = make("h2", { id: "welcome-title" }), body = make("div.body"), told = make("p.trouble", { role: "status" });
  const skip = make("button", { type: "button" }, "Skip"), next = make("button", { type: "button", id: "welcome-next" }, "Next");
  let step = 0;

  const show = async () => {
    dialog.dataset.step = step;
    [...steps.children].forEach((one, n) => { one.className = n < step ? "done" : ""; if (n === step) one.setAttribute("aria-current", "step"); else one.removeAttribute("aria-current"); });
    write(told, "");
    write(next, step === 2 ? "Begin" : "Next");
    write(title, ["Play something", "Where shall it sound?", "Who shall draw?"][step]);
    if (step === 0) body.replaceChildren(make("p", {}, "Play a few notes: press ", make("kbd", {}, "A"), " ", make("kbd", {}, "D"), " ", make("kbd", {}, "G"), " on this keyboard, or a key of your MIDI keyboard."), make("p", {}, "Antiphon listens, plans a little ahead and plays along; leave it room and it answers."), pads());
    if (step === 1) {
      body.replaceChildren(make("p", { role: "status" }, "looking for ports …"));
      const choices = await outputChoices({ hear, chosen: (said, button) => { write(told, said); for (const one of body.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === button && !said)); } }).catch(() => []);
      if (step === 1) body.replaceChildren(make("div.choices", {}, ...choices));
    }
    if (step === 2) {
      const link = make("a.button", { href: "stage", target: "_blank", rel: "noopener" }, "Our own picture, full screen");
      const list = make("div.choices", {}, link);
      body.replaceChildren(list, make("p.quiet", {}, "Any program that hears OSC can draw too: antiphon jam --osc HOST:PORT sends it every cue."));
      for (const { name, target } of await visuals()) list.append(make("p", {}, `found: ${name} (${target})`));
    }
  };

  // Keys to touch where there is neither keyboard nor MIDI.
  const pads = () => make("div.row", {}, ...[60, 62, 64, 67, 69].map((pitch, n) => {
    const pad = make("button", { type: "button" }, "CDEGA"[n]);
    pad.onpointerdown = () => { hear(); line.key(pitch, 84); };
    for (const kind of ["pointerup", "pointerleave", "pointercancel"]) pad.addEventListener(kind, () => line.key(pitch, 0));
    return pad;
  }));

  const close = () => { memory.set("welcomed", "yes"); dialog.close(); };
  skip.onclick = close;
  dialog.oncancel = close;
  next.onclick = () => { if (step === 2) close(); else { step += 1; show(); } };
  line.on("cue", (address, args) => { if (step === 0 && dialog.open && address === "/human/note" && args[4] === 0) { step = 1; show(); } });
  dialog.append(steps, title, body, told, make("footer", {}, skip, next));
  show();
  dialog.showModal();
}
