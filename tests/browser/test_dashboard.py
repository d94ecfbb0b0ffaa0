"""The dashboard in Chromium: in by a one-time link, on a desk and on a telephone, in light and dark, by keyboard."""

import asyncio
import contextlib
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.accounts.model import Identity, Role
from core.admin.model import Actor, Scope
from core.clock import DAY
from core.settings import Settings
from tests.bots.test_demo_process import demo, free_port
from tests.browser.looks import MIN_TARGET
from tests.browser.people import CONTRAST, DESKTOP, PATIENCE_MS, PHONE, complaints
from tests.support import ManualClock, opened, settings_in
from tests.webhooks.dashboard.place import lived_in

ROOT = Identity("playground", "root")
SOMEBODY = Identity("discord", "person-0")
DAYS = 8
LINKS = 12
SIGNED_OUT = "401 (Unauthorized)"
"""Chromium complains of a page that says so."""
PAGES = ("", "/users", "/costs", "/jobs", "/providers", "/orders", "/audit")
NAMELESS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, svg[role=img], table')]
  .filter(n => n.checkVisibility()).filter(n => !(n.getAttribute('aria-label') || n.labels?.length
    || n.caption?.textContent || n.textContent.trim())).map(n => n.outerHTML)"""
TWICE = "() => [...document.querySelectorAll('[id]')].map(n => n.id).filter((id, i, all) => all.indexOf(id) !== i)"
FOR_A_MOUSE = "button:visible, .button:visible, nav a:visible"
FOR_A_FINGER = ", ".join(
    f"{each}:visible" for each in ("button", "a:not(.skip)", "input:not([type=hidden])", "select", "summary")
)
WORDS = "h1, h2, dt, dd, td, th, nav a, label, .badge, .quiet, .legend, .marks span, .chips a, summary, button, small"


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[tuple[str, list[str], str]]:
    """A running Easel where people have been for some days: its address, links to enter by, and somebody's account."""
    settings = settings_in(folder, port=free_port(), admins=str(ROOT))
    with ThreadPoolExecutor(1) as apart:  # Playwright has the event loop of this thread
        links, account = apart.submit(asyncio.run, fill(settings)).result()
    with demo(settings, folder, ADMINS=str(ROOT)) as running:
        yield running.url, links, account


async def fill(settings: Settings) -> tuple[list[str], str]:
    clock = ManualClock(int(time.time() * 1_000) - DAYS * DAY)
    async with opened(settings, clock) as app:
        root = (await app.accounts.for_identity(ROOT)).id
        await lived_in(app, clock, DAYS)
        actor = Actor(root, str(ROOT), Role.ADMIN, frozenset(Scope), root)
        links = [await app.access.link(actor) for _ in range(LINKS)]
        return links, (await app.accounts.for_identity(SOMEBODY)).id


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[str, list[str], str]]:
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder)) as place:
        yield place


@contextlib.contextmanager
def entered(chromium: Browser, place: tuple[str, list[str], str], **options: Any) -> Iterator[Page]:
    """An admin at the first page. Nothing they do may make the browser complain."""
    context = chromium.new_context(**(DESKTOP | options), base_url=place[0])
    context.set_default_timeout(PATIENCE_MS)
    said, page = complaints(context), context.new_page()
    try:
        page.goto(f"/admin/enter/{place[1].pop()}")
        page.get_by_role("button", name="Open the dashboard").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        yield page
        assert [text for text in said if SIGNED_OUT not in text] == []
    finally:
        context.close()


def fits_in_between(page: Page, path: str) -> None:
    """On what is smaller than a desk and larger than a phone, too."""
    for width in (600, 900, 1_100, DESKTOP["viewport"]["width"]):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


