// Why: the auto / dark / light switch in the header and its memory.
import { icon } from "./icons.js";
import { local } from "./storage.js";

const ORDER = ["auto", "dark", "light"];
const ICONS = { auto: "auto", dark: "moon", light: "sun" };

export function setUpThemeToggle(button) {
  let theme = ORDER.includes(local.get("theme")) ? local.get("theme") : "auto";
  const change = () => {
    theme = following(theme);
    local.set("theme", theme === "auto" ? null : theme);
    show(button, theme);
  };
  button.addEventListener("click", change);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(button, theme));
  show(button, theme);
}

function following(theme) {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
}

function show(button, theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  button.replaceChildren(icon(ICONS[theme]));
  button.dataset.theme = theme;
  button.setAttribute("aria-label", `Theme: ${theme}. Switch to ${following(theme)}.`);
  button.title = `Theme: ${theme}`;
  paintBrowserBar();
}

function paintBrowserBar() {
  const colour = getComputedStyle(document.querySelector(".topbar")).backgroundColor;
  document.querySelector('meta[name="theme-color"]').content = colour;
}
