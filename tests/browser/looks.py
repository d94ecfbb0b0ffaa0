"""What keeps people from reading or using a page: names, contrast, headings, sizes. No library is needed for it."""

from playwright.sync_api import Page

MIN_TARGET = 44
"""Pixels that a finger needs: https://www.w3.org/WAI/WCAG22/Understanding/target-size-enhanced"""

_PROBLEMS = """minTarget => {
  const found = [];
  const rgb = text => { const c = text.match(/[\\d.]+/g).map(Number); return c.length > 3 ? c : [...c, 1]; };
  const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const paint = rgb(getComputedStyle(node).backgroundColor);
      if (paint[3] > 0) return paint;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  };
  const named = node => `<${node.tagName.toLowerCase()}> ${(node.textContent || node.name || "").trim().slice(0, 40)}`;
  const all = selector => [...document.querySelectorAll(selector)].filter(node => node.getClientRects().length);

  if (!document.documentElement.lang) found.push("no language");
  if (!document.title.trim()) found.push("no title");
  if (document.querySelectorAll("main").length !== 1) found.push("not one main");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  let last = 0;
  for (const head of all("h1, h2, h3, h4, h5, h6")) {
    const level = Number(head.tagName[1]);
    if (level > last + 1) found.push(`heading skipped before ${named(head)}`);
    last = level;
  }
  for (const field of all("input:not([type=hidden]), select, textarea"))
    if (![...(field.labels || [])].some(label => label.textContent.trim()) && !field.ariaLabel)
      found.push(`no label for ${named(field)}`);
  for (const group of all("fieldset"))
    if (!(group.querySelector("legend") || group).textContent.trim() || !group.querySelector("legend"))
      found.push(`no legend for ${named(group)}`);
  for (const target of all("a, button, summary"))
    if (!target.textContent.trim() && !target.ariaLabel) found.push(`no name of ${named(target)}`);
  for (const image of all("img")) if (!image.hasAttribute("alt")) found.push("no alt");
  const ids = [...document.querySelectorAll("[id]")].map(node => node.id);
  if (new Set(ids).size !== ids.length) found.push("an id twice");
  for (const target of all("button, main a, label:has(input)"))
    if (target.getBoundingClientRect().height < minTarget) found.push(`too small: ${named(target)}`);
  for (const node of all("body *")) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())) continue;
    const style = getComputedStyle(node), size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = ratio(rgb(style.color), behind(node));
    if (contrast < (isLarge ? 3 : 4.5)) found.push(`contrast ${contrast.toFixed(2)}: ${named(node)}`);
    if (size < 12) found.push(`small print: ${named(node)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen");
  return found;
}"""

_FOCUS = """() => {
  const node = document.activeElement, style = getComputedStyle(node);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return {name: (node.labels?.[0] || node).textContent.trim(), tag: node.tagName.toLowerCase(), seen};
}"""


def problems(page: Page) -> list[str]:
    """Each thing on the page that is in somebody's way, in words. WCAG 2.2, AA where it has a number."""
    page.wait_for_load_state()
    found: list[str] = page.evaluate(_PROBLEMS, MIN_TARGET)
    return found


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus; on the way, each stop has to be seen."""
    page.wait_for_load_state()
    for _ in range(20):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUS)
        assert stop["tag"] == "body" or stop["seen"], f"the focus cannot be seen at {stop['name']}"
        if name in stop["name"] and stop["tag"] != "body":
            return
    raise AssertionError(f"Tab does not lead to {name}")
