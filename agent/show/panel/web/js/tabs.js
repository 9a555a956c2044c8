// Sheets behind tabs, as screen readers and keyboards expect them.

import { find, make, memory } from "./dom.js";

/** sheets: [[id, name, element], …] */
export function layTabs(sheets) {
  const list = document.querySelector("[role=tablist]"), home = find("sheets");
  const tabs = sheets.map(([id, name, sheet]) => {
    const tab = make("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `sheet-${id}`, "aria-selected": "false", tabIndex: -1 }, name);
    const panel = make("div", { role: "tabpanel", id: `sheet-${id}`, "aria-labelledby": `tab-${id}`, tabIndex: 0, hidden: true }, sheet);
    tab.onclick = () => choose(id);
    list.append(tab);
    home.append(panel);
    return { id, tab, panel };
  });
  const choose = (wanted) => {
    for (const { id, tab, panel } of tabs) {
      tab.setAttribute("aria-selected", String(id === wanted));
      tab.tabIndex = id === wanted ? 0 : -1;
      panel.hidden = id !== wanted;
    }
    memory.set("sheet", wanted);
  };
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const here = tabs.findIndex(({ tab }) => tab === document.activeElement);
    if (!step || here < 0) return;
    const next = tabs[(here + step + tabs.length) % tabs.length];
    choose(next.id);
    next.tab.focus();
  };
  const remembered = memory.get("sheet");
  choose(tabs.some(({ id }) => id === remembered) ? remembered : tabs[0].id);
  return choose;
}
