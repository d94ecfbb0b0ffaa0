"""The playground's page in a real browser, against a real `easel demo`: as people use it, and as attackers do."""

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bots.test_demo_process import Demo, demo, free_port
from tests.browser.people import CONTRAST, PHONE, complaints, draw, expect_credits, results, say, visit
from tests.support import settings_in

HOSTILE = '<img src=x onerror="document.title=1337"> <script>document.title=1337</script> javascript:alert(1)'


def test_a_violation_of_the_policy_would_be_noticed_here(chromium: Browser, running: Demo) -> None:
    """The other tests rely on an empty list of complaints."""
    with visit(chromium, running.url) as page:
        said = complaints(page.context)
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'alert(1)'}))")
        page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.org/x.png'}))")
        page.evaluate("setTimeout(() => { throw new Error('lost') })")
        page.wait_for_timeout(500)
        assert sum("Content Security Policy" in text for text in said) >= 2
        assert any("lost" in text for text in said)


def test_a_command_is_chosen_by_keyboard_and_its_picture_appears(page: Page) -> None:
    composer = page.locator("#composer")
    composer.press("/")
    expect(composer).to_have_attribute("aria-expanded", "true")
    first = composer.get_attribute("aria-activedescendant")
    composer.press("ArrowDown")
    assert composer.get_attribute("aria-activedescendant") != first
    composer.press("ArrowUp")
    composer.press("Tab")
    expect(composer).to_have_value("/imagine ")
    page.keyboard.type("a red fox --asp")
    composer.press("Tab")
    page.keyboard.type("16")
    composer.press("Enter")
    expect(composer).to_have_value("/imagine a red fox --aspect 16:9 ")
    composer.press("Escape")
    composer.press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect_credits(page, 90)
    picture = results(page).locator("img.is-loaded").first
    expect(picture).to_be_visible()
    assert picture.evaluate("node => [node.naturalWidth, node.naturalHeight]") == [64, 36]
    assert picture.get_attribute("alt") == "Demo picture: a red fox"
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_credits_are_reserved_first_and_then_spent(page: Page) -> None:
    expect_credits(page, 100)
    say(page, "/imagine a red fox")
    expect(page.locator("#credits")).to_have_attribute("data-held", "10")
    expect(page.locator("#credits")).to_have_attribute("data-held", "0")
    expect_credits(page, 90)


def test_a_result_is_drawn_again_and_varied_by_its_buttons(page: Page) -> None:
    result = draw(page, "--aspect 9:16")
    result.get_by_role("button", name="Re-roll").click()
    expect(results(page)).to_have_count(2)
    results(page).last.get_by_role("button", name="Vary").click()
    expect(results(page)).to_have_count(3)
    expect(results(page).last.locator("img.is-loaded")).to_be_visible()
    pictures = [img.get_attribute("src") for img in results(page).locator("img.is-loaded").all()]
    assert len(set(pictures)) == 3
    sizes = results(page).last.locator("img.is-loaded").evaluate("node => [node.naturalWidth, node.naturalHeight]")
    assert sizes == [36, 64]
    expect_credits(page, 70)


def test_a_request_is_cancelled_and_its_credits_come_back(page: Page) -> None:
    say(page, "/imagine a red fox --count 4")
    expect_credits(page, 60)
    page.locator("article[data-kind=job]").get_by_role("button", name="Cancel").click()
    expect(page.locator("#messages").get_by_text("is cancelled. No credits were used.")).to_be_visible()
    expect(page.locator("article[data-kind=job]")).to_have_count(0)
    expect_credits(page, 100)


def test_a_result_that_is_asked_for_again_appears_below_the_question(page: Page) -> None:
    draw(page)
    say(page, "/about")
    expect(page.locator("article[data-role=easel]")).to_have_count(2)
    say(page, "/recover")
    expect(page.locator("article[data-role=easel]")).to_have_count(3)
    expect(page.locator("article").last.locator("img.is-loaded")).to_be_visible()


def test_a_reload_keeps_the_conversation_and_the_wallet(page: Page) -> None:
    draw(page)
    before = page.locator("article .bubble").all_inner_texts()
    page.reload()
    expect(results(page).locator("img.is-loaded")).to_be_visible()
    assert page.locator("article .bubble").all_inner_texts() == before
    expect_credits(page, 90)


def test_a_picture_opens_large_and_gives_the_focus_back(page: Page) -> None:
    picture = draw(page).get_by_role("button", name="Open picture")
    picture.focus()
    picture.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(picture).to_be_focused()


