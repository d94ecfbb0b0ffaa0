// Why: shows one picture large, in a real dialog: Escape closes, arrows and swipes move, the focus returns.
import { el, replaceChildren } from "./dom.js";
import { icon } from "./icons.js";

const SWIPE_PX = 48;

export function createLightbox() {
  let images = [];
  let position = 0;
  let opener = null;
  let touchStart = null;

  const picture = el("img", { class: "lightbox-picture", alt: "" });
  const caption = el("p", { class: "lightbox-caption", "aria-live": "polite" });
  const counter = el("span", { class: "lightbox-counter" });
  const download = el("a", { class: "icon-button", "aria-label": "Download picture", title: "Download" }, icon("download"));
  const close = control("Close", "cancel", () => dialog.close());
  const previous = control("Previous picture", "left", () => step(-1), "lightbox-previous");
  const next = control("Next picture", "right", () => step(1), "lightbox-next");
  const dialog = el(
    "dialog",
    { id: "lightbox", class: "lightbox", "aria-label": "Picture" },
    el("div", { class: "lightbox-bar" }, counter, download, close),
    el("div", { class: "lightbox-stage" }, previous, picture, next),
    caption,
  );

  function open(list, start, from) {
    images = list;
    opener = from;
    document.body.append(dialog);
    show(start);
    dialog.showModal();
    close.focus();
  }

  function show(at) {
    position = at;
    const image = images[position];
    picture.src = image.url;
    picture.alt = image.alt;
    for (const side of ["width", "height"]) if (image[side]) picture.setAttribute(side, image[side]);
    replaceChildren(caption, image.alt);
    replaceChildren(counter, images.length > 1 ? `${position + 1} / ${images.length}` : "");
    previous.hidden = next.hidden = images.length < 2;
    download.href = image.url;
    download.download = fileName(image.url);
  }

  function step(direction) {
    if (images.length > 1) show((position + direction + images.length) % images.length);
  }

  function handleKey(event) {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  }

  function handleClick(event) {
    if (event.target === dialog || event.target.classList.contains("lightbox-stage")) dialog.close();
  }

  function handleSwipe(event) {
    if (touchStart === null) return;
    const distance = event.changedTouches[0].clientX - touchStart;
    touchStart = null;
    if (Math.abs(distance) > SWIPE_PX) step(distance > 0 ? -1 : 1);
  }

  function giveBackFocus() {
    const home = opener?.isConnected ? opener : document.getElementById("composer");
    home.focus();
  }

  dialog.addEventListener("keydown", handleKey);
  dialog.addEventListener("click", handleClick);
  dialog.addEventListener("close", giveBackFocus);
  dialog.addEventListener("touchstart", (event) => (touchStart = event.touches.length === 1 ? event.touches[0].clientX : null), { passive: true });
  dialog.addEventListener("touchend", handleSwipe);

  return { open };
}

function control(label, iconName, onclick, extra = "") {
  return el("button", { class: `icon-button ${extra}`.trim(), type: "button", "aria-label": label, title: label, onclick }, icon(iconName));
}

function fileName(address) {
  return new URL(address, location.href).pathname.split("/").pop() || "easel-picture";
}
