// Why: offers files the server attached to an answer as downloads, never as pages that could run.
import { el } from "./dom.js";
import { icon } from "./icons.js";

const INERT = "application/octet-stream";

export function drawFile(file) {
  const bytes = decode(file.base64);
  const name = cleanName(file.name);
  return el(
    "button",
    { class: "file", type: "button", "data-file": name, "aria-label": `Download ${name}`, disabled: bytes === null, onclick: () => save(name, bytes) },
    icon("file"),
    el("span", { class: "file-text" }, el("span", { class: "file-name" }, name), el("span", { class: "file-size" }, bytes ? sizeOf(bytes.length) : "unreadable")),
    icon("download"),
  );
}

function save(name, bytes) {
  const url = URL.createObjectURL(new Blob([bytes], { type: INERT }));
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function decode(base64) {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function cleanName(name) {
  return String(name || "easel-file").replace(/[\\/\u0000-\u001f]/g, "_").slice(0, 120);
}

function sizeOf(count) {
  if (count < 1024) return `${count} bytes`;
  return count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KB` : `${(count / 1024 / 1024).toFixed(1)} MB`;
}
