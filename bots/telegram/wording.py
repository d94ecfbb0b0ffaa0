"""Replies as Telegram's HTML: messages, and captions with what did not fit into them."""

from bots import texts
from bots.replies import Reply
from bots.split import pieces
from bots.telegram.html import measure, pages, plain
from bots.telegram.limits import MAX_CAPTION, MAX_TEXT, utf16

LEAST_ROOM = 200
_SEPARATOR = "\n\n"
_CURSOR = " ▍"


def messages(reply: Reply) -> list[str]:
    """A reply without pictures. The facts stand below the last page; a prompt is shown as it was written."""
    below = facts(reply)
    room = MAX_TEXT - utf16(below) - len(_SEPARATOR)
    *made, last = pages(reply.text, room)
    return [*made, f"{last}{_SEPARATOR}<i>{plain(below)}</i>" if below else last]


def caption(reply: Reply) -> tuple[str, list[str]]:
    """The caption of a picture, and the rest of a prompt that is too long for it, as further messages."""
    below = facts(reply)
    room = max(MAX_CAPTION - measure(below) - len(_SEPARATOR) - 1, LEAST_ROOM)
    head, *rest = pieces(reply.text, room, measure) or [""]
    further = [plain(piece) for piece in pieces("\n".join(rest), MAX_TEXT, measure)] if rest else []
    shown = f"{plain(head)}…" if rest else plain(head)
    return f"{shown}{_SEPARATOR}<i>{plain(below)}</i>".strip(), further


def status(words: str, line: str) -> str:
    """The message of a job in the works: what was asked for, how it goes."""
    head = pieces(words, LEAST_ROOM, measure)[:1]
    asked = f"{plain(head[0])}{'…' if head[0] != words.strip() else ''}{_SEPARATOR}" if head else ""
    return f"{asked}⏳ {plain(line)}"


def streamed(said: str) -> str:
    """What a model has said so far; of a long answer its end."""
    return f"{pages(said, MAX_TEXT - len(_CURSOR))[-1]}{_CURSOR}"


def facts(reply: Reply) -> str:
    """`Model: demo-art · Seed: 1 · Cost: 10 credits · demo: ...`."""
    said = [f"{label}: {value}" for label, value in reply.facts]
    return " · ".join([*said, texts.DEMO_MARK] if reply.demo else said)


def shown_prompt(prompt: str) -> str:
    """A prompt as a caption of its own."""
    return plain((pieces(prompt, MAX_CAPTION, measure) or [""])[0])
