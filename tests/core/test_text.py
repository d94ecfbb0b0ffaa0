"""What people type, made fit to be stored, drawn and sent."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import MAX_MARKS_PER_LETTER, clean, fold

MARKS = "\u0301\u0302\u0303\u0304\u0308\u0316\u0317\u0323"
HIDDEN = ["\u00ad", "\u200b", "\u202e", "\u2060", "\u2066", "\ufeff", "\U000e0041", "\x00", "\ue000"]

EMOJI = {
    "family joined by ZWJ": "👨\u200d👩\u200d👧\u200d👦",
    "flag joined by ZWJ": "🏳\ufe0f\u200d🌈",
    "skin tone": "👋🏽",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "keycap": "1\ufe0f\u20e3",
    "flag of two letters": "🇻🇳",
    "Unicode 15": "\U0001fae8\U0001fa77",
    "Unicode 16": "\U0001fae9",
}
SCRIPTS = {
    "Vietnamese": "Tiếng Việt: đường phố đẹp",
    "pointed Hebrew": "שָׁלוֹם בְּרֵאשִׁית",
    "Arabic": "مَرْحَبًا بِكُمْ",
    "Persian with ZWNJ": "می\u200cخواهم",  # noqa: RUF001  # Arabic letters
    "right-to-left mark": "שלום\u200f!",
    "Hindi": "हिन्दी में लिखो",
    "Thai": "ผู้ใหญ่ที่นี่",
    "Chinese": "一只红色的狐狸",
    "Korean": "안녕하세요",
}


def test_plain_text_stays_as_it_is() -> None:
    assert clean("a red fox, 4 of them?!\n\tand a dog") == "a red fox, 4 of them?!\n\tand a dog"


def test_spaces_around_go() -> None:
    assert clean(" \n\t a fox \u3000\n") == "a fox"


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb", "a\nb"])
def test_every_kind_of_line_end_becomes_one(text: str) -> None:
    assert clean(text) == "a\nb"


@pytest.mark.parametrize("control", [*map(chr, range(9)), *map(chr, range(11, 13)), "\x1b", "\x7f", "\x85", "\x9b"])
def test_control_characters_go(control: str) -> None:
    assert clean(f"a{control}b") == "ab"


@pytest.mark.parametrize("text", ["fox\ud800", "\udfff fox", "f\udc80ox"])
def test_lone_surrogates_go_so_that_the_text_can_be_encoded(text: str) -> None:
    assert clean(text) == "fox"


@pytest.mark.parametrize("override", ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2069"])
def test_nobody_turns_the_direction_of_the_text_around(override: str) -> None:
    assert clean(f"gpj.{override}exe") == "gpj.exe"


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_cannot_be_seen_goes(hidden: str) -> None:
    assert clean(f"f{hidden}ox") == "fox"


@pytest.mark.parametrize("blank", ["\u200b", " \u200b \n", "\ufeff", "\x00", "\u2060\u00ad", "\u202e \u202c"])
def test_a_text_of_invisible_characters_is_empty(blank: str) -> None:
    assert clean(blank) == ""


@pytest.mark.parametrize("emoji", EMOJI.values(), ids=EMOJI)
def test_emoji_survive(emoji: str) -> None:
    assert clean(f"a {emoji} fox") == f"a {emoji} fox"


@pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS)
def test_every_script_survives(words: str) -> None:
    assert clean(words) == unicodedata.normalize("NFC", words)


def test_stacked_marks_are_cut_to_what_languages_need() -> None:
    zalgo = "".join(letter + MARKS * 4 for letter in "xyz")
    assert most_marks(clean(zalgo)) <= MAX_MARKS_PER_LETTER + 1
    assert [char for char in clean("x" + MARKS) if not unicodedata.combining(char)] == ["x"]


@pytest.mark.parametrize("between", [*HIDDEN, "\u200d", "\u200c"])
def test_hidden_characters_between_marks_do_not_allow_more_of_them(between: str) -> None:
    assert most_marks(clean("x" + (MARKS[:3] + between) * 6)) <= MAX_MARKS_PER_LETTER + 1


def test_two_ways_to_type_a_letter_become_one() -> None:
    assert clean("caf\u0065\u0301") == clean("caf\u00e9") == "caf\u00e9"


@given(st.text(), st.sampled_from(HIDDEN), st.text(st.sampled_from(MARKS + "eo ")))
def test_cleaning_twice_is_cleaning_once(before: str, hidden: str, after: str) -> None:
    once = clean(f"{before}{hidden}{after}")
    assert clean(once) == once


@given(st.text(), st.sampled_from("eo"), st.sampled_from(HIDDEN), st.sampled_from(MARKS))
def test_clean_text_has_one_unicode_form(before: str, letter: str, hidden: str, mark: str) -> None:
    assert unicodedata.is_normalized("NFC", clean(before + letter + hidden + mark))


@given(st.text(st.characters()))
def test_clean_text_can_be_encoded_and_has_no_controls(text: str) -> None:
    cleaned = clean(text)
    assert json.loads(json.dumps(cleaned).encode()) == cleaned.encode().decode()
    assert not [char for char in cleaned if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Red FOX", "red fox"),
        ("Straße", "strasse"),
        ("Ünïcödé", "unicode"),
        ("ｆｏｘ", "fox"),  # noqa: RUF001  # full width
        ("𝔣𝔬𝔵 ⓕⓞⓧ", "fox fox"),  # noqa: RUF001  # mathematical
        ("сору", "copy"),  # noqa: RUF001  # Cyrillic
        ("ροτ", "pot"),  # Greek
        ("f\u200bo\u200dx\ufeff", "fox"),
        ("f\ufe0fo\ufe0fx", "fox"),
        ("f\u20ddo\u20ddx", "fox"),
        ("a\nred\tfox", "a red fox"),
        ("a\u2028red\u2029fox", "a red fox"),
        ("  a   b  ", "a b"),
        ("狐狸", "狐狸"),
    ],
)
def test_folded_text_reads_like_the_text(text: str, reading: str) -> None:
    assert fold(text) == reading


@given(st.text())
def test_folding_forgets_case_and_accents(text: str) -> None:
    folded = fold(text)
    assert folded == fold(folded) == folded.strip()
    assert "  " not in folded


def most_marks(text: str) -> int:
    """The longest run of combining marks as a screen stacks them: invisible characters do not end it."""
    most = run = 0
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char):
            run += 1
        elif unicodedata.category(char) != "Cf":
            run = 0
        most = max(most, run)
    return most
