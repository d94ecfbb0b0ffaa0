"""Clean and compare what people type: control characters out, one Unicode form, look-alikes folded."""

import re
import unicodedata

MAX_MARKS_PER_LETTER = 3  # Vietnamese and pointed Hebrew need 2 to 3; zalgo text stacks dozens

_INVISIBLE = {
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x180E, 0x200B, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064,
    0x2800, 0x3164, 0xFEFF, 0xFFA0,
    *range(0x202A, 0x202F), *range(0x2066, 0x2070), *range(0xE0000, 0xE0080),
}  # fmt: skip

_UNREAD = ("Mn", "Mc", "Me", "Cf", "Cn")

# Letters of other scripts, and digits and signs, that are read as a Latin letter (a small subset of
# https://www.unicode.org/Public/security/latest/confusables.txt, plus common "leet" spellings).
_LOOK_ALIKES = str.maketrans(
    "авсеһіјӏмнорѕтухѵԁԛԝкгαβεηικνορτυχγωσ013457@$!|¡",  # noqa: RUF001  # look-alikes are the point
    "abcehijlmhopstyxvdqwkrabenikvoptuxywooieastasili",
)


def clean(text: str) -> str:
    """Text fit to be stored, drawn and sent: NFC, no control or invisible characters, no stacked marks."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8"))
    kept: list[str] = []
    marks = 0
    for char in text.replace("\r\n", "\n").replace("\r", "\n"):
        category = unicodedata.category(char)
        if ord(char) in _INVISIBLE or (category in ("Cc", "Cs", "Co") and char not in "\n\t"):
            continue
        if category in ("Mn", "Me"):
            marks += 1
        elif category != "Cf":  # a joiner between two marks does not start a new letter
            marks = 0
        if marks <= MAX_MARKS_PER_LETTER:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def fold(text: str) -> str:
    """What a text reads like: lower case, plain letters, words with single spaces. For comparing only."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(char for char in decomposed if unicodedata.category(char) not in _UNREAD)
    return re.sub(r"[\W_]+", " ", plain.translate(_LOOK_ALIKES)).strip()
