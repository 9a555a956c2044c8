// What is plugged where, and whose beat: found by itself, chosen with one touch.

import { make, write } from "./dom.js";

const SYNC = { auto: "the best there is", link: "Ableton Link", midi: "MIDI clock", estimate: "my playing", internal: "its own tempo" };

const json = async (path, body) => {
  const answer = await fetch(path, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return answer.headers.get("Content-Type")?.includes("json") ? answer.json() : { trouble: await answer.text() };
};

/** The outputs there are, as buttons; `chosen` is called when one was taken. Asks anew each time. */
export async function outputChoices({ hear, chosen }) {
  const { found, rig } = await json("api/ports");
  const own = (name) => name.startsWith(rig.name) || name.includes(`${rig.name}:`);
  const ports = found.filter(({ kind, problem }) => kind === "midi" && !problem).flatMap(({ outputs }) => outputs).filter((name) => !own(name));
  const speaker = found.some(({ kind, problem }) => kind === "sound" && !problem);
  const memory = rig.midi.api === "memory";
  const choices = [
    ["browser", "This browser", "plays both hands here; nothing to install"],
    ...(speaker ? [["speaker", "Loudspeaker", "a small synth of Antiphon’s own"]] : []),
    ...(memory ? [] : [["", `A port of its own, ${rig.name}:Out`, "for a DAW to listen to"], ...ports.map((name) => [name, name, "MIDI port"])]),
  ];
  return choices.map(([output, name, words]) => {
    const button = make("button", { type: "button", "aria-pressed": String(output === rig.midi.output) }, `${name} `, make("small", {}, words));
    button.dataset.output = output;
    button.onclick = async () => {
      const said = output === "browser" ? (hear(), {}) : await json("api/rig", { midi: { output } });
      chosen(said.trouble ?? "", button);
    };
    return button;
  });
}

/** The sheet for ports, beat and scenes. */
export function rigSheet(controls, line, hear) {
  const outputs = make("div.choices"), inputs = make("div.choices"), state = make("ul"), trouble = make("p.trouble", { role: "status" });
  const sync = make("select", { ariaLabel: "whose beat" }, ...Object.entries(SYNC).map(([name, words]) => make("option", { value: name }, words)));
  const source = make("p.quiet");
  const look = async () => {
    write(trouble, "");
    outputs.replaceChildren(make("p.quiet", {}, "looking for ports …"));
    try {
      outputs.replaceChildren(...(await outputChoices({ hear, chosen: (said, button) => { write(trouble, said); for (const one of outputs.children) one.setAttribute("aria-pressed", String(one === button && !said)); } })));
      const { found, rig } = await json("api/ports");
      sync.value = rig.sync;
      const names = found.filter(({ kind, problem }) => kind === "midi" && !problem).flatMap((one) => one.inputs).filter((name) => !name.includes(rig.name));
      inputs.replaceChildren(...(names.length ? names.map((name) => inputChoice(name, rig, trouble)) : [make("p.quiet", {}, "no keyboard is plugged in; the piano on this page works without")]));
    } catch { write(trouble, "the panel did not answer; try again"); outputs.replaceChildren(); }
  };
  sync.onchange = async () => write(trouble, (await json("api/rig", { clock: { sync: sync.value } })).trouble ?? "");
  line.on("picture", (picture) => {
    write(source, `${{ link: "Link", midi: "MIDI clock", tap: "tapping", estimate: "your playing", internal: "its own" }[picture.source] ?? picture.source}, ${Math.round(picture.lock * 100)} % sure`);
    const ports = Object.entries(picture.ports);
    if (ports.length !== state.childElementCount) state.replaceChildren(...ports.map(() => make("li")));
    ports.forEach(([name, there], n) => write(state.children[n], `${there ? "✓" : "⚠"} ${name} ${there ? "is plugged in" : "is away"}`));
  });
  const again = make("button", { type: "button", id: "look-round" }, "Look for ports");
  again.onclick = look;
  return make("div.sheet", {}, make("div.group", {}, make("h2", {}, "Where it plays"), outputs, make("h2", {}, "What it listens to"), inputs, again, trouble, state), make("div.group", {}, make("h2", {}, "Whose beat"), sync, source), make("div.group", {}, make("h2", {}, "Scenes"), scenes()));
}

function inputChoice(name, rig, trouble) {
  const button = make("button", { type: "button", "aria-pressed": String(rig.midi.inputs.includes(name)) }, name);
  button.onclick = async () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    const { trouble: said } = await json("api/rig", { midi: { inputs: on ? [...rig.midi.inputs, name] : rig.midi.inputs.filter((one) => one !== name) } });
    write(trouble, said ?? "");
    if (!said) button.setAttribute("aria-pressed", String(on));
  };
  return button;
}

function scenes() {
  const list = make("div.choices"), name = make("input", { type: "text", id: "scene-name", maxLength: 40, ariaLabel: "name of the scene", placeholder: "name" }), told = make("p.trouble", { role: "status" });
  const show = ({ scenes: names, said, trouble }) => {
    write(told, trouble ?? said ?? "");
    if (!names) return;
    list.replaceChildren(...names.map((one) => {
      const take = make("button", { type: "button" }, one), drop = make("button", { type: "button", ariaLabel: `drop ${one}` }, "✕");
      take.dataset.scene = one;
      take.onclick = async () => show(await json("api/scenes", { do: "take", name: one }));
      drop.onclick = async () => show(await json("api/scenes", { do: "drop", name: one }));
      return make("div.row", {}, take, drop);
    }));
  };
  const keep = make("button", { type: "button", id: "scene-keep" }, "Keep the desk");
  keep.onclick = async () => { show(await json("api/scenes", { do: "keep", name: name.value })); name.value = ""; };
  json("api/scenes").then(show).catch(() => {});
  return make("div.group", {}, list, make("div.row", {}, name, keep), told);
}

/** Programs on the network that draw: found by the panel where it can look. */
export async function visuals() {
  const answer = await fetch("api/visuals").catch(() => null);
  return answer?.ok ? (await answer.json()).visuals : [];
}

