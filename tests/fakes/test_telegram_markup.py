"""Both markup languages are parsed as strictly as Telegram parses them."""

from typing import Any

import pytest

from tests.fakes.telegram import html, markdown
from tests.fakes.telegram.formatted import Formatted, MarkupError, with_found


def shown(formatted: Formatted) -> tuple[str, list[tuple[Any, ...]]]:
    """The text, and each entity as its type, offset, length and whatever else it has."""
    return formatted.text, [tuple(entity.values()) for entity in formatted.entities]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain &amp; &#60;simple&#x3e; &copy;", "plain & <simple> &copy;", []),
        ("🦊 <b>bold <i>both</i></b>", "🦊 bold both", [("bold", 3, 9), ("italic", 8, 4)]),
        ("<STRONG>a</STRONG><ins>b</>", "ab", [("bold", 0, 1), ("underline", 1, 1)]),
        ("<s>a</s  >", "a", [("strikethrough", 0, 1)]),
        ('<a href="https://x.example/?a=1&amp;b">here</a>', "here", [("text_link", 0, 4, "https://x.example/?a=1&b")]),
        ('<a href="not a link">here</a>', "here", []),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ('<pre><code class="language-python">1</code></pre>', "1", [("pre", 0, 1, "python")]),
        ("<b>a<code>b</code>c</b>", "abc", [("bold", 0, 1), ("code", 1, 1), ("bold", 2, 1)]),
        ("<blockquote expandable>long</blockquote>", "long", [("expandable_blockquote", 0, 4)]),
        ('<tg-emoji emoji-id="5">🦊</tg-emoji>', "🦊", [("custom_emoji", 0, 2, "5")]),
        ("<b></b>", "", []),
    ],
)  # fmt: skip
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[tuple[Any, ...]]) -> None:
    assert shown(html.parse(source)) == (text, entities)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("🦊 <br>", 'Unsupported start tag "br" at byte offset 5'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("ü <b", "Unclosed start tag at byte offset 3"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href=x?y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<a =x>z</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ('<tg-emoji emoji-id="fox">🦊</tg-emoji>', "Invalid custom emoji identifier specified"),
    ],
)
def test_wrong_html_is_refused_with_its_place(source: str, error: str) -> None:
    with pytest.raises(MarkupError) as refused:
        html.parse(source)
    assert str(refused.value) == error


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        (r"1\.5 \- \_x\_", "1.5 - _x_", []),
        ("🦊 *bold _both_*", "🦊 bold both", [("bold", 3, 9), ("italic", 8, 4)]),
        ("_a __b___", "a b", [("italic", 0, 3), ("underline", 2, 1)]),
        ("~a~||b||", "ab", [("strikethrough", 0, 1), ("spoiler", 1, 1)]),
        ("`a.b*c`", "a.b*c", [("code", 0, 5)]),
        ("```python\nx = 1```", "x = 1", [("pre", 0, 5, "python")]),
        ("```\nplain```", "plain", [("pre", 0, 5)]),
        (r"[here](https://easel.example/a_\(b\))", "here", [("text_link", 0, 4, "https://easel.example/a_(b)")]),
        ("![🦊](tg://emoji?id=5)", "🦊", [("custom_emoji", 0, 2, "5")]),
        (">one\n>two\nthree", "one\ntwo\nthree", [("blockquote", 0, 8)]),
        (">one\n>two||", "one\ntwo", [("expandable_blockquote", 0, 7)]),
        (">one\n**>two", "one\ntwo", [("blockquote", 0, 4), ("blockquote", 4, 3)]),
    ],
)
def test_markdown_becomes_text_and_entities(source: str, text: str, entities: list[tuple[Any, ...]]) -> None:
    assert shown(markdown.parse(source)) == (text, entities)


@pytest.mark.parametrize("char", "]()>#+-=|{}.!")
def test_reserved_characters_must_be_escaped(char: str) -> None:
    with pytest.raises(MarkupError, match="is reserved and must be escaped with the preceding") as refused:
        markdown.parse(f"x{char}")
    assert str(refused.value).startswith(f"Character '{char}'")
    assert markdown.parse(f"x\\{char}") == Formatted(f"x{char}")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("🦊 *bold", "Can't find end of Bold entity at byte offset 5"),
        ("_a *b_", "Can't find end of Italic entity at byte offset 5"),
        ("`code", "Can't find end of Code entity at byte offset 0"),
        ("```py\ncode`", "Can't find end of Code entity at byte offset 10"),
        ("[x](http://y", "Can't find end of a URL at byte offset 4"),
        (">*one\n>two\n*three*", "Can't find end of Bold entity at byte offset 1"),
        ("![🦊]", "Custom emoji entity must contain a tg://emoji URL"),
    ],
)
def test_wrong_markdown_is_refused_with_its_place(source: str, error: str) -> None:
    with pytest.raises(MarkupError) as refused:
        markdown.parse(source)
    assert str(refused.value) == error


def test_commands_mentions_and_addresses_are_found() -> None:
    found = with_found(Formatted("/imagine@easel_bot a fox for @alice, see https://easel.example/x. #art 1/2"))
    assert shown(found)[1] == [
        ("bot_command", 0, 18), ("mention", 29, 6), ("url", 41, 23), ("hashtag", 66, 4),
    ]  # fmt: skip
