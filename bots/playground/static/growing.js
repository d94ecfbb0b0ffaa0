// Why: shows an answer while it is written: what stands already stays where it is, and a caret marks the end.
import { el } from "./dom.js";
import { renderMarkdown } from "./markdown.js";

export function createGrowing() {
  const caret = el("span", { class: "caret", "aria-hidden": "true" });
  const element = el("div", { class: "text is-growing", hidden: true });

  function show(text) {
    element.hidden = text === "";
    caret.remove();
    replaceChanged(element, [...renderMarkdown(closed(text)).children]);
    endOf(element).append(caret);
  }

  return { element, show };
}

/** Only blocks that differ are replaced, so that a reader's selection and place survive. */
function replaceChanged(element, blocks) {
  blocks.forEach((block, position) => {
    const old = element.children[position];
    if (!old) element.append(block);
    else if (!old.isEqualNode(block)) old.replaceWith(block);
  });
  while (element.children.length > blocks.length) element.lastElementChild.remove();
}

/** Where the next word will be: inside the last list item, code or paragraph. */
function endOf(element) {
  const last = element.lastElementChild;
  if (!last) return element;
  return last.tagName === "P" ? last : (last.lastElementChild ?? last);
}

/** Ends `code` and **bold** that is still being written, so that its marks do not flicker, nor half of one. */
export function closed(text) {
  const start = text.lastIndexOf("\n") + 1;
  const isInFence = (text.slice(0, start).match(/^\s*```/gm) ?? []).length % 2 === 1;
  if (isInFence || text.slice(start).trimStart().startsWith("```")) return text;
  const line = text.slice(start).replace(/(?<!\*)\*$/, "");
  return text.slice(0, start) + closedWith("**", closedWith("`", line));
}

function closedWith(mark, line) {
  const outside = mark === "`" ? line : line.replace(/`[^`]*`/g, "");
  if (outside.split(mark).length % 2 === 1) return line;
  return line.endsWith(mark) ? line.slice(0, -mark.length) : `${line}${mark}`;
}
