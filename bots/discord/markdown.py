"""Discord's Markdown: what people wrote, made harmless, and what we write, cut to Discord's lengths.

https://docs.discord.com/developers/reference#message-formatting. Ours and Discord's Markdown are the same for what we
use. Nobody can be pinged, whatever a text says: every message is sent with `allowed_mentions` none.
"""

import re

from bots.split import pieces

CONTENT = 2000
"""https://docs.discord.com/developers/resources/message#create-message (also in Nitro servers, for bots)"""
_MARKS = re.compile(r"([\\*_~`|>\[\]<])")
_ADDRESS = re.compile(r"https?://\S+")


def escaped(text: str) -> str:
    """Words that are shown as they were typed: no marks, no mentions, no headings; addresses stay whole."""
    made, at = [], 0
    for address in _ADDRESS.finditer(text):
        made += [_MARKS.sub(r"\\\1", text[at : address.start()]), address[0]]
        at = address.end()
    return "".join([*made, _MARKS.sub(r"\\\1", text[at:])])


def shortened(text: str, limit: int) -> str:
    """Its first `limit` characters at most, with an ellipsis if that is not all."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def prompt_line(prompt: str, limit: int) -> str:
    """A prompt in bold, on one line, at most so long."""
    words = " ".join(prompt.split())
    shown = escaped(shortened(words, limit // 2))  # escaping at most doubles
    return f"**{shown}**" if shown else ""


def contents(text: str) -> list[str]:
    """A text in pieces that fit into messages, none if it is empty."""
    return [piece for piece in pieces(text, CONTENT) if piece.strip()]


def growing(text: str, line: str) -> str:
    """An answer so far, with how it goes below; of a long one the beginning."""
    below = f"\n-# {line}"
    shown = pieces(text, CONTENT - len(below))
    return f"{shown[0]}{below}" if shown else line
