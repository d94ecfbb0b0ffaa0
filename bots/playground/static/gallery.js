// Why: lays out one to four (or more) pictures with their space reserved before they load.
import { el } from "./dom.js";

export function drawGallery(images, lightbox) {
  const safe = images.map((image) => ({ ...image, alt: image.alt ?? "", url: ownAddress(image.url) })).filter((image) => image.url);
  const gallery = el("div", { class: "gallery", "data-count": Math.min(safe.length, 4), "data-shape": ratioOf(safe[0]) < 0.8 ? "tall" : "wide" });
  gallery.style.setProperty("--ratio", String(ratioOf(safe[0])));
  gallery.append(...safe.map((image, position) => drawPicture(image, position, safe, lightbox)));
  return gallery;
}

/** Pictures come from this server only; anything else is left out. */
export function ownAddress(address) {
  try {
    const url = new URL(address, location.href);
    return url.origin === location.origin ? url.href : null;
  } catch {
    return null;
  }
}

function drawPicture(image, position, all, lightbox) {
  const button = el(
    "button",
    {
      class: "picture",
      type: "button",
      "aria-label": all.length > 1 ? `Open picture ${position + 1} of ${all.length}: ${image.alt}` : `Open picture: ${image.alt}`,
      onclick: () => lightbox.open(all, position, button),
    },
    drawImage(image, () => markBroken(button, image)),
    all.length > 1 ? el("span", { class: "picture-number", "aria-hidden": true }, String(image.index ?? position + 1)) : null,
  );
  button.style.setProperty("--ratio", String(ratioOf(image)));
  return button;
}

function markBroken(button, image) {
  button.classList.add("is-broken");
  button.disabled = true;
  button.setAttribute("aria-label", `Picture not available: ${image.alt}`);
}

function drawImage(image, onBroken) {
  const node = el("img", { width: image.width, height: image.height, alt: image.alt, loading: "lazy", decoding: "async" });
  node.addEventListener("load", () => node.classList.add("is-loaded"));
  node.addEventListener("error", onBroken);
  node.src = image.url;
  return node;
}

function ratioOf(image) {
  const ratio = image?.width / image?.height;
  return Number.isFinite(ratio) && ratio > 0 ? Math.min(Math.max(ratio, 0.3), 4) : 1;
}
