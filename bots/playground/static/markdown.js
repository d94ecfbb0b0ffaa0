// Why: turns the small agreed text format (bold, code, fences, lists, links) into DOM nodes; all else stays literal.
import { el } from "./dom.js";

const FENCE = /^\s*```/;
const LIST_ITEM = /^\s*[-•] (.*)$/;
const INLINE = /`([^`\n]+)`|\*\*([^\n]+?)\*\*|(https?:\/\/[^\s<>"'`]+)/gi;
const TRAILING = /[.,;:!?)\]}*_]+$/;

export function renderMarkdown(text) {
  const lines = String(text ?? "").replace(/\r\n?/g, "\n").split("\n");
  const root = document.createDocumentFragment();
  let position = 0;
  while (position < lines.length) {
    const take = FENCE.test(lines[position]) ? takeFence : LIST_ITEM.test(lines[position]) ? takeList : takeParagraph;
    const { node, next } = take(lines, position);
    if (node) root.append(node);
    position = next;
  }
  return root;
}

function takeFence(lines, start) {
  let end = start + 1;
  while (end < lines.length && !FENCE.test(lines[end])) end += 1;
  const code = lines.slice(start + 1, end).join("\n");
  return { node: el("pre", { tabindex: "0" }, el("code", {}, code)), next: end + 1 };
}

function takeList(lines, start) {
  const list = el("ul");
  let end = start;
  for (; end < lines.length; end += 1) {
    const item = LIST_ITEM.exec(lines[end]);
    if (!item) break;
    list.append(el("li", { dir: "auto" }, ...inline(item[1])));
  }
  return { node: list, next: end };
}

function takeParagraph(lines, start) {
  let end = start;
  while (end < lines.length && lines[end].trim() && !FENCE.test(lines[end]) && !LIST_ITEM.test(lines[end])) end += 1;
  if (end === start) return { node: null, next: start + 1 };
  const text = lines.slice(start, end).join("\n");
  return { node: el("p", { dir: "auto" }, ...inline(text)), next: end };
}

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(last, match.index), ...mark(match));
    last = match.index + match[0].length;
  }
  nodes.push(text.slice(last));
  return nodes.filter((node) => node !== "");
}

function mark([whole, code, bold, url]) {
  if (code !== undefined) return [el("code", {}, code)];
  if (bold !== undefined) return [el("strong", {}, ...inline(bold))];
  if (url !== undefined) return link(url);
  return [whole];
}

function link(raw) {
  const tail = TRAILING.exec(raw)?.[0] ?? "";
  const address = raw.slice(0, raw.length - tail.length);
  const safe = webAddress(address);
  if (!safe) return [raw];
  return [el("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, address), tail];
}

function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}
