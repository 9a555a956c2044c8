// Small helpers for making the page.

/** make("button.big", { type: "button", onclick }, "text", child) */
export function make(what, properties = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !name.startsWith("aria-")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const find = (id) => document.getElementById(id);

/** Change text only when it is another: screens and screen readers then have less to do. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What this browser remembers, where it may. */
export const memory = {
  get(name) { try { return localStorage.getItem(`antiphon.${name}`); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(`antiphon.${name}`, value); } catch { /* a private window */ } },
};

/** True while somebody types into a field: letters are then letters, and not keys of the piano. */
export const typing = (target) => target.closest?.("textarea, select, input:not([type=range])") !== null;
