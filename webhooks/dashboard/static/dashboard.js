// Why: numbers stay fresh while somebody looks at them, and only then. Without this file the pages work, too.

const EVERY_MS = 20_000;
const live = document.getElementById("live");
const freshness = document.getElementById("freshness");
let at = Date.now();
let open = new Set();

const content = () => document.getElementById("content");
const isOn = () => live.getAttribute("aria-pressed") === "true";
const isBusy = () => content().contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

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
  live.setAttribute("aria-pressed", String(on));
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
