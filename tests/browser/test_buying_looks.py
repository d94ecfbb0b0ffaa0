"""The pages of buying are for everybody: on a telephone or not, in the dark, by keyboard, and when it goes wrong."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bots.test_demo_process import Demo
from tests.browser.looks import problems, tab_to
from tests.browser.people import DESKTOP, PHONE, say, uncomplaining

LOOKS: dict[str, dict[str, Any]] = {
    "phone": PHONE,
    "desktop in the dark": DESKTOP | {"color_scheme": "dark"},
}


@pytest.fixture(params=LOOKS)
def chat(request: pytest.FixtureRequest, chromium: Browser, running: Demo) -> Iterator[Page]:
    with uncomplaining(chromium, running.url, **LOOKS[request.param]) as page:
        yield page


@pytest.fixture
def desk(chromium: Browser, running: Demo) -> Iterator[Page]:
    with uncomplaining(chromium, running.url, **DESKTOP) as page:
        yield page


def checkout(chat: Page) -> Page:
    """The page that the button under a new answer to /buy opens."""
    links = chat.get_by_role("link", name="Open checkout")
    before = links.count()
    say(chat, "/buy")
    expect(links).to_have_count(before + 1)
    with chat.expect_popup() as opened:
        links.last.click()
    return opened.value


def looks_well(page: Page, folder: Path, name: str) -> None:
    expect(page.locator("h1")).to_be_visible()
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert problems(page) == [], name


def to_the_gateway(shop: Page) -> str:
    """Choose what is chosen already, and go on; the demo checkout's page."""
    shop.get_by_role("button", name="Go on to payment").click()
    shop.wait_for_url("**/demo-pay/**")
    return shop.url


def test_money_that_takes_a_while_and_comes_and_goes_back_is_shown_on_pages_that_all_can_read(
    chat: Page, tmp_path: Path
) -> None:
    shop = checkout(chat)
    looks_well(shop, tmp_path, "choose")
    provider = to_the_gateway(shop)
    looks_well(shop, tmp_path, "demo")
    shop.get_by_role("button", name="Pay, but let it take a while").click()
    expect(shop.get_by_role("heading", name="Waiting for your payment")).to_be_visible()
    looks_well(shop, tmp_path, "waiting")
    other = shop.context.new_page()
    other.goto(provider)
    other.get_by_role("button", name="Let the payment arrive").click()
    expect(shop.get_by_text("+500 credits")).to_be_visible()  # by itself
    looks_well(shop, tmp_path, "done")
    other.goto(provider)
    looks_well(other, tmp_path, "paid")
    other.get_by_role("button", name="Refund it").click()
    other.get_by_role("link", name="Back to the order").click()
    expect(other.get_by_role("heading", name="This order was refunded")).to_be_visible()
    looks_well(other, tmp_path, "refunded")
    say(chat, "/balance")
    expect(chat.get_by_text("You have 100 credits").last).to_be_visible()


def test_what_goes_wrong_is_a_page_that_all_can_read_and_leads_back(
    chromium: Browser, running: Demo, tmp_path: Path
) -> None:
    page = chromium.new_page(**PHONE | {"color_scheme": "dark"})
    page.goto(f"{running.url}/pay/{'x' * 32}")
    looks_well(page, tmp_path, "unknown")
    page.get_by_role("link", name="Back to the playground").click()
    page.wait_for_url(f"{running.url}/")
    page.close()


def test_who_has_a_keyboard_only_buys_with_it_and_always_sees_where_they_are(desk: Page) -> None:
    shop = checkout(desk)
    tab_to(shop, "500 credits")
    shop.keyboard.press("ArrowDown")
    expect(shop.get_by_role("radio", name=re.compile("every month"))).to_be_checked()
    shop.keyboard.press("ArrowUp")
    tab_to(shop, "Demo checkout")
    tab_to(shop, "Go on to payment")
    shop.keyboard.press("Enter")
    shop.wait_for_url("**/demo-pay/**")
    tab_to(shop, "Pay (pretend)")
    shop.keyboard.press("Enter")
    expect(shop.get_by_text("+500 credits")).to_be_visible()
    tab_to(shop, "Back to the playground")
    shop.keyboard.press("Enter")
    expect(shop.locator("#composer")).to_be_visible()


def test_packs_and_plans_are_two_groups_of_one_choice(desk: Page) -> None:
    shop = checkout(desk)
    assert [legend.inner_text() for legend in shop.locator("legend").all()] == [
        "Buy once", "Every month, until you stop it", "How to pay"
    ]  # fmt: skip
    shop.get_by_role("radio", name=re.compile("every month")).check()
    assert shop.locator("input[name=item]:checked").count() == 1


BAD = """<html><head></head><body><main></main><main><h1>A</h1><h3>B</h3><input name=x><fieldset><input aria-label=y>
</fieldset><a href=x></a><img src=x><p id=a style="color:#999">grey</p><p id=a style="font-size:9px">tiny</p>
<button>small</button><div style="width:5000px">wide</div></main></body></html>"""


def test_each_of_these_problems_is_found(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(BAD)
    found = problems(page)
    page.close()
    for words in ("no language", "no title", "not one main", "heading skipped", "no label", "no legend", "no name",
                  "no alt", "an id twice", "too small: <button>", "contrast 2", "small print", "wider"):  # fmt: skip
        assert any(each.startswith(words) for each in found), (words, found)


def test_a_focus_that_cannot_be_seen_is_found(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<style>:focus { outline: none }</style><button>Go</button>")
    with pytest.raises(AssertionError, match="cannot be seen"):
        tab_to(page, "Go")
    page.close()
