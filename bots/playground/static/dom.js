// Why: the only way this page makes elements: text always becomes text nodes, so hostile data stays inert.

/** Creates an element. `on…` functions become listeners, null/false attributes are left out; aria-hidden="" would hide nothing. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) applyAttribute(node, name, value);
  node.append(...children.filter(isPresent));
  return node;
}

export function replaceChildren(node, ...children) {
  node.replaceChildren(...children.filter(isPresent));
}

export function byId(id) {
  return document.getElementById(id);
}

export function prefersReducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A random UUID; crypto.randomUUID is missing when a self-hosted page is served over plain http. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function applyAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
  else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
}

function isPresent(child) {
  return child !== null && child !== undefined && child !== false;
}
