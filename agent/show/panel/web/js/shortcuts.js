// Keys that are not the piano's: one table, which the help is made from.

import { find, make, typing } from "./dom.js";

/** do: { again, undo, … } → what each does; a shortcut whose deed is missing is not offered. */
export function listenForShortcuts(deeds, modes) {
  const table = [
    ["1 … 9", "how it plays", null],
    ["N", "again: another take", deeds.again], ["V", "undo", deeds.undo], ["C", "keep the last bars", deeds.keep],
    ["R", "loop its last two bars, or let go", deeds.loop], ["B", "fill", deeds.fill], ["Q", "come to an end", deeds.end],
    ["Esc", "panic: silence at once", deeds.panic], ["M", "it rests, or plays", deeds.rest], [".", "tap the beat", deeds.tap],
    ["I", "large, for a music stand", deeds.big], ["?", "this help", deeds.help],
  ];
  const letters = new Map(table.filter(([, , deed]) => deed).map(([key, , deed]) => [key.toLowerCase(), deed]));
  addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]") && event.key !== "Escape") return;
    if (event.key === "Escape" && document.querySelector("dialog[open]")) return; // it closes the dialog
    const mode = modes[Number(event.key) - 1];
    if (mode) return deeds.mode(mode);
    letters.get(event.key === "Escape" ? "esc" : event.key.toLowerCase())?.();
  });
  const close = make("button", { type: "button" }, "Close");
  const rows = [["A W S E D F …", "piano, from the second C shown; with shift louder"], ["Z, X", "an octave lower, higher"], ...table.filter(([, , deed]) => deed !== undefined)];
  find("helping").append(make("h2", { id: "help-title" }, "Keys"), make("dl", {}, ...rows.flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)])), make("footer", {}, close));
  close.onclick = () => find("helping").close();
}
