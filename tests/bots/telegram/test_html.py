"""Markdown to Telegram's HTML: valid whatever it is, shown as meant, and nobody is mentioned."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.telegram.html import NOTHING, is_visible, measure, pages, plain, render
from bots.telegram.limits import MAX_TEXT, shortened, utf16
from tests.fakes.telegram import html, texts
from tests.fakes.telegram.formatted import with_found

MARKS = st.sampled_from(["**", "*", "_", "`", "```", "~~", "[", "](http://x.y)", "<", ">", "&", "&amp;", "</b>",
                         "@bobby_in", " ", "\n", "# ", "- ", "a", "é", "🦊", "\u2060", "\ud800", "\x00", "```py\n",
                         '"'])  # fmt: skip
MARKDOWN = st.lists(MARKS, max_size=40).map("".join) | st.text()


@given(MARKDOWN)
@example("**a `b** c`")
@example("```\n**a")
@example("[**a](http://x.y)**")
def test_whatever_it_is_the_html_is_valid_and_mentions_nobody(text: str) -> None:
    for page in (render(text), plain(text)):
        shown = with_found(html.parse(page))
        assert utf16(shown.text) <= measure(text)
        assert not [entity for entity in shown.entities if entity["type"] in ("mention", "text_mention")]


@given(MARKDOWN, st.integers(64, 200))
@example("@a" * 100, 64)
@example("🦊" * 100, 64)
def test_every_page_is_one_that_telegram_takes(text: str, limit: int) -> None:
    for page in pages(text, limit):
        assert utf16(texts.message_text(page, "HTML", None, {})["text"]) <= limit


@given(MARKDOWN, st.integers(2, 20))
def test_what_is_shortened_fits(text: str, units: int) -> None:
    assert utf16(shortened(text, units)) <= units
    assert shortened(text, units) == text or shortened(text, units).endswith("…")


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**bold** and *thin*, _thin_", "<b>bold</b> and <i>thin</i>, <i>thin</i>"),
        ("2 * 3 * 4, snake_case_name", "2 * 3 * 4, snake_case_name"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("# Title", "<b>Title</b>"),
        ("- one\n  * two", "• one\n  • two"),
        ("~~no~~", "<s>no</s>"),
        ("**a `b` ~~c~~**", "<b>a <code>b</code> <s>c</s></b>"),
        ("[here](https://x.y/?a=1&b=2)", '<a href="https://x.y/?a=1&amp;b=2">here</a>'),
        ("[here](javascript:alert(1))", "[here](javascript:alert(1))"),
        ("```py\nx = '@bob'\n```\nafter", "<pre><code class=\"language-py\">x = '@bob'</code></pre>\nafter"),
        ("```\n**a**", "<pre>**a**</pre>"),
        ("ask @bob or a@b.c", "ask @\u2060bob or a@b.c"),
    ],
)
def test_it_is_shown_as_meant(markdown: str, expected: str) -> None:
    assert render(markdown) == expected


def test_a_code_block_that_is_cut_goes_on_as_one() -> None:
    made = pages("```py\n" + "x = 1\n" * 40 + "```", 100)
    assert len(made) > 1
    assert all(page.startswith('<pre><code class="language-py">x = 1') for page in made)


def test_a_long_answer_is_split_by_what_telegram_counts() -> None:
    made = pages("🦊 " * 5_000)
    assert len(made) > 1
    assert all(utf16(page) <= MAX_TEXT for page in made)


@pytest.mark.parametrize("empty", ["", "  \n ", "\u2060\u200b", "```\n```", "\ud800"])
def test_nothing_to_see_is_shown_as_such(empty: str) -> None:
    assert pages(empty) == [NOTHING]
    assert not is_visible(render(empty))
