"""Pure rules of the Discord adapter: lengths, escapes, shards, places."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.discord.buttons import drawn, rows
from bots.discord.commands import ADDED
from bots.discord.languages import LANGUAGES
from bots.discord.markdown import CONTENT, contents, escaped, growing, prompt_line, shortened
from bots.discord.messages import Framed, result_pages
from bots.discord.shards import Shards
from bots.replies import Button, Reply, Shown
from bots.service import Service
from bots.split import pieces
from core.app import App
from core.errors import ConfigError
from core.settings import load_settings

MARKED = st.text(st.sampled_from("a b\n`*_~|<>@&#:/[]()\\é😀-"), max_size=300)


@given(MARKED)
def test_words_are_shown_as_they_were_typed(text: str) -> None:
    shown = escaped(text)
    assert re.sub(r"\\([\\*_~`|>\[\]<])", r"\1", shown) == text
    if "http" not in text:
        assert not re.search(r"(?<!\\)(?:\\\\)*[*_~`|<]", shown)


def test_addresses_stay_whole() -> None:
    assert escaped("see https://x.y/a_b_c *now*") == r"see https://x.y/a_b_c \*now\*"


@given(st.text(max_size=3000), st.integers(64, 1500))
def test_a_prompt_is_one_line_within_its_length(text: str, limit: int) -> None:
    line = prompt_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit + 4


@given(st.lists(st.sampled_from(["word " * 30, "```python", "```", "x = 1", "", "- item", "y" * 2500]), max_size=60))
def test_pieces_fit_and_keep_code_together(lines: list[str]) -> None:
    for piece in contents("\n".join(lines)):
        assert 0 < len(piece) <= CONTENT
        opened = [line for line in piece.split("\n") if line.lstrip().startswith("```")]
        assert len(opened) % 2 == 0


@given(st.text(st.characters(exclude_characters="`", exclude_categories=["Cs"]), max_size=4000))
def test_pieces_lose_no_word(text: str) -> None:
    assert "".join("".join(pieces(text, 200)).split()) == "".join(text.split())


@given(MARKED.map(lambda text: text * 20), st.sampled_from(["Starting", "Working ▰▰▱ 42 %"]))
def test_a_growing_answer_fits_with_its_line(text: str, line: str) -> None:
    shown = growing(text, line)
    assert len(shown) <= CONTENT
    assert shown.endswith(line)


def test_what_is_too_long_ends_with_an_ellipsis() -> None:
    assert (shortened("abcd", 4), shortened("abcde", 4)) == ("abcd", "abc…")


def test_many_buttons_stand_in_a_row_for_each_kind() -> None:
    job = "abcdefghijklmnop"
    each = [Button(action, f"{action} {n}", n) for action in ("vary", "edit") for n in range(1, 5)]
    buttons = [drawn(button, job) for button in (Button("reroll", "Re-roll"), *each)]
    assert [len(row.children) for row in rows(buttons)] == [1, 4, 4]
    assert [len(row.children) for row in rows(buttons[:5])] == [5]
    assert rows([]) == []


def test_a_picture_that_discord_cannot_reach_is_only_linked() -> None:
    def shown(url: str) -> Framed:
        return Framed(Shown(1, url, "a.png", 8, 8, None, "alt"))

    assert shown("http://127.0.0.1:8000/media/a.png").address == ""
    assert shown("https://cdn.example/a.png").address == "https://cdn.example/a.png"


def test_an_answer_without_words_is_still_a_message() -> None:
    assert [page.content for page in result_pages(Reply("result", ""), ())] == ["\u200b"]


@pytest.mark.parametrize(("text", "shards"), [
    ("", None), ("auto", Shards()), ("4", Shards(4)), ("0-3/16", Shards(16, [0, 1, 2, 3])), ("2-2/3", Shards(3, [2])),
])  # fmt: skip
def test_connections_are_read(text: str, shards: Shards | None) -> None:
    assert Shards.parse(text) == shards


@pytest.mark.parametrize("text", ["many", "3-1/4", "0", "0-4/4", "-1", "1/2", "1-2/", "99999"])
def test_impossible_connections_are_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^DISCORD_SHARDS: [^\n]*$"):
        Shards.parse(text)


@pytest.mark.parametrize(("name", "value"), [
    ("DISCORD_GATEWAY_URL", "http://x"), ("DISCORD_API_URL", "ws://x"), ("DISCORD_GUILD", "home"),
])  # fmt: skip
def test_a_bad_setting_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=rf"^{name}: [^\n]*$"):
        load_settings()


def test_translations_fit_into_discords_descriptions() -> None:
    texts = [text for language in LANGUAGES.values() for text in language.texts.values()]
    assert max(map(len, texts)) <= 100
    assert all(len(help) <= 100 for _, help, _ in ADDED.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_there_in_every_language_under_a_name_that_discord_takes(app: App, language: str) -> None:
    known, commands = LANGUAGES[language], Service(app).commands
    assert set(known.names) == {command.name for command in commands}
    assert len(set(known.names.values())) == len(known.names)
    assert all(re.fullmatch(r"[-_\w]{1,32}", name) and name == name.lower() for name in known.names.values())
    read = {text for command in commands for text in (command.help, *(option.help for option in command.options))}
    assert read - set(known.texts) == set()
    assert set(known.texts) == set(LANGUAGES["de"].texts)
