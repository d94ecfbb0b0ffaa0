// Why: says in the header what the built-in demo makes here instead of an AI: everything, pictures only, or answers only.
import { el, replaceChildren } from "./dom.js";

const WORDS = { image: "Pictures", chat: "Answers" };

/** `isAll`: nothing here is AI; `kinds`: which of "image" and "chat" the demo makes. */
export function showDemo({ label, note }, isAll, kinds) {
  const made = Object.keys(WORDS).filter((kind) => isAll || kinds.includes(kind));
  label.hidden = made.length === 0;
  if (label.hidden) return;
  const title = made.length === 1 ? `Demo ${WORDS[made[0]].toLowerCase()}` : "Demo mode";
  const sentence = `${listed(made)} are made by the built-in demo, not by AI.`;
  const [first, rest] = [title.slice(0, 4), title.slice(4).trim()];
  replaceChildren(label, el("span", { class: "demo-dot", "aria-hidden": "true" }), first, el("span", { class: "demo-word" }, `\u00a0${rest}`));
  label.title = sentence;
  replaceChildren(note, el("strong", {}, title), el("p", {}, sentence));
}

function listed(kinds) {
  return kinds.map((kind, position) => (position ? WORDS[kind].toLowerCase() : WORDS[kind])).join(" and ");
}
