"""Our Markdown as Slack's markup, and Slack's markup as words."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.slack.mrkdwn import defused, escaped, plain, render, without_mention

MARKS = st.text(alphabet=st.sampled_from("ab*_~`#-[]()<>@!&|\n :/.h"), max_size=80)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** and *slanted*", "*bold* and _slanted_"),
        ("~~gone~~ `code <b> **x**`", "~gone~ `code &lt;b&gt; **x**`"),
        ("# Title **here**\ntext", "*Title here*\ntext"),
        ("- one\n  - two\n* three", "• one\n  • two\n• three"),
        ("[Easel](https://easel.example/?a=1&b=2)", "<https://easel.example/?a=1&amp;b=2|Easel>"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("see https://a.example/x?y=1.", "see <https://a.example/x?y=1>."),
        ("```python\nif a < b:\n  **x**\n```\nend", "```\nif a &lt; b:\n  **x**\n```\nend"),
        ("```\nnever closed <@U1>", "```\nnever closed &lt;@U1&gt;```"),
        ("<@U1> <!channel> <#C1> & co", "&lt;@U1&gt; &lt;!channel&gt; &lt;#C1&gt; &amp; co"),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ("**<@U1>** [<!here>](https://x.example)", "*&lt;@U1&gt;* <https://x.example|&lt;!here&gt;>"),
        ("> quoted", "&gt; quoted"),
        ("", ""),
    ],
)
def test_markdown_becomes_slacks_own(text: str, shown: str) -> None:
    assert render(text) == shown


@given(MARKS | st.text(max_size=80))
def test_nothing_that_anybody_writes_is_a_reference(text: str) -> None:
    for opened in re.findall(r"<[^<>]*>?", render(text)):
        assert re.match(r"<(https?://|mailto:)", opened), opened
    assert not re.search(r"&(?!(amp|lt|gt);)", render(text))


@pytest.mark.parametrize(
    "unit", ["**a ", "~~a ", "[a", "*a ", "[a](http://", "# ", "`a", "```\n", "http://.", "** ", "***a"]
)
def test_a_text_made_to_be_hard_takes_as_long_as_any_other_of_its_length(unit: str) -> None:
    """Eight times the text is about eight times the work; it is 64 times as much if each sign searches to the end."""
    short, long = (min(_seconds(unit * count) for _ in range(5)) for count in (500, 4000))
    assert long < 30 * short


def test_a_heading_with_a_gap_in_it_takes_no_longer() -> None:
    short, long = (min(_seconds(f"# a{' ' * count}b") for _ in range(5)) for count in (1500, 12_000))
    assert long < 30 * short


def _seconds(text: str) -> float:
    begun = time.process_time()
    render(text)
    return time.process_time() - begun


@given(st.text(alphabet=st.characters(exclude_characters="*_~`#-+[]<>@!|\n")))
def test_plain_words_are_shown_as_they_are(text: str) -> None:
    if "http" not in text:
        assert plain(render(text)) == text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("ask <@U1|alice> in <#C1|general> or <!here>", "ask @alice in #general or @here"),
        ("ask <@U1>", "ask @U1"),
        ("<https://x.example/a?b=1&amp;c=2>", "https://x.example/a?b=1&c=2"),
        ("<http://x.example|x.example>", "x.example"),
        ("<https://x.example|click here>", "https://x.example"),
        ("<!date^1700000000^{date}|today>", "@today"),
    ],
)
def test_what_slack_wraps_is_read_as_it_was_typed(typed: str, words: str) -> None:
    assert plain(typed) == words


def test_the_mention_of_the_bot_is_no_part_of_what_is_said() -> None:
    assert without_mention("<@UBOT> draw <@U1>", "UBOT") == "draw <@U1>"
    assert without_mention("hey <@UBOT|easel>, hello", "UBOT") == "hey , hello"
    assert without_mention("<@UBOTHER> x", "UBOT") == "<@UBOTHER> x"


@given(MARKS)
def test_markdown_that_slack_reads_itself_refers_to_nobody(text: str) -> None:
    assert not re.search(r"<[@#!]", defused(text))
    assert defused(text).replace("\u200b", "") == text


def test_escaping_is_slacks() -> None:
    assert escaped("<a & b>") == "&lt;a &amp; b&gt;"
