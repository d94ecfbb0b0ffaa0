// Why: numbers stay fresh while somebody looks at them, and only then. Without this file the pages work, too.

const EVERY_MS = 20_000;
const live = document.getElementById("live");
const freshness = document.getElementById("freshness");
let at = Date.now();
let open = new Set();

const content = () => document.getElementById("content");
const isOn = () => live.hasAttribute("data-on");

// What somebody types, has reached by keyboard or marks to copy would be lost; what has an id gets the focus back.
function isBusy() {
  const at = document.activeElement;
  const isThere = content().contains(at) && (at.matches("input, select, textarea") || !at.id);
  return isThere || !getSelection().isCollapsed;
}

function say(trouble) {
  const when = content().dataset.updated;
  freshness.textContent = trouble ? `Could not refresh. Numbers of ${when}` : `Numbers of ${when}`;
  freshness.classList.toggle("bad", Boolean(trouble));
}

function refresh() {
  if (document.hidden || !isOn() || isBusy() || !window.htmx) return;
  at = Date.now();
  window.htmx.trigger(content(), "easel:refresh");
}

function setLive(on) {
  live.toggleAttribute("data-on", on);
  live.title = on ? "Refreshed every 20 seconds. Press to pause." : "Paused. Press to go on.";
  live.textContent = on ? "Live" : "Paused";
  sessionStorage.setItem("easel-live", on ? "on" : "off");
}

document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

if (live) {
  setLive(sessionStorage.getItem("easel-live") !== "off");
  live.hidden = false;
  live.addEventListener("click", () => { setLive(!isOn()); refresh(); });
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (Date.now() - at > EVERY_MS) refresh(); });
  document.body.addEventListener("htmx:beforeSwap", () => {
    open = new Set([...document.querySelectorAll("details[open][id]")].map(node => node.id));
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    say();
  });
  for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(trouble, () => say(true));
  }
  say();
}
