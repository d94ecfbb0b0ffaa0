// Why: remembers what was sent so the Up arrow can bring it back, as in a shell.
import { session } from "./storage.js";

const KEPT = 50;

export function createRecall() {
  const entries = session.getList("sent").filter((entry) => typeof entry === "string");
  let position = entries.length;

  function add(text) {
    const known = entries.indexOf(text);
    if (known !== -1) entries.splice(known, 1);
    entries.push(text);
    entries.splice(0, Math.max(0, entries.length - KEPT));
    position = entries.length;
    session.setList("sent", entries);
  }

  /** Moves through the sent texts; null means there is nothing in that direction. */
  function step(direction, current) {
    const isBrowsing = current === entries[position];
    if (current !== "" && !isBrowsing) return null;
    if (current === "") position = entries.length;
    const next = position + direction;
    if (next < 0 || next > entries.length) return null;
    position = next;
    return entries[position] ?? "";
  }

  return { add, step };
}
