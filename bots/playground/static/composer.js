// Why: the message box: typing, growing, sending, recalling, drafts, and steering the suggestions.
import { parseDraft, straightenDashes } from "./grammar.js";
import { showHint } from "./hint.js";
import { createListbox } from "./listbox.js";
import { createRecall } from "./recall.js";
import { session } from "./storage.js";
import { suggestionsFor } from "./suggest.js";

const PAUSE_MS = 350;
const WITH_PICTURES = "Ask about it, or /edit …";

export function createComposer({ input, sendButton, hintBox, list, panel, onSend }) {
  let commands = [];
  let pauseTimer = null;
  let isWaiting = false;
  const invitation = input.placeholder;
  const recall = createRecall();
  const listbox = createListbox({ list, panel, input, onPick: insert });

  function refresh() {
    clearTimeout(pauseTimer);
    grow(input);
    allowSending();
    session.set("draft", input.value);
    const draft = parseDraft(input.value, input.selectionStart, commands);
    showHint(hintBox, draft);
    offer(suggestionsFor(draft, commands));
  }

  function allowSending() {
    sendButton.disabled = isWaiting || input.value.trim() === "";
  }

  /** Pictures that come along need words, and time to be read. */
  function setAttached({ count, isBusy }) {
    isWaiting = isBusy;
    input.placeholder = count ? WITH_PICTURES : invitation;
    allowSending();
  }

  function offer({ items, active, patient }) {
    if (!patient || !items.length) {
      listbox.show(items, active);
      return;
    }
    listbox.hide();
    pauseTimer = setTimeout(() => listbox.show(items, active), PAUSE_MS);
  }

  function insert({ insert: text, from, to }) {
    const after = input.value.slice(to);
    const glued = text.endsWith(" ") && after.startsWith(" ") ? text.slice(0, -1) : text;
    const caret = from + text.length;
    write(input.value.slice(0, from) + glued + after, caret);
  }

  function write(text, caret = text.length) {
    input.value = text;
    input.focus();
    input.setSelectionRange(caret, caret);
    refresh();
  }

  /** Opens the command list without losing what is typed. */
  function startCommand() {
    const text = input.value;
    if (text.startsWith("/")) write(text, /^\S*/.exec(text)[0].length);
    else write(text ? `/ ${text}` : "/", 1);
  }

  function send() {
    const text = straightenDashes(input.value.trim());
    if (!text || isWaiting) return;
    recall.add(text);
    write("");
    onSend(text);
  }

  function handleKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const handled = (listbox.isOpen() && steerList(event)) || editKey(event);
    if (handled) event.preventDefault();
  }

  function steerList(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      listbox.move(event.key === "ArrowDown" ? 1 : -1);
      return true;
    }
    if (event.key === "Escape") {
      listbox.hide();
      return true;
    }
    const accepts = (event.key === "Enter" || event.key === "Tab") && !event.shiftKey;
    const item = listbox.activeItem();
    if (!accepts || !item) return false;
    insert(item);
    return true;
  }

  function editKey(event) {
    if (event.key === "Enter" && !event.shiftKey) {
      send();
      return true;
    }
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return false;
    const earlier = recall.step(event.key === "ArrowUp" ? -1 : 1, input.value);
    if (earlier === null) return false;
    recallText(earlier);
    return true;
  }

  /** A recalled text shows its hint but no list, so that Up can be pressed again. */
  function recallText(text) {
    write(text);
    clearTimeout(pauseTimer);
    listbox.hide();
  }

  function leave() {
    clearTimeout(pauseTimer);
    listbox.hide();
  }

  function handleCaret(event) {
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) refresh();
  }

  input.addEventListener("input", refresh);
  input.addEventListener("keydown", handleKey);
  input.addEventListener("keyup", handleCaret);
  input.addEventListener("click", refresh);
  input.addEventListener("blur", leave);
  sendButton.addEventListener("click", send);
  addEventListener("resize", () => grow(input));
  input.value = session.get("draft", "");
  refresh();
  leave();

  return {
    write,
    startCommand,
    setAttached,
    focus: () => input.focus(),
    setCommands(next) {
      commands = next;
      if (document.activeElement === input) refresh();
    },
  };
}

function grow(input) {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
}
