// Why: lays out what can be done with a result; the same thing for several pictures is one group with their numbers.
import { el } from "./dom.js";
import { icon } from "./icons.js";

const ICONS = { reroll: "reroll", vary: "vary", edit: "edit", upscale: "upscale", cancel: "cancel" };

export function isKnown(action) {
  return action in ICONS;
}

/** `draw(button)` returns a <button>; in a group only its number is shown, the whole label is still its name. */
export function drawBar(offered, draw) {
  const groups = [...Map.groupBy(offered, ({ action }) => action).values()];
  const parts = groups.map((group) => (group.length === 1 ? draw(group[0]) : drawGroup(group, draw)));
  return el("div", { class: "actions", role: "group", "aria-label": "Actions for this result" }, ...parts);
}

export function drawButton({ action, label, index }, onclick) {
  return el("button", { class: "action-button", type: "button", "data-action": action, "data-index": index, onclick }, icon(ICONS[action]), String(label));
}

function drawGroup(group, draw) {
  const word = group[0].label.replace(/\s*\d+$/, "");
  const title = el("span", { class: "action-group-title", "aria-hidden": "true" }, icon(ICONS[group[0].action]), word);
  return el("div", { class: "action-group", role: "group", "aria-label": word }, title, ...group.map((offered) => shortened(draw(offered), offered)));
}

function shortened(button, { label, index }) {
  button.setAttribute("aria-label", label);
  button.title = label;
  button.classList.add("is-number");
  button.replaceChildren(String(index));
  return button;
}

/** Disabling drops the keyboard focus, so it is given back when nobody else took it. */
export function setBusy(button, isBusy) {
  const hadFocus = document.activeElement === button;
  if (isBusy) button.dataset.focused = String(hadFocus);
  button.disabled = isBusy;
  button.setAttribute("aria-busy", String(isBusy));
  const isFree = document.activeElement === document.body || document.activeElement === null;
  if (!isBusy && button.dataset.focused === "true" && isFree) button.focus();
}
