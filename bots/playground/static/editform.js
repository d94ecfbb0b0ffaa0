// Why: asks for the words of an edit right under the picture, by keyboard as well as by hand.
import { el } from "./dom.js";

/** `onSend(words)` resolves when the request is in; `opener` gets the focus back. */
export function createEditForm({ title, opener, announce, onSend }) {
  const words = el("textarea", { class: "edit-words", rows: "2", enterkeyhint: "send", placeholder: "Make it winter, add a boat…" });
  const send = el("button", { class: "edit-send", type: "submit" }, "Send edit");
  const cancel = el("button", { class: "link-button", type: "button", onclick: leave }, "Close");
  const note = el("p", { class: "action-note" });
  const element = el(
    "form",
    { class: "edit-form", hidden: true, onsubmit: submit, onkeydown: handleKey },
    el("label", { class: "edit-label" }, title, words),
    el("div", { class: "edit-buttons" }, note, cancel, send),
  );

  function open() {
    element.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    words.focus();
    words.select();
    element.scrollIntoView({ block: "nearest" });
  }

  function close() {
    element.hidden = true;
    note.textContent = "";
    opener.setAttribute("aria-expanded", "false");
  }

  function leave() {
    close();
    opener.focus();
  }

  async function submit(event) {
    event.preventDefault();
    if (send.disabled) return;
    const said = words.value.trim();
    if (!said) {
      complain("Say what should change.");
      return;
    }
    note.textContent = "";
    send.disabled = true;
    try {
      await onSend(said);
      leave();
    } catch (error) {
      complain(error.message);
    }
    send.disabled = false;
  }

  function complain(problem) {
    note.textContent = problem;
    announce(problem);
    words.focus();
  }

  function handleKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") leave();
    else if (event.key === "Enter" && !event.shiftKey && event.target === words) submit(event);
  }

  opener.setAttribute("aria-expanded", "false");
  return { element, open, close, leave, isOpen: () => !element.hidden };
}

/** The place under a result where at most one form is open. */
export function createDrawer() {
  const element = el("div", { class: "edit-drawer" });
  let current = null;

  function add(form) {
    element.append(form.element);
  }

  function toggle(form) {
    if (form.isOpen()) {
      form.leave();
      return;
    }
    current?.close();
    current = form;
    form.open();
  }

  return { element, add, toggle };
}
