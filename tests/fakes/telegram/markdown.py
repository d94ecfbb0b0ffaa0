"""`parse_mode=MarkdownV2`, as strict as Telegram is: what is reserved must be escaped, what is opened must be closed.

Rules: https://core.telegram.org/bots/api#markdownv2-style
"""

import re

from tests.fakes.telegram.formatted import Builder, Formatted, MarkupError, Open
from tests.fakes.telegram.utf16 import byte_offset

RESERVED = "_*[]()~`>#+-=|{}.!\n"
CODES = ("Code", "Pre", "PreCode")
MARKS = {
    "Bold": "*", "Underline": "__", "Italic": "_", "Strikethrough": "~", "Spoiler": "||", "Code": "`",
    "Pre": "```", "PreCode": "```", "TextUrl": "]", "CustomEmoji": "]",
}  # fmt: skip
STARTS = {
    "```": "Pre", "__": "Underline", "||": "Spoiler", "![": "CustomEmoji",
    "*": "Bold", "_": "Italic", "~": "Strikethrough", "[": "TextUrl", "`": "Code",
}  # fmt: skip
FENCE = re.compile(r"([^\s`]+(?=\s))?(\r\n|\n\r|\n|\r)?")
EMOJI = re.compile(r"tg:(?://)?emoji/?\?(?:[^#]*&)?id=([^&#]*)", re.I)
LAST_ESCAPABLE = chr(126)


def parse(text: str) -> Formatted:
    """The shown text with its entities. Raises MarkupError."""
    return _Markdown(text).parse()


class _Markdown:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._built = Builder()
        self._open: list[Open] = []
        self._quoting = False

    def parse(self) -> Formatted:
        while self._at < len(self._text):
            self._step()
        self._fold_quote()
        if self._open and self._open[-1].kind == "BlockQuote":
            self._end_quote()
        if self._open:
            raise self._endless()
        return self._built.done()

    def _step(self) -> None:
        char = self._text[self._at]
        following = self._text[self._at + 1 : self._at + 2]
        if char == "\\" and following and following <= LAST_ESCAPABLE:
            self._built.add(following)
            self._at += 2
        elif char not in ("`" if self._inside(CODES) else RESERVED):
            self._built.add(char)
            self._at += 1
        elif self._quoting and char == "\n" and following != ">":
            self._newline_after_quote()
        elif self._closes():
            self._close()
        else:
            self._start(char)

    def _inside(self, kinds: tuple[str, ...]) -> bool:
        return bool(self._open) and self._open[-1].kind in kinds

    def _closes(self) -> bool:
        if not self._open or self._open[-1].kind == "BlockQuote":
            return False
        kind = self._open[-1].kind
        if kind == "Italic" and self._sees("__"):
            return False
        return self._sees(MARKS[kind])

    def _sees(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _start(self, char: str) -> None:
        begin = self._at
        if char == "\n":
            return self._newline()
        if char == ">" and not self._quoting and self._built.text[-1:] in ("", "\n"):
            self._at += 1
            return self._start_quote(begin)
        mark = next((mark for mark in STARTS if self._sees(mark)), None)
        if mark is None:
            raise MarkupError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        self._at += len(mark)
        kind, argument = STARTS[mark], ""
        if kind == "Pre":
            kind, argument = self._fence()
        self._open.append(self._built.opening(kind, begin, argument))
        return None

    def _fence(self) -> tuple[str, str]:
        """The language after three backticks, if any, and one new line that is not part of the code."""
        match = FENCE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return ("PreCode", match[1]) if match[1] else ("Pre", "")

    def _newline(self) -> None:
        self._built.add("\n")
        begin = self._at
        self._at += 1
        if self._sees(">"):
            self._at += 1
            if not self._quoting:
                self._start_quote(begin)

    def _start_quote(self, begin: int) -> None:
        self._quoting = True
        self._open.append(self._built.opening("BlockQuote", begin))

    def _newline_after_quote(self) -> None:
        self._fold_quote()
        if not self._inside(("BlockQuote",)):
            raise self._endless()
        self._built.add("\n")
        self._at += 1
        self._end_quote()

    def _fold_quote(self) -> None:
        """`||` at the very end of a quotation makes it one that is shown folded."""
        match self._open:
            case [*_, Open(kind="BlockQuote") as quote, Open(kind="Spoiler", offset=at)] if at == self._built.length:
                self._open.pop()
                quote.argument = "folded"
            case _:
                pass

    def _end_quote(self) -> None:
        quote = self._open.pop()
        self._quoting = False
        self._built.close(quote, "expandable_blockquote" if quote.argument else "blockquote")

    def _close(self) -> None:
        opened = self._open.pop()
        self._at += len(MARKS[opened.kind])
        match opened.kind:
            case "TextUrl":
                self._built.link(opened, self._address("a URL") if self._sees("(") else "")
            case "CustomEmoji":
                self._emoji(opened)
            case "PreCode":
                self._built.close(opened, "pre", language=opened.argument)
            case kind:
                self._built.close(opened, kind.lower())

    def _address(self, what: str) -> str:
        """What stands in the round brackets here."""
        self._at += 1
        begin = self._at
        address = ""
        while self._at < len(self._text) and not self._sees(")"):
            if self._sees("\\") and self._at + 1 < len(self._text):
                self._at += 1
            address += self._text[self._at]
            self._at += 1
        if not self._sees(")"):
            raise MarkupError(f"Can't find end of {what} at byte offset {byte_offset(self._text, begin)}")
        self._at += 1
        return address or " "

    def _emoji(self, opened: Open) -> None:
        if not self._sees("("):
            raise MarkupError("Custom emoji entity must contain a tg://emoji URL")
        url = self._address("a custom emoji URL")
        if not url.lower().startswith("tg:"):
            raise MarkupError("Custom emoji URL must have scheme tg")
        if not re.match(r"tg:(//)?emoji([/?#]|$)", url, re.I):
            raise MarkupError('Custom emoji URL must have host "emoji"')
        emoji = EMOJI.match(url)
        if emoji is None:
            raise MarkupError("Custom emoji URL must have an emoji identifier")
        if not emoji[1].isdecimal() or emoji[1].startswith("0"):
            raise MarkupError("Invalid custom emoji identifier specified")
        self._built.close(opened, "custom_emoji", custom_emoji_id=emoji[1])

    def _endless(self) -> MarkupError:
        last = self._open[-1]
        return MarkupError(f"Can't find end of {last.kind} entity at byte offset {byte_offset(self._text, last.at)}")
