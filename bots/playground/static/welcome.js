// Why: greets a newcomer with things to try instead of an empty room.
import { el } from "./dom.js";
import { commandNodes } from "./commandtext.js";
import { icon } from "./icons.js";

const EXAMPLES = [
  { command: "imagine", title: "Draw a wide scene", text: "/imagine a red fox in a snowy birch forest --aspect 16:9", option: "aspect" },
  { command: "imagine", title: "Compare four ideas", text: "/imagine a lighthouse at dusk, oil painting --count 4", option: "count" },
  { command: "chat", title: "Ask something", text: "/chat Give me three ideas for a birthday card" },
  { command: "help", title: "See what is possible", text: "/help" },
];

export function createWelcome(parent, onPick) {
  const list = el("div", { class: "examples" });
  const box = el(
    "section",
    { id: "welcome", class: "welcome", hidden: true, "aria-labelledby": "welcome-title" },
    el("span", { class: "mark", "aria-hidden": "true" }),
    el("h2", { id: "welcome-title" }, "What shall we make?"),
    el("p", {}, "Describe a picture, or ask a question. Type ", el("kbd", {}, "/"), " for every command. Here are four things to try:"),
    list,
  );
  parent.prepend(box);
  show([]);

  function show(commands) {
    list.replaceChildren(...EXAMPLES.map((example) => drawExample(example, commands)));
  }

  function drawExample(example, commands) {
    const text = fitting(example, commands);
    return el(
      "button",
      { class: "example", type: "button", "data-example": text, onclick: () => onPick(text) },
      el("span", { class: "example-title" }, icon("spark"), example.title),
      el("span", { class: "example-text" }, ...(commandNodes(text) ?? [text])),
    );
  }

  return {
    setCommands: show,
    setVisible: (isVisible) => (box.hidden = !isVisible),
  };
}

/** Leaves out an option this server does not have; without the command it becomes a plain message. */
function fitting({ command, text, option }, commands) {
  if (!commands.length) return text;
  const known = commands.find((candidate) => candidate.name === command);
  if (!known) return text.replace(/^\/\S+\s*/, "").replace(/ --\S+ \S+/, "") || "Hello!";
  const hasOption = !option || known.options.some((candidate) => candidate.name === option);
  return hasOption ? text : text.replace(/ --\S+ \S+/, "");
}
