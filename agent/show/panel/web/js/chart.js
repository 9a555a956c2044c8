// The chart editor: chords as lead sheets write them, a section a line, drawn as bars beneath.

import { make, write } from "./dom.js";
import { keyChoice } from "./sheets.js";

const EXAMPLES = {
  "twelve bars": "Blues: | C7 | F7 | C7 | % | F7 | % | C7 | A7 | Dm7 | G7 | C7 A7 | Dm7 G7 |",
  "ii V I": "A: | Dm7 | G7 | C^7 | % |",
  "four chords": "A: | C | G | Am | F |",
  "with a bridge": "A: | Am7 | D7 | G^7 | % |\nB: | Cm7 | F7 | Bb^7 | E7 |",
};

/** The text as sections with bars; what is wrong with it is the performer's to say. */
export function sections(text) {
  return text.split(/[\n;]/).filter((line) => line.trim()).map((line, n) => {
    const [, name, bars] = /^\s*(?:([^|:]{1,32}):)?\s*(\|.*)$/.exec(line) ?? [];
    return { name: (name ?? String.fromCharCode(65 + n)).trim(), bars: (bars ?? line).replace(/^[|\s]+|[|\s]+$/g, "").split("|").map((bar) => bar.trim() || "%") };
  });
}

/** The sheet: key, chart, sections to jump to. */
export function songSheet(controls, line) {
  const text = make("textarea", { ariaLabel: "chart: a section a line", spellcheck: false, placeholder: "A: | Dm7 | G7 | C^7 | % |" });
  text.dataset.cue = "/ctl/chart";
  const drawn = make("div.bars"), trouble = make("p.trouble", { role: "status" });
  let sent = "", current = "";
  const draw = () => {
    drawn.replaceChildren(...sections(text.value).map(({ name, bars }, n) => {
      const jump = controls.press("/ctl/section", `to ${name}`, n);
      const section = make("section", { "aria-label": name }, make("div.row", {}, make("h3", {}, name), jump), make("ol", {}, ...bars.map((bar) => make("li", {}, bar))));
      section.dataset.now = name === current && text.value === sent ? "yes" : "no";
      return section;
    }));
  };
  const send = () => { text.typing = false; write(trouble, ""); controls.turn("/ctl/chart", text.value.trim()); };
  text.oninput = () => { text.typing = true; draw(); };
  text.onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(); };
  controls.watch("/ctl/chart", (chart) => {
    if (chart === sent) return;
    if (!text.typing) text.value = chart;
    sent = chart;
    draw();
  });
  line.on("cue", (address, [sentence]) => { if (address === "/sys/error" && /chart|chord/.test(sentence)) write(trouble, sentence); });
  line.on("cue", (address, [name]) => { if (address === "/text/section" && name !== current) { current = name; draw(); } });
  const example = make("select", { ariaLabel: "an example to begin with" }, make("option", { value: "" }, "examples"), ...Object.keys(EXAMPLES).map((name) => make("option", {}, name)));
  example.onchange = () => { if (EXAMPLES[example.value]) { text.value = EXAMPLES[example.value]; draw(); } };
  const take = make("button", { type: "button", id: "take-chart", title: "Ctrl+Enter" }, "Play this from the next bar");
  take.onclick = send;
  const none = make("button", { type: "button" }, "No chart");
  none.onclick = () => { text.value = ""; draw(); send(); };
  draw();
  return make("div.sheet", {}, make("div.group", {}, keyChoice(controls), controls.make("/ctl/key_strength", "how strictly the key"), controls.make("/ctl/chord_strength", "how strictly the chords")), make("div.group", {}, make("h2", {}, "Chart"), text, trouble, make("div.row", {}, take, none, example), drawn));
}
