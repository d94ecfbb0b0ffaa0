// Why: draws the suggestions as an accessible listbox steered from the composer (ARIA combobox pattern).
import { el, replaceChildren } from "./dom.js";

export function createListbox({ list, panel, input, onPick }) {
  let items = [];
  let active = -1;

  function show(nextItems, nextActive) {
    items = nextItems;
    replaceChildren(list, ...items.map(drawItem));
    panel.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
    activate(items.length ? nextActive : -1);
    list.scrollTop = 0;
  }

  function hide() {
    if (!panel.hidden) show([], -1);
  }

  function drawItem(item, position) {
    return el(
      "li",
      { id: `suggestion-${position}`, class: "suggestion", role: "option", "aria-selected": "false", onclick: () => onPick(item) },
      el("span", { class: "suggestion-title" }, item.title),
      el("span", { class: "suggestion-detail" }, item.detail),
      item.note ? el("span", { class: "suggestion-note" }, item.note) : null,
      item.tag ? el("span", { class: "tag" }, item.tag) : null,
    );
  }

  function activate(position) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = position;
    const node = list.children[active];
    if (!node) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    node.setAttribute("aria-selected", "true");
    node.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", node.id);
  }

  function move(step) {
    const start = active === -1 && step < 0 ? 0 : active;
    activate((start + step + items.length) % items.length);
  }

  // The composer keeps the focus while people click or touch a suggestion.
  panel.addEventListener("mousedown", (event) => event.preventDefault());

  return {
    show,
    hide,
    move,
    isOpen: () => !panel.hidden,
    activeItem: () => items[active] ?? null,
  };
}
