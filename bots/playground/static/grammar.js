// Why: understands a half-typed command around the caret; pure functions, so suggestions and hints cannot disagree.

/**
 * Returns one of:
 *   {stage: "chat"}                                    no slash
 *   {stage: "command", prefix, from, to}               the caret is in the command word
 *   {stage: "unknown", name}                           no such command
 *   {stage: "option", command, prefix, from, to, …}    the caret is in a `--name`
 *   {stage: "value", command, option, prefix, from, to, …}
 *   {stage: "rest", command, option, fresh, from, to, …}  free text; fresh = the caret follows a space
 */
export function parseDraft(text, caret, commands) {
  const word = /^\/(\S*)/.exec(text);
  if (!word) return { stage: "chat" };
  if (caret <= word[0].length) return { stage: "command", prefix: text.slice(1, caret), from: 0, to: word[0].length };
  const command = findCommand(commands, word[1]);
  if (!command) return { stage: "unknown", name: word[1] };
  return { command, ...parseArguments(text, caret, word[0].length, command) };
}

export function findCommand(commands, name) {
  return commands.find((command) => command.name === name.toLowerCase()) ?? null;
}

export function restOption(command) {
  return command.options.find((option) => option.rest) ?? null;
}

export function needsWords(command) {
  return command.options.some((option) => option.required);
}

/** Phone keyboards turn `--` into a dash; in a command it is turned back where it starts an option. */
export function straightenDashes(text) {
  return text.startsWith("/") ? text.replace(/(\s)[—–](?=[a-z])/g, "$1--") : text;
}

function parseArguments(text, caret, nameEnd, command) {
  const head = text.slice(nameEnd, caret);
  const prefix = /\S*$/.exec(head)[0];
  const range = wordRange(text, caret, prefix);
  const used = usedOptions(text, range);
  const shared = { prefix, used, unknownOption: unknownOption(text, range, command), ...range };
  if (prefix.startsWith("--")) return { stage: "option", ...shared, prefix: prefix.slice(2) };
  const open = openOption(head, command) ?? firstChoice(head, prefix, command);
  if (open) return { stage: "value", option: open, ...shared };
  return { stage: "rest", option: restOption(command), fresh: prefix === "", hasText: head.trim() !== "", ...shared };
}

function wordRange(text, caret, prefix) {
  const after = /^\S*/.exec(text.slice(caret))[0];
  return { from: caret - prefix.length, to: caret + after.length };
}

function optionWords(text, except) {
  const found = [];
  for (const match of text.matchAll(/(^|\s)--([\w-]+)/g)) {
    const start = match.index + match[1].length;
    if (start !== except.from) found.push(match[2]);
  }
  return found;
}

function usedOptions(text, except) {
  return new Set(optionWords(text, except));
}

function unknownOption(text, except, command) {
  const known = new Set(command.options.map((option) => option.name));
  return optionWords(text, except).find((name) => !known.has(name)) ?? null;
}

/** The words right after the command, where they are one of a few: `/privacy export`. */
function firstChoice(head, prefix, command) {
  const rest = restOption(command);
  const isFirst = head.slice(0, head.length - prefix.length).trim() === "";
  return isFirst && rest?.type === "choice" ? rest : null;
}

/** The option whose value is being typed at the end of `head`, if any. */
function openOption(head, command) {
  const match = /(?:^|\s)--([\w-]+)\s+((?:(?!\s--).)*)$/s.exec(head);
  if (!match) return null;
  const option = command.options.find((candidate) => candidate.name === match[1]);
  if (!option) return null;
  const isFinished = /\S\s/.test(match[2]);
  return option.type !== "text" && isFinished ? null : option;
}
