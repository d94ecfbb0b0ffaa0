// Why: times and days in the reader's own language and zone.

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_MS = 24 * 60 * 60 * 1000;

export function timeOf(at) {
  const time = Date.parse(at);
  return Number.isNaN(time) ? Date.now() : time;
}

export function shortTime(at) {
  return TIME.format(timeOf(at));
}

export function fullTime(at) {
  return FULL.format(timeOf(at));
}

export function dayKey(at) {
  return new Date(timeOf(at)).toDateString();
}

export function dayLabel(at) {
  const key = dayKey(at);
  if (key === new Date().toDateString()) return "Today";
  if (key === new Date(Date.now() - DAY_MS).toDateString()) return "Yesterday";
  return DAY.format(timeOf(at));
}

/** "about 8 s", "about 2 min" or "" when unknown. */
export function aboutSeconds(seconds) {
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0) return "";
  return seconds < 90 ? `about ${Math.max(1, Math.round(seconds))} s` : `about ${Math.round(seconds / 60)} min`;
}
