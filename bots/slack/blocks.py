"""Replies as Block Kit, within its limits.

https://docs.slack.dev/reference/block-kit/blocks. What people wrote is shown as plain text, what we or a model wrote
as mrkdwn with everything escaped.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bots import texts
from bots.replies import Button, Link, Reply, Shown
from bots.slack import buttons, sentences
from bots.slack.mrkdwn import escaped, render
from bots.split import pieces

Block = dict[str, Any]

SECTION = 3000
"""https://docs.slack.dev/reference/block-kit/blocks/section-block"""
ALT = 2000
"""https://docs.slack.dev/reference/block-kit/blocks/image-block"""
CONTEXT = 3000
ACTIONS = 25
"""https://docs.slack.dev/reference/block-kit/blocks/actions-block"""
MESSAGE = 11_000
"""All text of one message: Slack answers msg_blocks_too_long to somewhat more than 12,000 characters."""
FALLBACK = 3500
"""https://docs.slack.dev/reference/methods/chat.update: at most 4000; shown in notifications."""
PARTIAL = 2900
QUESTION = 300
_ESCAPED_REFERENCE = re.compile(r"&lt;((?:#C|#G|@U|@W|!subteam\^S)[A-Z0-9]+)&gt;")


@dataclass(frozen=True, slots=True)
class Page:
    """One message: `text` for notifications and screen readers, and what is shown."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, Any]:
        return {"text": self.text, "blocks": self.blocks}


def written(text: str) -> list[Block]:
    """Our own Markdown, in as many sections as it needs."""
    return [_section(render(piece)) for piece in pieces(text, SECTION, _rendered) if piece.strip()]


def settings(text: str) -> Page:
    """A workspace's settings, in which people, groups and channels are what they are; there are only ids that we kept.

    It is shown to one person only, so nobody is called. Slack's people call it a workspace.
    """
    text = text.replace("this server", "this workspace")
    pieces_ = [_ESCAPED_REFERENCE.sub(r"<\1>", section["text"]["text"]) for section in written(text)]
    return Page(_spoken(text), [_section(piece) for piece in pieces_])


def about_channel(sentence: Callable[[str], str], channel: str) -> Page:
    """A sentence with a link to a channel in it; a direct message has no name that could be linked."""
    if channel.startswith("D"):
        text = sentence(sentences.SLACK_THIS_PLACE)
        return Page(_spoken(text), written(text))
    shown = render(sentence("#channel")).replace("#channel", f"<#{channel}>")
    return Page(_spoken(sentence("the channel")), [_section(shown)])


def context(*lines: str) -> list[Block]:
    """Small print: mrkdwn lines, ready to be shown."""
    shown = [{"type": "mrkdwn", "text": line[:CONTEXT]} for line in lines if line]
    return [{"type": "context", "elements": shown}] if shown else []


def mention(user: str) -> str:
    return f"<@{user}>" if user else ""


def waiting(job: str, words: str, user: str, line: str, *, is_chat: bool = False) -> Page:
    """The message of a request in the works: what was asked or said so far, how it goes, and a way to stop it."""
    said = written((pieces(words, PARTIAL, _rendered) or [""])[-1]) if is_chat else _quoted(words)
    stop = buttons.element(Button("cancel", "Cancel"), job)
    small = context(sentences.slack_asked_by(mention(user), escaped(line)))
    return Page(_fallback(line or words), [*said, *small, {"type": "actions", "elements": [stop]}])


def with_question(page: Page, user: str, words: str) -> Page:
    """Nobody but who typed a slash command has seen it, so an answer to it says what was asked."""
    one_line = " ".join(words.split())
    shown = one_line if len(one_line) <= QUESTION else f"{one_line[: QUESTION - 1]}…"
    return replace(page, blocks=[*context(sentences.slack_asked(mention(user), escaped(shown))), *page.blocks])


def pages(reply: Reply, user: str = "", files: Sequence[str | None] = ()) -> list[Page]:
    """A reply as one message, or several for a very long answer. `files` are Slack's ids of its pictures, in order.

    A picture without an id is shown as a link.
    """
    if reply.pictures:
        return [_gallery(reply, user, files)]
    links = [link for link in reply.links if len(link.url) <= buttons.URL_LENGTH]
    parts = pieces(reply.text, MESSAGE, _rendered) or [reply.text or " "]
    made = [Page(_spoken(part), written(part)) for part in parts]
    made[-1].blocks.extend([*_links(links), *context(_facts(reply, user)), *_actions(reply)])
    spelled = "\n".join([parts[-1], *(f"{link.label}: {link.url}" for link in links)])
    made[-1] = replace(made[-1], text=_spoken(spelled))
    return made


def _links(links: Sequence[Link]) -> list[Block]:
    elements = [buttons.link_element(link, number) for number, link in enumerate(links[:ACTIONS], 1)]
    return [{"type": "actions", "elements": elements}] if elements else []


def _gallery(reply: Reply, user: str, files: Sequence[str | None]) -> Page:
    blocks = _quoted(reply.text)
    several = len(reply.pictures) > 1
    for shown, file in zip(reply.pictures, [*files, *[None] * len(reply.pictures)], strict=False):
        blocks.append(_image(shown, file))
        if several:
            blocks += _actions(reply, shown.index)
    blocks += context(_facts(reply, user))
    blocks += _actions(reply, *([None] if several else [None, 1]))
    return Page(_fallback(reply.text), blocks)


def _image(shown: Shown, file: str | None) -> Block:
    if file is None:
        return _section(f"<{escaped(shown.url)}|{escaped(shown.alt[:200]).replace('|', '¦')}>")
    return {"type": "image", "slack_file": {"id": file}, "alt_text": shown.alt[:ALT] or " "}


def _actions(reply: Reply, *indexes: int | None) -> list[Block]:
    """The buttons of these pictures (None: those of the whole); all of them if none is named. And one to delete."""
    if reply.job is None:
        return []
    wanted = [button for button in reply.buttons if not indexes or button.index in indexes]
    elements = [buttons.element(button, reply.job.id) for button in wanted]
    if not indexes or None in indexes:
        elements.append(buttons.delete_element(reply.job.id))
    return [{"type": "actions", "elements": elements[:ACTIONS]}] if elements else []


def _facts(reply: Reply, user: str) -> str:
    said = [f"{label} {value}" for label, value in reply.facts]
    if reply.demo:
        said.append(texts.DEMO_MARK)
    return sentences.slack_asked_by(mention(user), escaped(" · ".join(said))) if said or user else ""


def _quoted(words: str) -> list[Block]:
    """What a person wrote, exactly: nothing in it is markup."""
    shown = words.strip()
    if not shown:
        return []
    text = shown if len(shown) <= SECTION else f"{shown[: SECTION - 1]}…"
    return [{"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}]


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _spoken(text: str) -> str:
    """Our own Markdown for a notification, which shows mrkdwn, too."""
    return render((pieces(text, FALLBACK, _rendered) or [""])[0]) or "…"


def _fallback(text: str) -> str:
    """Escaped, so that a notification mentions nobody either."""
    return (pieces(escaped(text), FALLBACK) or ["…"])[0]


def _rendered(text: str) -> int:
    return len(render(text))
