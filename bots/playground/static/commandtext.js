// Why: shows a typed command readably: the command word strong, `--name value` pairs quieter and never split at their dashes.
import { el } from "./dom.js";

const COMMAND = /^(\/\S+)([\s\S]*)$/;
const OPTION = /((?<=\s)--[\w-]+(?:[ \t]+(?!--)\S+)?)/;

/** Nodes for a text that starts with a slash, or null when it is ordinary text. */
export function commandNodes(text) {
  const command = COMMAND.exec(text);
  if (!command) return null;
  return [el("span", { class: "command-word" }, command[1]), ...quietOptions(command[2])];
}

function quietOptions(text) {
  return text.split(OPTION).map((part, position) => (position % 2 ? el("span", { class: "option-words" }, part) : part));
}
