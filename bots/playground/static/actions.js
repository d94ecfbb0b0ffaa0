// Why: the buttons under a result and on a running job: one request each, disabled meanwhile, the same id when retried.
import { el, newId } from "./dom.js";
import { postAction } from "./api.js";
import { drawBar, drawButton, isKnown, setBusy } from "./buttonbar.js";
import { createDrawer, createEditForm } from "./editform.js";

export function createActions({ announce }) {
  const unanswered = new Map();

  function drawButtons(message) {
    const offered = (message.buttons ?? []).filter(({ action }) => isKnown(action));
    if (!message.job || !offered.length) return null;
    const note = drawNote();
    const drawer = createDrawer();
    const bar = drawBar(offered, (button) => (button.action === "edit" ? drawEdit(message.job, button, drawer) : drawPress(message.job, button, note)));
    bar.append(note);
    return el("div", { class: "result-actions" }, bar, drawer.element);
  }

  function drawCancel(message) {
    const note = drawNote();
    const button = drawPress(message.job, { action: "cancel", label: "Cancel", index: null }, note);
    return el("div", { class: "cancel" }, button, note);
  }

  function drawPress(job, offered, note) {
    const request = { job, action: offered.action, index: offered.index ?? null };
    const button = drawButton(offered, () => run(request, offered.label, button, note));
    return button;
  }

  function drawEdit(job, offered, drawer) {
    const opener = drawButton(offered, () => drawer.toggle(form));
    const title = offered.label === "Edit" ? "What should change?" : `What should change in picture ${offered.index}?`;
    const form = createEditForm({ title, opener, announce, onSend: send });
    drawer.add(form);

    async function send(text) {
      await ask({ job, action: "edit", index: offered.index ?? null, text });
      announce(`${offered.label}: requested`);
    }

    return opener;
  }

  async function run(request, label, button, note) {
    setBusy(button, true);
    note.textContent = "";
    try {
      await ask(request);
      announce(`${label}: requested`);
    } catch (error) {
      note.textContent = error.message;
      announce(`${label}: ${error.message}`);
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