def test_hostile_words_stay_words(page: Page) -> None:
    say(page, f"/imagine {HOSTILE}")
    expect(results(page).locator("img.is-loaded")).to_be_visible()
    say(page, f"/{HOSTILE}")
    say(page, f"**{HOSTILE}** `{HOSTILE}` [x](javascript:alert(1))")
    expect(results(page)).to_have_count(2)
    assert page.title() == "Easel playground"
    expect(page.locator("#thread script, #thread [onerror], #thread a[href^='javascript']")).to_have_count(0)
    assert HOSTILE in results(page).first.inner_text()


def test_a_refusal_is_shown_with_its_advice(page: Page) -> None:
    say(page, "/imagine a fox --count 9")
    error = page.locator("article[data-kind=error]")
    expect(error).to_contain_text("count must be a whole number from 1 to 4")
    expect_credits(page, 100)


@pytest.mark.soak
def test_a_phone_has_no_sideways_scroll(chromium: Browser, running: Demo) -> None:
    with visit(chromium, running.url, **PHONE) as page:
        draw(page, "--count 2 --aspect 16:9")
        say(page, "x" * 300 + " https://example.org/" + "y" * 300)
        expect(results(page)).to_have_count(2)
        say(page, "/models")
        expect(page.locator("article[data-role=easel]")).to_have_count(3)
        page.fill("#composer", "/")
        expect(page.get_by_role("option").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
        sizes = page.locator("button:visible").evaluate_all("nodes => nodes.map(n => n.getBoundingClientRect().height)")
        assert min(sizes) >= 24  # WCAG 2.2, 2.5.8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_light_and_dark(chromium: Browser, running: Demo, scheme: str) -> None:
    with visit(chromium, running.url, color_scheme=scheme) as page:
        draw(page)
        say(page, "/nonsense")
        expect(page.locator("article[data-kind=error]")).to_be_visible()
        background = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (sum(background) < 3 * 128) is (scheme == "dark")
        for selector in (".bubble .text p", ".byline time", ".facts dt", ".facts dd", ".action-button", "#account"):
            for node in page.locator(selector).all():
                assert node.evaluate(CONTRAST) >= 4.5, f"{selector} in {scheme}"


def test_everything_has_a_name_and_its_role(page: Page) -> None:
    draw(page, "--count 2")
    expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    expect(page.get_by_role("combobox", name="Message Easel")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Easel")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("img:not([alt])").count() == 0
    nameless = page.locator("button:visible").evaluate_all(
        "nodes => nodes.filter(n => !(n.getAttribute('aria-label') || n.textContent).trim()).map(n => n.outerHTML)"
    )
    assert nameless == []
    twice = "() => [...document.querySelectorAll('[id]')].map(n => n.id).filter((id, i, all) => all.indexOf(id) !== i)"
    assert page.evaluate(twice) == []


def test_the_focus_can_be_seen_wherever_the_tab_key_leads(page: Page) -> None:
    draw(page)
    seen: set[str] = set()
    for _ in range(15):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => { const n = document.activeElement, s = getComputedStyle(n);
            const ring = n.closest('.composer') ?? n, r = getComputedStyle(ring);
            return { who: n.id || n.className || n.tagName, page: n === document.body,
                     shown: s.outlineStyle !== 'none' || r.boxShadow !== 'none' || r.outlineStyle !== 'none' }; }"""
        )
        assert told["shown"] or told["page"], told["who"]
        seen.add(told["who"])
    assert {"theme-toggle", "messages", "attach", "composer"} <= seen


@pytest.mark.soak
def test_after_a_restart_of_the_server_the_page_goes_on(chromium: Browser, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, port=free_port())
    with contextlib.ExitStack() as stack:
        with demo(settings, tmp_path) as first:
            page = stack.enter_context(visit(chromium, first.url))
            draw(page)
            assert first.stop() == 0
            expect(page.locator("#connection")).to_contain_text("Reconnecting")
            say(page, "/about")
            expect(page.get_by_text("Not sent.")).to_be_visible()
        with demo(settings, tmp_path):
            expect(page.locator("body")).to_have_attribute("data-connection", "open")
            page.get_by_role("button", name="Retry").click()
            expect(page.locator("article[data-role=easel]").last).to_contain_text("turns words into pictures")
            draw(page)
            expect(page.locator("article[data-role=user]")).to_have_count(3)
            expect_credits(page, 80)
