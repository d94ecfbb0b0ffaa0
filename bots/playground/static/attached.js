// Why: shows what somebody sent along with a message: small copies that are part of the message itself.
import { el } from "./dom.js";

const COPY = /^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=]+$/;

export function drawAttached(copies) {
  const safe = copies.filter((copy) => COPY.test(copy));
  const pictures = safe.map((copy, position) => el("img", { src: copy, alt: nameOf(position, safe.length), decoding: "async" }));
  return el("div", { class: "attached" }, ...pictures);
}

function nameOf(position, count) {
  return count === 1 ? "Attached picture" : `Attached picture ${position + 1} of ${count}`;
}
