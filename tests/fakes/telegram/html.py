"""`parse_mode=HTML`, as strict as Telegram is: only its own tags, each closed, in order.

Rules and words: https://core.telegram.org/bots/api#html-style
"""

import re

from tests.fakes.telegram.errors import Json
from tests.fakes.telegram.formatted import Builder, Formatted, MarkupError, Open
from tests.fakes.telegram.utf16 import byte_offset

ENTITIES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "a": "text_link", "tg-emoji": "custom_emoji", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z]+));?")
TOKEN = re.compile(r"[A-Za-z0-9.-]*")
LAST_CHARACTER = 0x10FFFE
SPACES = " \t\r\n\v\f"


def parse(text: str) -> Formatted:
    """The shown text with its entities. Raises MarkupError."""
    return _Html(text).parse()


def unescaped(text: str) -> str:
    return REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return NAMED.get(match[3], match[0])
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if 0 < code <= LAST_CHARACTER else match[0]


class _Html:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._built = Builder()
        self._open: list[Open] = []

    def parse(self) -> Formatted:
        while self._at < len(self._text):
            if self._text[self._at] == "<":
                self._tag()
            else:
                end = self._text.find("<", self._at)
                piece = self._text[self._at : end if end >= 0 else len(self._text)]
                self._built.add(unescaped(piece))
                self._at += len(piece)
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].kind}"')
        if re.search("[\ud800-\udfff]", self._built.text):
            raise MarkupError(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
                "surrogate code units"
            )
        self._built.entities = with_languages(self._built.entities)
        return self._built.done()

    def _tag(self) -> None:
        begin = self._at
        self._at += 1
        if self._peek() == "/":
            self._end(begin)
        else:
            self._start(begin)

    def _start(self, begin: int) -> None:
        name = self._until(SPACES + ">").lower()
        if not self._peek():
            raise self._wrong("Unclosed start tag", begin)
        if name not in ENTITIES:
            raise self._wrong(f'Unsupported start tag "{name}"', begin)
        argument = ""
        while (attribute := self._attribute(name, begin)) is not None:
            argument = self._argument(name, *attribute) or argument
        self._at += 1
        if name == "span" and argument != "spoiler":
            raise self._wrong('Tag "span" must have class "tg-spoiler"', begin)
        self._open.append(self._built.opening(name, begin, argument))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str] | None:
        """The next attribute's name and value; None at the end of the tag."""
        self._spaces()
        if self._peek() == ">":
            return None
        name = self._until(SPACES + "=>")
        if not name:
            raise self._wrong(
                "Unclosed start tag" if not self._peek() else f'Empty attribute name in the tag "{tag}"', begin
            )
        self._spaces()
        if self._peek() != "=":
            return name, ""
        self._at += 1
        self._spaces()
        if not self._peek():
            raise self._wrong(f'Unclosed start tag "{tag}"', begin)
        value = self._value()
        if not self._peek():
            raise self._wrong("Unclosed start tag", begin)
        return name, value

    def _value(self) -> str:
        start = self._at
        if (quote := self._peek()) not in ("'", '"'):
            token = TOKEN.match(self._text, start)
            assert token is not None
            self._at = token.end()
            if not self._peek().isspace() and self._peek() != ">":
                raise self._wrong("Unexpected end of name token", start)
            return token[0].lower()
        self._at += 1
        value = self._until(quote)
        self._at += len(self._peek())
        return unescaped(value)

    @staticmethod
    def _argument(tag: str, name: str, value: str) -> str:
        match tag, name:
            case ("a", "href") | ("tg-emoji", "emoji-id"):
                return value
            case "code", "class":
                return value.removeprefix("language-") if value.startswith("language-") else ""
            case "span", "class":
                return value.removeprefix("tg-") if value.startswith("tg-") else ""
            case "blockquote", "expandable":
                return "expandable"
            case _:
                return ""

    def _end(self, begin: int) -> None:
        if not self._open:
            raise self._wrong("Unexpected end tag", begin)
        self._at += 1
        name = self._until(SPACES + ">").lower()
        self._spaces()
        if self._peek() != ">":
            raise self._wrong("Unclosed end tag", begin)
        self._at += 1
        opened = self._open.pop()
        if name not in ("", opened.kind):
            place = byte_offset(self._text, begin)
            expected = f'expected "</{opened.kind}>", found "</{name}>"'
            raise MarkupError(f"Unmatched end tag at byte offset {place}, {expected}")
        self._close(opened)

    def _close(self, opened: Open) -> None:
        built = self._built
        match opened.kind:
            case "a":
                built.link(opened, opened.argument)
            case "tg-emoji":
                if not opened.argument.isdecimal() or int(opened.argument) == 0:
                    raise MarkupError("Invalid custom emoji identifier specified")
                built.close(opened, "custom_emoji", custom_emoji_id=opened.argument)
            case "blockquote":
                built.close(opened, "expandable_blockquote" if opened.argument else "blockquote")
            case "code" if opened.argument:
                built.close(opened, "code", language=opened.argument)
            case kind:
                built.close(opened, ENTITIES[kind])

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _until(self, ends: str) -> str:
        start = self._at
        while self._peek() and self._peek() not in ends:
            self._at += 1
        return self._text[start : self._at]

    def _spaces(self) -> None:
        while self._peek().isspace():
            self._at += 1

    def _wrong(self, what: str, position: int) -> MarkupError:
        return MarkupError(f"{what} at byte offset {byte_offset(self._text, position)}")


def with_languages(entities: list[Json]) -> list[Json]:
    """Code with a language and a `pre` around exactly the same text become one; elsewhere the language is lost."""
    spans = {place(entity): entity["language"] for entity in entities if "language" in entity}
    blocks = {place(entity) for entity in entities if entity["type"] == "pre"}
    joined = []
    for entity in entities:
        at = place(entity)
        if entity["type"] == "pre" and at in spans:
            joined.append(entity | {"language": spans[at]})
        elif "language" not in entity:
            joined.append(entity)
        elif at not in blocks:
            joined.append({name: value for name, value in entity.items() if name != "language"})
    return joined


def place(entity: Json) -> tuple[int, int]:
    return entity["offset"], entity["length"]