def numbers(page: Page, series: str) -> list[int]:
    cells = page.locator(f'td[data-series="{series}"]')
    return [int(value) for value in cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")]


def api(page: Page, path: str) -> Any:
    answer = page.request.get(f"/api/v1/admin{path}")
    assert answer.ok, answer.text()
    return answer.json()["data"]


def test_an_admin_filters_costs_gives_credits_and_finds_it_in_the_audit_log(
    chromium: Browser, place: tuple[str, list[str], str], tmp_path: Path
) -> None:
    with entered(chromium, place) as page:
        page.get_by_role("link", name="Costs").click()
        expect(page.locator("#live")).to_be_visible()
        everything = page.locator("table.list tbody tr").count()
        page.get_by_label("Provider", exact=True).select_option("gemini")
        expect(page).to_have_url(re.compile("provider=gemini"))
        expect(page.locator("table.list tbody tr")).to_have_count(1)
        assert everything > 1
        page.reload()
        expect(page.get_by_label("Provider", exact=True)).to_have_value("gemini")
        page.get_by_role("link", name="Users").click()
        page.get_by_label("Who").fill(str(SOMEBODY))
        page.get_by_label("Who").press("Enter")
        page.get_by_role("link", name=str(SOMEBODY)).click()
        before = int(page.locator(".tile .value").first.inner_text().replace(",", ""))
        form = page.get_by_role("form", name="Give credits")
        form.get_by_label("Credits").fill("50")
        form.get_by_label("Why").fill("for the bug report")
        form.get_by_role("button").click()
        expect(page.get_by_text(f"Give 50 credits to {SOMEBODY}?")).to_be_visible()
        page.screenshot(path=tmp_path / "confirm.png")
        page.get_by_role("button", name="Give credits").dblclick()
        expect(page.get_by_role("status")).to_contain_text(f"available {before:,} → {before + 50:,}")
        expect(page.get_by_role("status")).to_be_focused()  # so it is read aloud, as nothing is that is there at once
        page.get_by_role("link", name="Audit log").click()
        row = page.locator("table.list tbody tr").first
        for said in ("grant", place[2], "for the bug report", str(ROOT)):
            expect(row).to_contain_text(said)
        expect(page.locator("table.list tbody tr").filter(has_text="grant")).to_have_count(1)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")


def test_every_number_of_a_chart_is_that_of_the_api(chromium: Browser, place: tuple[str, list[str], str]) -> None:
    with entered(chromium, place) as page:
        page.get_by_role("link", name="7 days").click()
        expect(page.locator("#requests-numbers tbody tr")).to_have_count(7)
        first, last = (
            page.get_by_label("From", exact=True).input_value(),
            page.get_by_label("to", exact=True).input_value(),
        )
        said = api(page, f"/stats?from={first}&to={last}")
        for series, part, name in (
            ("Done", "figures", "done"), ("Failed", "figures", "failed"), ("Cost", "figures", "costNano"),
            ("Earned", "figures", "earnedNano"), ("Sold", "books", "sold"), ("Spent", "books", "spent"),
            ("Active", "books", "active"),
        ):  # fmt: skip
            assert numbers(page, series) == [day[part][name] for day in said["days"]], series
        assert sum(numbers(page, "Done")) > 0
        page.goto(f"/admin/costs?from={first}&to={last}&by=provider,model")
        lines = api(page, f"/costs?from={first}&to={last}&by=provider&by=model")
        shown = page.locator("table.list td[data-label=Cost]")
        costs = shown.evaluate_all("cells => cells.map(cell => Number(cell.dataset.value))")
        assert costs == [line["figures"]["costNano"] for line in lines] != []


@pytest.mark.parametrize(("options", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_every_page_can_be_read_by_everybody(
    chromium: Browser, place: tuple[str, list[str], str], options: dict[str, Any], scheme: str, tmp_path: Path
) -> None:
    with entered(chromium, place, **options, color_scheme=scheme) as page:
        for path in (*PAGES, f"/users/{place[2]}", f"/do/grant/{place[2]}?credits=5"):
            page.goto(f"/admin{path}")
            if options is DESKTOP:
                fits_in_between(page, path)
            page.screenshot(path=tmp_path / f"{path.strip('/').partition('/')[0] or 'overview'}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.lang") == "en"
            assert page.evaluate(NAMELESS) == []
            assert page.evaluate(TWICE) == []
            assert page.locator("nav [aria-current=page]").count() == 1
            targets, least = (FOR_A_FINGER, MIN_TARGET) if options is PHONE else (FOR_A_MOUSE, 24)
            small = page.locator(targets).evaluate_all(
                f"nodes => nodes.filter(n => n.getBoundingClientRect().height < {least}).map(n => n.outerHTML)"
            )
            assert small == []  # WCAG 2.2, 2.5.8 and, for fingers, 2.5.5
            pale = page.locator(WORDS).evaluate_all(
                f"nodes => nodes.filter(n => n.checkVisibility() && n.textContent.trim() && ({CONTRAST})(n) < 4.5)"
                ".map(n => n.outerHTML.slice(0, 120))"
            )
            assert pale == [], path


def test_the_focus_can_be_seen_and_the_content_is_one_key_away(
    chromium: Browser, place: tuple[str, list[str], str]
) -> None:
    with entered(chromium, place) as page:
        page.goto("/admin/users")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        for _ in range(12):
            page.keyboard.press("Tab")
            ring = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            assert page.evaluate(f"document.activeElement === document.body || {ring}")


def test_numbers_refresh_while_they_are_looked_at_and_only_then(
    chromium: Browser, place: tuple[str, list[str], str]
) -> None:
    with entered(chromium, place) as page:
        page.clock.install()
        page.goto("/admin")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.locator("#money-numbers summary").click()
        with page.expect_response("**/admin"):
            page.clock.fast_forward(21_000)
        expect(page.locator("#money-numbers")).to_have_attribute("open", "")
        expect(page.locator("#freshness")).to_contain_text("Numbers of")
        summary = page.locator("#money-numbers summary")
        expect(summary).to_be_focused()
        page.wait_for_load_state("networkidle")
        asked.clear()
        summary.evaluate("node => node.removeAttribute('id')")  # like a link of a table: its focus would be lost
        page.clock.fast_forward(21_000)
        summary.evaluate("node => node.blur()")
        page.evaluate("getSelection().selectAllChildren(document.querySelector('#content dt'))")
        page.clock.fast_forward(21_000)
        assert asked == []
        page.evaluate("getSelection().removeAllRanges()")
        page.get_by_role("button", name="Live").click()
        expect(page.get_by_role("button", name="Paused")).to_be_visible()
        asked.clear()
        page.clock.fast_forward(60_000)
        page.get_by_role("button", name="Paused").click()
        page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
        page.wait_for_load_state("networkidle")
        asked.clear()
        page.clock.fast_forward(60_000)
        assert asked == []


def test_a_page_left_open_after_the_session_ended_leads_to_the_door(
    chromium: Browser, place: tuple[str, list[str], str]
) -> None:
    with entered(chromium, place) as page:
        page.goto("/admin")  # its scripts are there afterwards; waiting for one by name is an eval, which is forbidden
        page.context.clear_cookies()
        page.evaluate("htmx.trigger('#content', 'easel:refresh')")
        expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")
