// Why: decides what to offer for a parsed draft; pure, the drawing is in listbox.js.
import { needsWords } from "./grammar.js";

const NUMBERS_SHOWN = 10;
const NOTHING = { items: [], active: -1, patient: false };

/** `active` is the preselected item (-1: Enter still sends); `patient` offers wait until typing pauses. */
export function suggestionsFor(draft, commands) {
  if (draft.stage === "command") return offerCommands(draft, commands);
  if (draft.stage === "option") return offerOptions(draft);
  if (draft.stage === "value") return offerValues(draft);
  if (draft.stage === "rest" && draft.fresh) return { items: optionItems(draft, ""), active: -1, patient: draft.hasText };
  return NOTHING;
}

function offerCommands(draft, commands) {
  const prefix = draft.prefix.toLowerCase();
  const starting = commands.filter((command) => command.name.startsWith(prefix));
  const containing = commands.filter((command) => command.name.indexOf(prefix) > 0);
  const items = [...starting, ...containing].map((command) => commandItem(command, draft));
  const exact = starting.find((command) => command.name === prefix);
  return { items, active: exact && !needsWords(exact) ? -1 : 0, patient: false };
}

function commandItem(command, { from, to }) {
  return {
    title: `/${command.name}`,
    detail: command.help,
    tag: command.role === "user" ? null : command.role,
    insert: command.options.length ? `/${command.name} ` : `/${command.name}`,
    from,
    to,
  };
}

function offerOptions(draft) {
  return { items: optionItems(draft, draft.prefix.toLowerCase()), active: 0, patient: false };
}

function optionItems({ command, used, from, to }, prefix) {
  return command.options
    .filter((option) => !option.rest && !used.has(option.name) && option.name.startsWith(prefix))
    .map((option) => ({
      title: `--${option.name}`,
      detail: option.help,
      tag: option.required ? "required" : null,
      note: rangeOf(option),
      insert: `--${option.name} `,
      from,
      to,
    }));
}

function offerValues({ option, prefix, from, to }) {
  const typed = prefix.toLowerCase();
  const matching = knownValues(option).filter(({ value, label }) => {
    return value.toLowerCase().startsWith(typed) || label.toLowerCase().includes(typed);
  });
  const isExact = matching.some(({ value }) => value.toLowerCase() === typed);
  if (isExact && matching.length === 1) return NOTHING;
  const items = matching.map(({ value, label }) => ({
    title: value,
    detail: label === value ? "" : label,
    tag: String(option.default) === value ? "default" : null,
    insert: `${value} `,
    from,
    to,
  }));
  const isLeftOut = option.rest && prefix === "";
  return { items, active: isExact || isLeftOut ? -1 : 0, patient: false };
}

function knownValues(option) {
  if (option.type === "choice") return (option.choices ?? []).map(({ value, label }) => ({ value: String(value), label: String(label ?? value) }));
  if (option.type !== "integer" || !isNumber(option.minimum) || !isNumber(option.maximum)) return [];
  const size = option.maximum - option.minimum + 1;
  if (size > NUMBERS_SHOWN) return [];
  return Array.from({ length: size }, (_, step) => String(option.minimum + step)).map((value) => ({ value, label: value }));
}

/** "1–4", "at least 0", "16:9 · 1:1" or "" when anything goes. */
export function rangeOf(option) {
  if (option.type === "choice") return (option.choices ?? []).map((choice) => choice.value).join(" · ");
  if (option.type !== "integer") return "";
  if (isNumber(option.minimum) && isNumber(option.maximum)) return `${option.minimum}–${option.maximum}`;
  if (isNumber(option.minimum)) return `at least ${option.minimum}`;
  if (isNumber(option.maximum)) return `at most ${option.maximum}`;
  return "whole number";
}

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
