// Why: keeps the conversation in order: no doubles, echoes join their optimistic message, results replace placeholders.
import { el } from "./dom.js";
import { dayKey, dayLabel, timeOf } from "./clock.js";

const GROUP_MS = 5 * 60 * 1000;
const SHARED_KINDS = new Set(["job", "result", "error"]);

/**
 * A slot is one place in the conversation: {key, order, message, delivery, files, element}.
 * `draw(slot)` returns its <article>; it is called again whenever the slot changes.
 */
export function createTimeline(thread, draw) {
  const slots = [];
  const byKey = new Map();
  const seen = new Set();
  let lastSeq = 0;
  let pendingCount = 0;

  /** Takes a message from the stream; returns "known", "added" or "changed". */
  function receive(message) {
    if (seen.has(message.id)) return "known";
    seen.add(message.id);
    lastSeq = Math.max(lastSeq, message.seq);
    const key = keyFor(message);
    const slot = byKey.get(key);
    if (!slot) {
      place({ key, order: message.seq, message, delivery: null, files: [] });
      return "added";
    }
    return settle(slot, message);
  }

  function keyFor(message) {
    const isItsJobs = message.id.startsWith("job:") || message.id.startsWith("end:");
    if (!message.job || !isItsJobs || !SHARED_KINDS.has(message.kind)) return `id:${message.id}`;
    const key = `job:${message.job}`;
    const wouldHideResult = message.kind === "error" && byKey.get(key)?.message.kind === "result";
    return wouldHideResult ? `id:${message.id}` : key;
  }

  function settle(slot, message) {
    const isOlder = slot.message.seq !== undefined && message.seq < slot.message.seq;
    if (isOlder) return "known";
    const isEcho = slot.message.seq === undefined;
    slot.message = message;
    slot.delivery = null;
    if (isEcho) moveTo(slot, message.seq);
    redraw(slot);
    return isEcho ? "known" : "changed";
  }

  /** Shows the user's own message before the server has seen it. */
  function addPending({ id, text, pictures, delivery }) {
    if (seen.has(id)) return;
    pendingCount += 1;
    const attached = pictures.map(({ thumb }) => thumb);
    const message = { id, role: "user", kind: "text", text, attached, pictures, at: new Date().toISOString() };
    place({ key: `id:${id}`, order: nextOrder(), message, delivery, files: [] });
  }

  function nextOrder() {
    return lastSeq + 0.5 + pendingCount / 1e6;
  }

  function setDelivery(id, delivery) {
    const slot = byKey.get(`id:${id}`);
    if (!slot) return;
    const isEchoed = slot.message.seq !== undefined;
    if (isEchoed && delivery?.state !== "rejected") return;
    slot.delivery = delivery;
    redraw(slot);
  }

  function addFiles(id, files) {
    const slot = byKey.get(`id:${id}`);
    if (!slot || !files.length) return;
    slot.files = files;
    redraw(slot);
  }

  function remove(id) {
    const slot = byKey.get(`id:${id}`);
    if (!slot) return;
    const position = slots.indexOf(slot);
    slots.splice(position, 1);
    byKey.delete(slot.key);
    slot.element.remove();
    regroup(position);
  }

  /** After a catch-up, what is still unsent belongs below what was missed. */
  function sinkPending() {
    for (const slot of slots.filter(({ message }) => message.seq === undefined)) {
      pendingCount += 1;
      moveTo(slot, nextOrder());
    }
  }

  function place(slot) {
    byKey.set(slot.key, slot);
    const isLive = document.body.classList.contains("is-live");
    slot.element = el("div", { class: isLive ? "slot is-new" : "slot" });
    slot.element.append(draw(slot));
    insertSorted(slot);
  }

  function insertSorted(slot) {
    let position = slots.length;
    while (position > 0 && slots[position - 1].order > slot.order) position -= 1;
    thread.insertBefore(slot.element, slots[position]?.element ?? null);
    slots.splice(position, 0, slot);
    regroup(position);
    regroup(position + 1);
  }

  function moveTo(slot, order) {
    const position = slots.indexOf(slot);
    slot.order = order;
    const isInPlace = (slots[position - 1]?.order ?? -1) <= order && order <= (slots[position + 1]?.order ?? Infinity);
    if (isInPlace) return;
    slots.splice(position, 1);
    regroup(position);
    insertSorted(slot);
  }

  function redraw(slot) {
    const old = slot.element.querySelector("article");
    const hadFocus = old.contains(document.activeElement);
    const fresh = draw(slot);
    old.replaceWith(fresh);
    regroup(slots.indexOf(slot));
    if (hadFocus) (fresh.querySelector("button:not([hidden], [disabled])") ?? fresh).focus();
  }

  /** Sets the day divider and whether the author line is repeated. */
  function regroup(position) {
    const slot = slots[position];
    if (!slot) return;
    const previous = slots[position - 1];
    const isNewDay = !previous || dayKey(previous.message.at) !== dayKey(slot.message.at);
    const article = slot.element.querySelector("article");
    article.classList.toggle("is-grouped", !isNewDay && follows(previous.message, slot.message));
    slot.element.querySelector(".day")?.remove();
    if (isNewDay) slot.element.prepend(el("p", { class: "day" }, el("span", {}, dayLabel(slot.message.at))));
  }

  return { receive, addPending, setDelivery, addFiles, remove, sinkPending, size: () => slots.length };
}

function follows(previous, message) {
  return previous.role === message.role && timeOf(message.at) - timeOf(previous.at) < GROUP_MS;
}
