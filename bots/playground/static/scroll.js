// Why: follows new messages at the bottom, but never pulls away a reader who scrolled up.
import { prefersReducedMotion, replaceChildren } from "./dom.js";
import { icon } from "./icons.js";

const NEAR_PX = 64;

export function createScrollKeeper({ scroller, content, pill }) {
  let isStuck = true;
  let unseen = 0;
  let knownHeight = 0;

  // The welcome is read from its top; only messages are followed.
  const hasMessages = () => content.lastElementChild?.classList.contains("slot") === true;

  function toBottom() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  function stick() {
    isStuck = true;
    clearPill();
    toBottom();
  }

  function noteNew() {
    if (isStuck) return;
    unseen += 1;
    replaceChildren(pill, icon("down"), unseen === 1 ? "1 new message" : `${unseen} new messages`);
    pill.hidden = false;
  }

  function clearPill() {
    unseen = 0;
    pill.hidden = true;
  }

  function follow() {
    knownHeight = scroller.scrollHeight;
    if (isStuck && hasMessages()) toBottom();
  }

  /** A scroll seen before `follow` ran comes from changed content, not from the reader. */
  function handleScroll() {
    if (!hasMessages() || scroller.scrollHeight !== knownHeight) return;
    isStuck = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
    if (isStuck) clearPill();
  }

  function jump() {
    clearPill();
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: prefersReducedMotion() ? "auto" : "smooth" });
    scroller.focus({ preventScroll: true });
  }

  const observer = new ResizeObserver(follow);
  observer.observe(content);
  observer.observe(scroller);
  scroller.addEventListener("scroll", handleScroll, { passive: true });
  pill.addEventListener("click", jump);

  return { stick, noteNew };
}
