"""The command table: what every platform builds its native commands from."""

import json
import re
from pathlib import Path

import pytest

from bots.answers import ANSWERS
from bots.commands import Command, command_table, describe
from bots.parse import parse
from bots.service import MAKING
from core.catalogue import load_catalogue
from tests.support import SMALL_MODELS

ASK_WHILE_SUSPENDED = {"about", "help", "orders", "privacy", "unsubscribe"}


@pytest.fixture
def table(tmp_path: Path) -> tuple[Command, ...]:
    path = tmp_path / "easel.toml"
    path.write_text(SMALL_MODELS)
    return command_table(load_catalogue(path))


def named(table: tuple[Command, ...], name: str) -> Command:
    return next(command for command in table if command.name == name)


def test_the_table_has_each_command_once(table: tuple[Command, ...]) -> None:
    names = [command.name for command in table]
    assert sorted(names) == sorted({*MAKING, *ANSWERS})


def test_every_command_is_either_answered_at_once_or_makes_something(table: tuple[Command, ...]) -> None:
    for command in table:
        assert (command.name in MAKING) is (command.name not in ANSWERS)


def test_a_suspended_account_can_still_see_what_it_has_and_end_what_it_pays(table: tuple[Command, ...]) -> None:
    assert {command.name for command in table if command.suspended} == ASK_WHILE_SUSPENDED


def test_names_and_helps_fit_the_tightest_platform(table: tuple[Command, ...]) -> None:
    """Discord: names of 1 to 32 lower-case characters, helps of 1 to 100, at most 25 options and choices."""
    for command in table:
        assert re.fullmatch(r"[a-z]{1,32}", command.name)
        assert 1 <= len(command.help) <= 100
        assert len(command.options) <= 25
        for option in command.options:
            assert re.fullmatch(r"[a-z]{1,32}", option.name)
            assert 1 <= len(option.help) <= 100
            assert len(option.choices) <= 25


def test_required_options_come_first_and_one_option_at_most_takes_the_words(table: tuple[Command, ...]) -> None:
    for command in table:
        required = [option.required for option in command.options]
        assert required == sorted(required, reverse=True)
        assert sum(option.rest for option in command.options) <= 1


def test_the_choices_come_from_the_catalogue(table: tuple[Command, ...]) -> None:
    imagine = named(table, "imagine")
    choices = {option.name: option.choices for option in imagine.options}
    assert choices["aspect"] == ("1:1", "16:9", "9:16", "2:1")
    assert choices["model"] == ("demo-art", "square")
    assert choices["style"] == ("pixel",)


def test_as_many_pictures_can_be_asked_for_as_the_best_model_makes(table: tuple[Command, ...]) -> None:
    count = named(table, "imagine").option("count")
    assert count is not None
    assert (count.minimum, count.maximum, count.default) == (1, 4, 1)


def test_an_option_is_found_by_its_alias(table: tuple[Command, ...]) -> None:
    imagine = named(table, "imagine")
    assert imagine.option("ar") is imagine.option("aspect")
    assert imagine.option("n") is imagine.option("count")
    assert imagine.option("nothing") is None


def test_no_two_options_of_a_command_share_a_name(table: tuple[Command, ...]) -> None:
    for command in table:
        names = [name for option in command.options for name in (option.name, *option.aliases)]
        assert len(names) == len(set(names))


def test_the_usage_line_shows_how_a_command_is_typed(table: tuple[Command, ...]) -> None:
    assert named(table, "imagine").usage.startswith("/imagine <prompt> [--aspect 1:1] [--count 1-4]")
    assert named(table, "recover").usage == "/recover [request]"
    assert named(table, "balance").usage == "/balance"


def test_what_a_usage_line_offers_can_be_typed(table: tuple[Command, ...]) -> None:
    line = named(table, "imagine").usage.replace("<prompt>", "a fox").replace("1-4", "2").replace("NUMBER", "7")
    invocation = parse(re.sub(r"[\[\]]", "", line), table)
    assert invocation.text("prompt") == "a fox"
    assert invocation.number("seed") == 7


def test_the_description_for_the_page_is_plain_json_with_every_option(table: tuple[Command, ...]) -> None:
    told = json.loads(json.dumps(describe(table)))
    assert [command["name"] for command in told] == [command.name for command in table]
    aspect = told[0]["options"][1]
    assert aspect["name"] == "aspect"
    assert aspect["choices"][1] == {"value": "16:9", "label": "16:9"}
    assert told[0]["options"][0]["required"] is True
