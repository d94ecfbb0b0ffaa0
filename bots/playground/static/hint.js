// Why: the one-line help above the composer: the command's shape, the current option and what it accepts.
import { el, replaceChildren } from "./dom.js";
import { rangeOf } from "./suggest.js";

export function showHint(box, draft) {
  const parts = hintFor(draft);
  box.hidden = parts.length === 0;
  replaceChildren(box, ...parts);
}

function hintFor(draft) {
  if (draft.stage === "unknown") return [el("span", { class: "hint-note" }, `There is no command /${draft.name} in the list. Type / to see them all.`)];
  if (!draft.command) return [];
  return [signature(draft), explanation(draft)];
}

function signature({ command, option, used }) {
  const parts = command.options.map((candidate) => {
    const classes = ["hint-option"];
    if (candidate === option) classes.push("is-current");
    if (used.has(candidate.name)) classes.push("is-used");
    return el("span", { class: classes.join(" "), "aria-current": candidate === option ? "true" : null }, shapeOf(candidate));
  });
  return el("span", { class: "hint-signature" }, el("span", { class: "hint-command" }, `/${command.name}`), ...parts);
}

function shapeOf(option) {
  if (option.rest) return option.required ? option.name : `[${option.name}]`;
  return option.required ? `--${option.name}` : `[--${option.name}]`;
}

function explanation({ option, unknownOption, command }) {
  if (unknownOption) return el("span", { class: "hint-note" }, `--${unknownOption} is not an option of /${command.name}`);
  if (!option) return el("span", { class: "hint-help" }, command.help);
  const range = rangeOf(option);
  const fallback = option.default === null || option.default === undefined ? "" : `default ${option.default}`;
  const text = [option.help, range, fallback].filter(Boolean).join(" · ");
  return el("span", { class: "hint-help" }, text);
}
