"""Reading what people type, with the quotes, dashes and slips of real keyboards."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.commands import Command, command_table
from bots.error_texts import explain
from bots.parse import Invocation, check, parse
from core.catalogue import load_catalogue
from core.errors import BadOption, BadRequest, UnknownCommand
from tests.support import SMALL_MODELS

Value = str | int


def small_table() -> tuple[Command, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "easel.toml"
        path.write_text(SMALL_MODELS)
        return command_table(load_catalogue(path))


TABLE = small_table()


def read(text: str) -> Invocation:
    return parse(text, TABLE)


def options(text: str) -> dict[str, Value]:
    return read(text).options


def problem(text: str) -> str:
    with pytest.raises(BadOption) as caught:
        read(text)
    return explain(caught.value)


def test_words_without_a_slash_are_a_chat_message() -> None:
    said = read("  what is a fox? --really count=9 ")
    assert said.command.name == "chat"
    assert said.text("message") == "what is a fox? --really count=9"


@pytest.mark.parametrize("typed", ["/imagine a fox", "/IMAGINE a fox", "  /imagine   a fox  ", "/imagine\na fox"])
def test_a_command_is_found_however_it_is_written(typed: str) -> None:
    assert read(typed).command.name == "imagine"
    assert read(typed).text("prompt") == "a fox"


@pytest.mark.parametrize("space", ["\t", "\u00a0", "\u3000", "\r\n", "\u2003"])
def test_any_kind_of_space_ends_the_name_of_a_command(space: str) -> None:
    """Pasted text brings tabs and no-break spaces, a Japanese keyboard types U+3000."""
    assert read(f"/imagine{space}a fox").text("prompt") == "a fox"


@pytest.mark.parametrize(
    "typed",
    [
        "a fox --aspect 16:9",
        "a fox --aspect=16:9",
        "a fox aspect=16:9",
        "a fox aspect:16:9",
        "--aspect 16:9 a fox",
        "a --ar 16:9 fox",
        "a fox --ASPECT 16:9",
        'a fox --aspect "16:9"',
        'a fox --aspect="16:9"',
        "a fox \u2014aspect 16:9",
        "a fox \u2013ar=16:9",
        "a fox --aspect \u201c16:9\u201d",
    ],
)
def test_an_option_can_be_written_in_every_common_way(typed: str) -> None:
    got = options(f"/imagine {typed}")
    assert got["aspect"] == "16:9"
    assert str(got["prompt"]).split() == ["a", "fox"]


def test_aliases_stand_for_their_options() -> None:
    got = options("/imagine a fox --ar 9:16 --n 3")
    assert (got["aspect"], got["count"]) == ("9:16", 3)


def test_a_choice_is_read_without_regard_to_case() -> None:
    got = options("/imagine a fox --style Pixel --model SQUARE")
    assert (got["style"], got["model"]) == ("pixel", "square")


def test_what_is_not_given_has_its_default() -> None:
    assert options("/imagine a fox") == {"prompt": "a fox", "count": 1}


@pytest.mark.parametrize("value", ["0", "-1", "5", "1e9", "2.5", "two", "\u0663", "", "9" * 40, "0x2"])
def test_a_count_out_of_range_is_refused_with_the_range(value: str) -> None:
    assert problem(f"/imagine a fox --count={value}").startswith("count must be a whole number from 1 to 4")
    if value:
        assert problem(f"/imagine a fox count={value}").startswith("count must be a whole number from 1 to 4")


@pytest.mark.parametrize("value", ["1", "4", "04"])
def test_a_count_in_range_is_a_number(value: str) -> None:
    assert options(f"/imagine a fox --count {value}")["count"] == int(value)


def test_an_unknown_aspect_is_refused_with_all_there_are_and_the_nearest() -> None:
    said = problem("/imagine a fox --aspect 16:8")
    assert "1:1, 16:9, 9:16, 2:1" in said
    assert "Did you mean 16:9?" in said


def test_an_unknown_option_is_refused_with_the_nearest() -> None:
    assert "Did you mean --aspect?" in problem("/imagine a fox --aspct 16:9")
    assert problem("/imagine a fox --zzz 1").startswith("--zzz is not an option of /imagine.")


@pytest.mark.parametrize(("typed", "near"), [("/imagin x", "imagine"), ("/ballance", "balance"), ("/hlep", "help")])
def test_an_unknown_command_is_refused_with_the_nearest(typed: str, near: str) -> None:
    with pytest.raises(UnknownCommand) as caught:
        read(typed)
    assert caught.value.nearest == near


@pytest.mark.parametrize("typed", ["/", "//", "/ imagine x", "/qqqqqq", "/" + "x" * 100_000, "/\x00", "/\u202eenigami"])
def test_what_is_like_no_command_is_refused_without_a_guess(typed: str) -> None:
    with pytest.raises(UnknownCommand) as caught:
        read(typed)
    assert caught.value.nearest in (None, "imagine")
    assert len(caught.value.message) < 80


@pytest.mark.parametrize(
    "prompt",
    [
        "a rock--paper--scissors sign",
        "-- a dash",
        "a fox - red",
        "a fox \u2014 red",
        "a \u2013quick fox",
        "--5 degrees",
        "the equation x=2 and e=mc2",
        "time is 16:9 or 3:4",
        "https://example.org/?count=2",
        "prompt=yes",
        'a sign saying "use --count 3" on a door',
        'a "b" c "d"',
        "it's a fox's den",
        'an open " quote',
        "C:\\temp",
        "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
        "\U0001f98a\u200d\u2744\ufe0f fox",
        "two  spaces\nand a line",
        "<img src=x onerror=alert(1)>",
        "a /imagine b",
    ],
)
def test_words_that_only_look_like_options_stay_in_the_prompt(prompt: str) -> None:
    assert options(f"/imagine {prompt}") == {"prompt": prompt, "count": 1}


def test_quotes_that_only_hold_the_prompt_together_are_taken_off() -> None:
    assert options('/imagine "a red fox" --count 2') == {"prompt": "a red fox", "count": 2}
    assert options("/imagine \u201ca red fox\u201d")["prompt"] == "a red fox"


@pytest.mark.parametrize("prompt", ['"Hello" written on a wall', '"STOP" sign'])
def test_quotes_around_a_part_of_the_prompt_stay(prompt: str) -> None:
    """They tell a model which words to write into the picture."""
    assert options(f"/imagine {prompt}")["prompt"] == prompt


def test_an_option_without_its_value_is_refused() -> None:
    assert problem("/imagine a fox --count").startswith("count must be")
    assert problem("/imagine a fox --style").startswith("style must be one of pixel")


def test_a_command_without_words_takes_none() -> None:
    assert problem("/balance please") == "/balance takes no words after it; you gave 'please'. Nothing was charged."
    assert options("/balance") == {}


def test_a_command_with_words_only_keeps_them_all() -> None:
    assert options('/chat "why" --me count=3')["message"] == '"why" --me count=3'


def test_the_deletion_is_confirmed_by_an_option_only() -> None:
    assert options("/privacy delete --confirm yes") == {"action": "delete", "confirm": "yes"}
    assert options("/privacy") == {"action": "show"}
    assert problem("/privacy delete --confirm no").startswith("confirm must be one of yes")


@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_a_huge_message_is_read_in_one_piece(size: int) -> None:
    words = "x" * size
    assert read(words).text("message") == words
    assert options(f"/imagine {words}")["prompt"] == words
    assert len(problem(f"/imagine a --aspect {words}")) < 200
    assert len(problem(f"/imagine a --{'x' * size} 1")) < 200


def test_many_small_words_are_read_too() -> None:
    assert str(options("/imagine " + "a " * 50_000)["prompt"]).count("a") == 50_000


def test_values_that_arrive_typed_pass_the_same_checks() -> None:
    """Discord hands options over one by one instead of a line of text."""
    imagine = read("/imagine x").command
    assert check(imagine, {"prompt": " a fox ", "count": "2"}) == {"prompt": "a fox", "count": 2}
    with pytest.raises(BadOption):
        check(imagine, {"prompt": "a fox", "count": "9"})


@given(st.text())
def test_reading_anything_gives_a_command_or_a_refusal(text: str) -> None:
    for typed in (text, f"/{text}", f"/imagine {text}", f"/privacy {text}", f"/imagine a --{text}"):
        with suppress(BadRequest):
            assert read(typed).command in TABLE


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1).map(" ".join))
def test_a_plain_prompt_arrives_as_it_was_typed(prompt: str) -> None:
    assert options(f"/imagine {prompt}") == {"prompt": prompt, "count": 1}


@given(
    st.permutations(["--aspect 16:9", "--count=3", "seed=12", "\u2014style pixel"]),
    st.integers(0, 4),
)
def test_options_may_stand_anywhere_and_in_any_order(given_options: list[str], place: int) -> None:
    words = [*given_options[:place], "a fox", *given_options[place:]]
    got = options("/imagine " + " ".join(words))
    assert got == {"prompt": "a fox", "aspect": "16:9", "count": 3, "seed": 12, "style": "pixel"}


@pytest.mark.parametrize("written", ["16x9", "16/9", "16:9", "16×9"])  # noqa: RUF001  # as people write it
def test_an_aspect_may_be_written_as_people_do(written: str) -> None:
    assert options(f"/imagine a fox --aspect {written}")["aspect"] == "16:9"


def test_a_prompt_given_twice_is_not_dropped_in_silence() -> None:
    assert "was given twice" in problem("/imagine a fox --prompt an-owl")
    assert options("/imagine --prompt owl")["prompt"] == "owl"
