// Why: tells screen readers what matters (results, errors, answers) and keeps quiet about each percent.

const LONGEST = 240;

export function createAnnouncer(box) {
  let timer = null;
  let waiting = [];

  /** Several announcements in one moment are read as one, so none is cut off. */
  function announce(text) {
    waiting.push(text);
    clearTimeout(timer);
    timer = setTimeout(flush, 120);
  }

  function flush() {
    box.textContent = waiting.join(". ");
    waiting = [];
  }

  function announceMessage(message) {
    if (message.role !== "easel" || message.kind === "job") return;
    announce(`${opening(message)} ${plain(message.text)}`.trim());
  }

  return { announce, announceMessage };
}

function opening({ kind, images }) {
  if (kind === "error") return "Easel, error:";
  if (kind !== "result" || !images?.length) return "Easel:";
  return images.length === 1 ? "Easel: picture ready." : `Easel: ${images.length} pictures ready.`;
}

function plain(text) {
  const flat = String(text ?? "").replace(/```|\*\*|`/g, "").replace(/\s+/g, " ").trim();
  return flat.length > LONGEST ? `${flat.slice(0, LONGEST)}…` : flat;
}
