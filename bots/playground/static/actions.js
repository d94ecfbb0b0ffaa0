// Why: the Re-roll, Vary and Cancel buttons: one request each, disabled meanwhile, the same id when retried.
import { el, newId } from "./dom.js";
import { icon } from "./icons.js";
import { postAction } from "./api.js";

const ICONS = { reroll: "reroll", vary: "vary", cancel: "cancel" };

export function createActions({ announce }) {
  const unanswered = new Map();

  function drawButtons(message) {
    const offered = (message.buttons ?? []).filter((button) => button.action in ICONS);
    if (!message.job || !offered.length) return null;
    const note = drawNote();
    const buttons = offered.map((button) => drawButton(message.job, button, note));
    return el("div", { class: "actions", role: "group", "aria-label": "Actions for this result" }, ...buttons, note);
  }

  function drawCancel(message) {
    const note = drawNote();
    const button = drawButton(message.job, { action: "cancel", label: "Cancel", index: null }, note);
    return el("div", { class: "cancel" }, button, note);
  }

  function drawButton(job, { action, label, index }, note) {
    const request = { job, action, index: index ?? null };
    const button = el(
      "button",
      {
        class: "action-button",
        type: "button",
        "data-action": action,
        "data-index": index,
        onclick: () => run(request, button, note),
      },
      icon(ICONS[action]),
      String(label),
    );
    return button;
  }

  async function run(request, button, note) {
    setBusy(button, true);
    note.textContent = "";
    try {
      await ask(request);
      announce(`${button.textContent}: requested`);
    } catch (error) {
      note.textContent = error.message;
      announce(`${button.textContent}: ${error.message}`);
    }
    setBusy(button, false);
  }

  /** A request that got no answer keeps its id, so pressing again cannot pay twice. */
  async function ask(request) {
    const key = JSON.stringify(request);
    const id = unanswered.get(key) ?? newId();
    unanswered.set(key, id);
    try {
      await postAction({ id, ...request });
      unanswered.delete(key);
    } catch (error) {
      if (!error.retry) unanswered.delete(key);
      throw error;
    }
  }

  return { drawButtons, drawCancel };
}

function drawNote() {
  return el("span", { class: "action-note" });
}

/** Disabling drops the keyboard focus, so it is given back when nobody else took it. */
function setBusy(button, isBusy) {
  const hadFocus = document.activeElement === button;
  if (isBusy) button.dataset.focused = String(hadFocus);
  button.disabled = isBusy;
  button.setAttribute("aria-busy", String(isBusy));
  const isFree = document.activeElement === document.body || document.activeElement === null;
  if (!isBusy && button.dataset.focused === "true" && isFree) button.focus();
}
