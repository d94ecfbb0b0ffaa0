"""Answers that are shown while they are written: nothing jumps, nothing flickers, nothing is read out twice."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bots.test_demo_process import Demo
from tests.browser.people import results, say, visit

GROWTH = """() => {
  window.heard = []; window.grown = []; window.places = new Set();
  new MutationObserver(() => heard.push(document.getElementById('announcer').textContent))
    .observe(document.getElementById('announcer'), {childList: true, characterData: true, subtree: true});
  new MutationObserver(() => {
    const text = document.querySelector('.is-growing:not([hidden])');
    if (!text) return;
    places.add(text.offsetTop + text.closest(".slot").offsetTop);
    const last = grown.at(-1)?.text;
    if (last !== text.innerText) grown.push({text: text.innerText, carets: text.querySelectorAll('.caret').length});
  }).observe(document.getElementById('thread'), {childList: true, characterData: true, subtree: true});
}"""
GROW = """async steps => {
  const growing = (await import('/playground/static/growing.js')).createGrowing();
  const first = new Set();
  for (const text of steps) {
    growing.show(text);
    first.add(growing.element.firstElementChild);
  }
  return {html: growing.element.innerHTML, first: first.size};
}"""
CARET = '<span class="caret" aria-hidden="true"></span>'


@pytest.fixture(scope="module")
def anything(chromium: Browser, running: Demo) -> Iterator[Page]:
    """A page on which nothing is done."""
    with visit(chromium, running.url) as page:
        yield page


def test_an_answer_grows_in_its_place_and_is_read_out_once(anywhere: Page) -> None:
    page = anywhere
    page.evaluate(GROWTH)
    say(page, "tell me **something** about `foxes`")
    expect(results(page)).to_have_count(1)
    whole = results(page).locator(".text").inner_text()
    grown = page.evaluate("grown")
    texts = [step["text"] for step in grown]
    assert len(texts) > 2
    assert [len(text) for text in texts] == sorted(len(text) for text in texts)
    assert all(whole.startswith(text.rstrip()) for text in texts)
    assert all("*" not in text and "`" not in text for text in texts)
    assert {step["carets"] for step in grown} == {1}
    assert page.evaluate("[...places].length") == 1
    page.wait_for_timeout(200)
    assert sum("You wrote" in said for said in page.evaluate("heard")) == 1


@pytest.mark.parametrize(
    ("so_far", "shown"),
    [
        ("**bo", "<p><strong>bo</strong></p>"),
        ("a **bo*", "<p>a <strong>bo</strong></p>"),
        ("a *", "<p>a </p>"),
        ("a **", "<p>a </p>"),
        ("a **b** and", "<p>a <strong>b</strong> and</p>"),
        ("see `x **", "<p>see <code>x **</code></p>"),
        ("`a` and `", "<p><code>a</code> and </p>"),
        ("- one\n- **tw", "<ul><li>one</li><li><strong>tw</strong></li></ul>"),
        ("```\n**not `bold*", "<pre><code>**not `bold*</code></pre>"),
        ("```", "<pre><code></code></pre>"),
        ("<b>x", "<p>&lt;b&gt;x</p>"),
    ],
)
def test_marks_that_are_still_open_are_not_seen(anything: Page, so_far: str, shown: str) -> None:
    html = anything.evaluate(GROW, [so_far])["html"]
    assert re.sub(r' (dir|tabindex)="\w+"', "", html).replace(CARET, "") == shown
    assert html.count(CARET) == 1


def test_a_paragraph_that_is_finished_is_not_touched_again(anything: Page) -> None:
    """So that somebody who selects it keeps the selection."""
    assert anything.evaluate(GROW, ["one", "one\n\ntwo", "one\n\ntwo\n- three"])["first"] == 1
