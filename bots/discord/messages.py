"""Replies as Discord's messages: pictures in a gallery of Components V2, words as plain content.

A message with components V2 stays one, so a message is of one kind from its first words to its result.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import discord
from discord import ui

from bots import texts
from bots.discord import sentences
from bots.discord.buttons import delete_button, drawn, rows
from bots.discord.markdown import contents, escaped, growing, prompt_line, shortened
from bots.live import Status
from bots.replies import Attachment, Button, Link, Reply, Shown
from core.jobs.model import Job
from core.jobs.specs import ChatSpec

ALT_TEXT = 1024
"""https://docs.discord.com/developers/components/reference#media-gallery"""
TEXT_LENGTH = 3000
"""All texts of a message with components V2 may have 4000 characters together."""
PROMPT_LENGTH = 1200
MOST_BUTTONS = 25
LABEL = 80
"""https://docs.discord.com/developers/components/reference#button: five rows of five, labels of 80."""
ACCENT = discord.Colour(0x5B6CFF)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of a message; a fresh one of discord.py's is made each time it is sent."""

    name: str
    data: bytes
    alt: str | None = None

    @property
    def file(self) -> discord.File:
        return discord.File(io.BytesIO(self.data), self.name, description=self.alt)


@dataclass(slots=True)
class Page:
    """One message."""

    content: str | None = None
    view: ui.View | ui.LayoutView | None = None
    files: list[Enclosed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Framed:
    """A picture as it is put into a message: a file that goes along, or an address where people open it."""

    shown: Shown
    file: Enclosed | None = None

    @property
    def address(self) -> str:
        """What Discord can show; "" for what it cannot reach."""
        if self.file is not None:
            return f"attachment://{self.file.name}"
        return self.shown.url if self.shown.url.startswith("https://") else ""


def is_gallery(job: Job) -> bool:
    """Whether a job's message has components V2."""
    return not isinstance(job.spec, ChatSpec)


def result_pages(reply: Reply, pictures: Sequence[Framed], *, spoiler: bool = False, head: str = "") -> list[Page]:
    """The message of an ended job; of a long answer several. `head` is put above it, such as whose it is."""
    if reply.job is not None and is_gallery(reply.job):
        return [_gallery_page(reply, pictures, spoiler=spoiler, head=head)]
    pages = text_pages(f"{head}\n{reply.text}" if head else reply.text)
    if reply.kind == "result" and reply.facts and pages:
        below = f"\n-# {facts_line(reply)}"
        last = pages[-1].content or ""
        if len(contents(last + below)) == 1:
            pages[-1].content = last + below
        else:
            pages.append(Page(below.strip()))
    return pages


def text_pages(text: str, attachments: Sequence[Attachment] = (), links: Sequence[Link] = ()) -> list[Page]:
    """An answer of a command. Files and links go with the last of its messages."""
    pages = [Page(content) for content in contents(text)] or [Page("\u200b")]
    pages[-1].files = [Enclosed(one.name, one.data) for one in attachments]
    if links:
        pages[-1].view = linked(ui.View(timeout=None), links)
    return pages


def linked(view: ui.View, links: Sequence[Link]) -> ui.View:
    """With a button for each link, as far as there is room."""
    for link in links[: MOST_BUTTONS - len(view.children)]:
        view.add_item(ui.Button(label=shortened(link.label, LABEL), url=link.url))
    return view


def waiting_page(job: Job, status: Status) -> Page:
    """How an open job goes, with a button to stop it."""
    stop = drawn(Button("cancel", "Cancel"), job.id)
    if is_gallery(job):
        lines = [line for line in (prompt_line(job.spec.prompt, PROMPT_LENGTH), status.line) if line]
        return Page(view=_layout(ui.TextDisplay("\n".join(lines)), ui.ActionRow(stop)))
    view: ui.View = ui.View(timeout=None)
    view.add_item(stop)
    return Page(growing(status.text, status.line), view)


def words_page(text: str, *, is_gallery: bool) -> Page:
    """A sentence in a message of this kind."""
    return Page(view=_layout(ui.TextDisplay(text))) if is_gallery else Page(text)


def facts_line(reply: Reply) -> str:
    facts = [f"{label}: {escaped(value)}" for label, value in reply.facts]
    return " · ".join([*facts, *([texts.DEMO_MARK] if reply.demo else [])])


def _gallery_page(reply: Reply, pictures: Sequence[Framed], *, spoiler: bool, head: str) -> Page:
    parts: list[ui.Item[ui.LayoutView]] = []
    if text := _words_above(reply, head):
        parts.append(ui.TextDisplay(text))
    shown = [one for one in pictures if one.address]
    if shown:
        parts.append(ui.MediaGallery(*(_item(one, spoiler) for one in shown)))
    below = [f"-# {facts_line(reply)}"] if reply.facts else []
    below += [sentences.discord_linked(one.shown.url) for one in pictures if one.file is None]
    if below:
        parts.append(ui.TextDisplay(shortened("\n".join(below), TEXT_LENGTH // 3)))
    job = reply.job.id if reply.job else ""
    buttons = [drawn(button, job) for button in reply.buttons]
    if shown:
        buttons.insert(1, delete_button(job))
    parts += rows(buttons)
    return Page(view=_layout(*parts), files=[one.file for one in shown if one.file])


def _words_above(reply: Reply, head: str) -> str:
    """The prompt, and what else there is to say; or why there is no picture."""
    if reply.kind != "result" or not reply.pictures or reply.job is None:
        words = shortened(reply.text, PROMPT_LENGTH)
    else:
        prompt = reply.job.spec.prompt
        words = "\n".join([prompt_line(prompt, PROMPT_LENGTH), reply.text.removeprefix(prompt).strip()])
    return f"{head}\n{words}".strip()


def _item(one: Framed, spoiler: bool) -> discord.MediaGalleryItem:
    return discord.MediaGalleryItem(one.address, description=shortened(one.shown.alt, ALT_TEXT), spoiler=spoiler)


def _layout(*parts: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*parts, accent_colour=ACCENT))
    return view
