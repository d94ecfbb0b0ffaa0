// Why: tells people calmly when the live connection is gone, without flashing at every short hiccup.
import { el, replaceChildren } from "./dom.js";

const PATIENCE_MS = 800;

export function createConnectionBanner(banner) {
  let timer = null;
  let state = "connecting";
  let wasLost = false;

  function show(next) {
    state = next;
    document.body.dataset.connection = next;
    clearTimeout(timer);
    if (next === "open") settle();
    else timer = setTimeout(reveal, PATIENCE_MS);
  }

  function reveal() {
    wasLost = true;
    banner.dataset.state = state;
    replaceChildren(banner, el("span", { class: "spinner", "aria-hidden": true }), wording());
    banner.hidden = false;
  }

  function wording() {
    if (!navigator.onLine) return "You are offline. Waiting for the network…";
    return state === "connecting" ? "Connecting…" : "Reconnecting… You can keep typing.";
  }

  function settle() {
    if (!wasLost) return;
    wasLost = false;
    banner.dataset.state = "open";
    replaceChildren(banner, "Connected again");
    timer = setTimeout(() => (banner.hidden = true), 1400);
  }

  return { show };
}
