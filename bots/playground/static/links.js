// Why: draws links that a reply offers, such as a checkout, as buttons that open a page of their own.
import { el } from "./dom.js";

/** Only pages on the web: whatever else a link may be is not offered. */
export function drawLinks(links) {
  const offered = links.filter(({ url }) => /^https?:\/\//i.test(url));
  return offered.length ? el("div", { class: "actions" }, ...offered.map(drawLink)) : null;
}

function drawLink({ label, url }) {
  return el("a", { class: "action-button page-link", href: url, target: "_blank", rel: "noopener noreferrer" }, String(label));
}
