// Why: sends the user's messages without losing any: each keeps its id until the server is known to have it.
import { newId } from "./dom.js";
import { postMessage } from "./api.js";
import { session } from "./storage.js";

const REASON_AFTER_RELOAD = "The page was closed too early.";
const PICTURES_LOST = "The page was closed before its pictures were sent. Attach them again.";

/** `report` = {onAdd(entry, delivery), onDelivery(id, delivery), onFiles(id, files)}. */
export function createOutbox(report) {
  const entries = new Map();
  // A tab's storage has no room for pictures, only for how many there were.
  const store = () => session.setList("outbox", [...entries.values()].map(({ id, text, pictures }) => ({ id, text, lost: pictures.length })));

  function send(text, pictures) {
    const entry = { id: newId(), text, pictures };
    report.onAdd(entry, { state: "sending" });
    return attempt(entry);
  }

  function retry({ id, text, pictures = [] }) {
    report.onDelivery(id, { state: "sending" });
    return attempt({ id, text, pictures });
  }

  async function attempt(entry) {
    entries.set(entry.id, entry);
    store();
    try {
      const data = await postMessage(entry);
      forget(entry.id);
      report.onDelivery(entry.id, null);
      report.onFiles(entry.id, Array.isArray(data.attachments) ? data.attachments : []);
    } catch (error) {
      if (!error.retry) forget(entry.id);
      report.onDelivery(entry.id, { state: error.retry ? "failed" : "rejected", reason: error.message });
    }
  }

  /** Called when the server has the message: answered, echoed, or the user gave it up. */
  function forget(id) {
    if (entries.delete(id)) store();
  }

  /** Brings back what an earlier visit of this tab could not deliver. */
  function restore() {
    for (const entry of session.getList("outbox")) {
      if (typeof entry?.id !== "string" || typeof entry?.text !== "string" || entries.has(entry.id)) continue;
      const kept = { id: entry.id, text: entry.text, pictures: [] };
      if (!entry.lost) entries.set(kept.id, kept);
      report.onAdd(kept, entry.lost ? { state: "rejected", reason: PICTURES_LOST } : { state: "failed", reason: REASON_AFTER_RELOAD });
    }
    store();
  }

  return { send, retry, forget, restore };
}
