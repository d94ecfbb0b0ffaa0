"""People at the playground's page: how they come, speak and draw."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 30_000
LIVE = "body.is-live #credits[data-available]"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2,
}  # fmt: skip


@contextlib.contextmanager
def visit(chromium: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A new person at the page, which is live."""
    context = chromium.new_context(**(DESKTOP | options))
    try:
        yield arrived(context, url)
    finally:
        context.close()


@contextlib.contextmanager
def uncomplaining(chromium: Browser, url: str, **options: Any) -> Iterator[Page]:
    """The same. Nothing they do may make the browser complain."""
    context = chromium.new_context(**(DESKTOP | options))
    said = complaints(context)
    try:
        yield arrived(context, url)
        assert said == []
    finally:
        context.close()


def arrived(context: BrowserContext, url: str) -> Page:
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(LIVE)
    return page


def complaints(context: BrowserContext) -> list[str]:
    """A list that fills with what the browser's console complains about: errors, CSP violations, lost files."""
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    return said


def say(page: Page, text: str) -> None:
    page.fill("#composer", text)
    page.press("#composer", "Escape")
    page.press("#composer", "Enter")


def results(page: Page) -> Locator:
    return page.locator("article[data-kind=result]")


def draw(page: Page, options: str = "") -> Locator:
    """Ask for a picture, and wait until it is shown."""
    before = results(page).count()
    say(page, f"/imagine a red fox {options}")
    expect(results(page)).to_have_count(before + 1)
    expect(results(page).last.locator("img.is-loaded").first).to_be_visible()
    return results(page).last


def expect_credits(page: Page, available: int) -> None:
    expect(page.locator("#credits")).to_have_attribute("data-available", str(available))
    expect(page.locator("#credits .credits-amount")).to_have_text(f"{available} credits")


CONTRAST = """node => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  let back = node;
  const paint = n => rgb(getComputedStyle(n).backgroundColor);
  while (back.parentElement && paint(back)[3] === 0) back = back.parentElement;
  const [a, b] = [light(rgb(getComputedStyle(node).color)), light(paint(back))].sort((x, y) => y - x);
  return (a + .05) / (b + .05);
}"""
