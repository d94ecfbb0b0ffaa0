"""From /buy in the playground through the demo checkout to the new balance in the chat, on a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bots.test_demo_process import Demo
from tests.browser.people import PHONE, say, uncomplaining


@pytest.fixture
def phone(chromium: Browser, running: Demo) -> Iterator[Page]:
    with uncomplaining(chromium, running.url, **PHONE) as page:
        yield page


def checkout(page: Page) -> Page:
    """The page that the button under the answer to /buy opens."""
    say(page, "/buy")
    link = page.get_by_role("link", name="Open checkout").last
    expect(link).to_be_visible()
    with page.expect_popup() as opened:
        link.click()
    return opened.value


def looks_well(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"


def test_who_buys_in_the_demo_has_the_credits_in_the_chat(phone: Page, tmp_path: Path) -> None:
    shop = checkout(phone)
    looks_well(shop)
    shop.screenshot(path=tmp_path / "choose.png", full_page=True)
    shop.get_by_role("radio").first.check()
    shop.get_by_role("button").first.click()
    shop.wait_for_url("**/demo-pay/**")
    expect(shop.get_by_text("no real money").first).to_be_visible()
    looks_well(shop)
    shop.screenshot(path=tmp_path / "demo.png", full_page=True)
    shop.get_by_role("button", name="Pay").first.click()
    shop.wait_for_url("**/return*")
    expect(shop.get_by_text("+500 credits").first).to_be_visible()
    expect(shop.get_by_text("Demo: no real money")).to_be_visible()
    looks_well(shop)
    shop.screenshot(path=tmp_path / "done.png", full_page=True)
    expect(phone.get_by_text("+500 credits").last).to_be_visible()
    say(phone, "/balance")
    expect(phone.get_by_text("You have 600 credits").last).to_be_visible()
    say(phone, "/orders")
    expect(phone.get_by_text("4.99 USD (demo, no real money): paid, 500 credits").last).to_be_visible()
    phone.screenshot(path=tmp_path / "chat.png")


def test_who_cancels_pays_nothing(phone: Page) -> None:
    shop = checkout(phone)
    shop.get_by_role("radio").first.check()
    shop.get_by_role("button").first.click()
    shop.wait_for_url("**/demo-pay/**")
    shop.get_by_role("button", name="Cancel").first.click()
    shop.wait_for_url("**/pay/**")
    looks_well(shop)
    say(phone, "/balance")
    expect(phone.get_by_text("You have 100 credits").last).to_be_visible()
