"""A blocklist that reads through disguises, and strikes."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.app import App
from core.catalogue import load_catalogue
from core.errors import PromptRejected
from core.moderation import Blocklist, Moderation
from core.text import clean
from tests.support import ALICE

Disguise = Callable[[str], str]

WORD, PHRASE = "badger", "purple elephant"
BLOCKLIST = Blocklist([WORD, PHRASE])
SENTENCE = "please draw {} in a park"

CYRILLIC = str.maketrans("aecopxyBMHT", "аесорхуВМНТ")  # noqa: RUF001  # look-alikes are the point
GREEK = str.maketrans("aepotun", "αερoτυη")  # noqa: RUF001  # letters that look like others are what this is about
LEET = str.maketrans({"a": "@", "e": "3", "l": "|", "t": "7", "s": "$", "o": "0", "i": "1"})
HIDDEN = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\ufe0f", "\u034f")


async def refused(text: str) -> bool:
    """As in the pipeline: what is judged was cleaned before."""
    return not await BLOCKLIST.allows(clean(text))


def shifted(text: str, by: int) -> str:
    """The same letters from another Unicode block."""
    return "".join(chr(ord(char) + by) if char.isalpha() else char for char in text)


DISGUISES: dict[str, Disguise] = {
    "as it is": lambda text: text,
    "upper case": str.upper,
    "accents": lambda text: "".join(f"{char}\u0301" if char.isalpha() else char for char in text),
    "composed accents": lambda text: text.replace("a", "ä").replace("e", "é"),
    "Cyrillic": lambda text: text.translate(CYRILLIC),
    "Greek": lambda text: text.translate(GREEK),
    "leet": lambda text: text.translate(LEET),
    "full width": lambda text: shifted(text, 0xFEE0),
    "bold mathematical": lambda text: shifted(text, 0x1D41A - ord("a")),
    "circled": lambda text: shifted(text, 0x24D0 - ord("a")),
    "enclosing marks": lambda text: "".join(f"{char}\u20dd" if char.isalpha() else char for char in text),
    "spaced out": " ".join,
    "dotted": ".".join,
    "dashed": "-".join,
    **{f"hidden U+{ord(hidden):04X}": hidden.join for hidden in HIDDEN},
    "underscores for spaces": lambda text: text.replace(" ", "_"),
    "mixed separators": lambda text: text.replace(" ", "-_"),
    "two spaces": lambda text: text.replace(" ", "  "),
    "a new line": lambda text: text.replace(" ", "\n"),
    "a tab": lambda text: text.replace(" ", "\t"),
    "a line separator": lambda text: text.replace(" ", "\u2028"),
    "written together": lambda text: text.replace(" ", ""),
    "exclamation": lambda text: f"{text}!",
    "many signs": lambda text: f"!!{text}!!1",
    "addressed": lambda text: f"@{text}",
    "priced": lambda text: f"${text}|",
    "quoted": lambda text: f"\u201c{text}\u201d,",
    "bold": lambda text: f"**{text}**",
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("phrase", [WORD, PHRASE])
async def test_a_listed_phrase_is_refused_however_it_is_written(phrase: str, disguise: Disguise) -> None:
    assert await refused(disguise(phrase))
    assert await refused(SENTENCE.format(disguise(phrase)))
    assert await refused(SENTENCE.format(f"a {disguise(phrase)}"))


@pytest.mark.parametrize(
    "text",
    [
        "a red fox",
        "badgers in the wood",
        "headbadger",
        "purple and elephant",
        "an elephant, purple",
        "bad germs",
        "big bad\ngerbil",
        "plan b\nadgers",
        "vitamin b\nadger",
        "",
        "🦡",
        "b a d g e",
        "!!! $$$ @@@ 1337",
    ],
)
async def test_other_words_are_allowed(text: str) -> None:
    assert not await refused(text)


@pytest.mark.parametrize("place", ["Scunthorpe", "Penistone", "assassin's class", "Essex", "cocktail bar", "Dickens"])
async def test_a_listed_word_inside_another_word_is_not_found(place: str) -> None:
    assert await Blocklist(["cunt", "penis", "ass", "sex", "cock", "dick"]).allows(place)


@pytest.mark.parametrize("phrases", [[], [""], ["...", "\u200b"]])
async def test_an_empty_blocklist_allows_everything(phrases: list[str]) -> None:
    assert await Blocklist(phrases).allows("anything . at all")


async def test_a_phrase_is_listed_in_any_writing() -> None:
    listed = Blocklist(["BÄDGÉR!", "a.b*c"])
    assert not await listed.allows("a badger")
    assert not await listed.allows("a b c")
    assert await listed.allows("aXb_c")


@given(st.sampled_from([WORD, PHRASE]), st.randoms(use_true_random=False), st.text("ab .,\n", max_size=9))
async def test_a_phrase_disguised_letter_by_letter_is_always_caught(
    phrase: str, lot: random.Random, around: str
) -> None:
    tricks = [DISGUISES[name] for name in ("as it is", "upper case", "accents", "Cyrillic", "Greek", "leet", "circled")]
    letters = [char if char == " " else lot.choice(tricks)(char) + lot.choice(("", *HIDDEN)) for char in phrase]
    spaced = " ".join(letters) if lot.random() < 0.3 else "".join(letters)
    assert await refused(f"{around} {spaced} {around}")


@given(st.sampled_from([WORD, PHRASE]), st.text(max_size=30), st.text(max_size=30))
async def test_no_words_around_a_phrase_hide_it(phrase: str, before: str, after: str) -> None:
    assert await refused(f"{before} {phrase} {after}")


@given(st.text("bcdfghjklmnpqstvwxz \n.", max_size=60))
async def test_text_that_lacks_a_phrases_letters_is_never_refused(text: str) -> None:
    assert not await refused(text)


async def test_the_blocklist_easel_comes_with_refuses_what_it_lists() -> None:
    listed = load_catalogue(Path(__file__).parents[2] / "easel.toml").moderation.blocklist
    judge = Blocklist(listed)
    assert listed
    for phrase in listed:
        assert not await judge.allows(f"a picture of {phrase}!")
    assert await judge.allows("a child eating popcorn; Vitamin C\nSam's lunch")


# --- strikes -----------------------------------------------------------------------------------------------


async def struck(app: App, request_id: str, limit: int) -> PromptRejected:
    account = await app.accounts.for_identity(ALICE)
    with pytest.raises(PromptRejected) as caught:
        await Moderation([BLOCKLIST], app.accounts, limit).check(account.id, request_id, f"a {WORD}")
    return caught.value


async def test_a_refused_prompt_is_a_strike_once_per_request(app: App) -> None:
    assert [(await struck(app, request, 5)).strikes for request in ("r1", "r1", "r2")] == [1, 1, 2]


async def test_enough_strikes_suspend_the_account(app: App) -> None:
    await struck(app, "r1", 2)
    assert (await app.accounts.for_identity(ALICE)).suspended is None
    assert (await struck(app, "r2", 2)).limit == 2
    assert (await app.accounts.for_identity(ALICE)).suspended == "2 requests broke the rules"


async def test_a_limit_of_none_never_suspends(app: App) -> None:
    for number in range(4):
        await struck(app, f"r{number}", 0)
    assert (await app.accounts.for_identity(ALICE)).suspended is None


async def test_an_allowed_prompt_is_no_strike(app: App) -> None:
    account = await app.accounts.for_identity(ALICE)
    await Moderation([Blocklist([]), BLOCKLIST], app.accounts, 5).check(account.id, "r1", "a red fox")
    assert (await struck(app, "r2", 5)).strikes == 1


async def test_any_one_of_several_moderators_can_refuse(app: App) -> None:
    account = await app.accounts.for_identity(ALICE)
    with pytest.raises(PromptRejected):
        await Moderation([Blocklist([]), BLOCKLIST], app.accounts, 5).check(account.id, "r1", f"a {WORD}")
