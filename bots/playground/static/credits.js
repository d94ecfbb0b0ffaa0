// Why: the credits in the header, counting smoothly to their new value.
import { el, prefersReducedMotion, replaceChildren } from "./dom.js";
import { icon } from "./icons.js";

const DURATION_MS = 700;
const NUMBER = new Intl.NumberFormat();

export function createCredits(box) {
  const amount = el("span", { class: "credits-amount" }, "–");
  const held = el("span", { class: "credits-held" });
  const spoken = el("span", { class: "visually-hidden" }, "Credits not known yet");
  replaceChildren(box, icon("coin"), el("span", { class: "credits-text", "aria-hidden": true }, amount, held), spoken);
  let shown = null;
  let frame = 0;

  function update({ available, held: reserved }) {
    if (!Number.isFinite(available)) return;
    box.dataset.state = "known";
    box.dataset.available = String(available);
    box.dataset.held = String(reserved ?? 0);
    const reservedText = reserved > 0 ? `${NUMBER.format(reserved)} reserved` : "";
    held.textContent = reservedText;
    spoken.textContent = [wordingOf(available), reservedText].filter(Boolean).join(", ");
    box.title = spoken.textContent;
    countTo(available);
  }

  function countTo(target) {
    cancelAnimationFrame(frame);
    const start = shown;
    if (start === null || start === target || prefersReducedMotion()) {
      write(target);
      return;
    }
    flash(target > start ? "up" : "down");
    const began = performance.now();
    const tick = (now) => {
      const share = Math.min((now - began) / DURATION_MS, 1);
      write(share === 1 ? target : Math.round(start + (target - start) * easeOut(share)));
      if (share < 1) frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
  }

  function write(value) {
    shown = value;
    amount.textContent = wordingOf(value);
  }

  function flash(direction) {
    box.dataset.change = direction;
    setTimeout(() => delete box.dataset.change, DURATION_MS);
  }

  return { update };
}

function wordingOf(value) {
  return `${NUMBER.format(value)} ${value === 1 ? "credit" : "credits"}`;
}

function easeOut(share) {
  return 1 - (1 - share) ** 3;
}
