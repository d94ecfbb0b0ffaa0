"""Messages that people write: commands, words, pictures with captions, replies; in private, groups and topics."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from telegram import Message
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from bots import error_texts
from bots.incoming import Incoming
from bots.parse import Invocation, parse
from bots.replies import Reply, refused
from bots.service import MAKING, Service
from bots.telegram import sentences
from bots.telegram.albums import Album, Albums
from bots.telegram.background import Background
from bots.telegram.client import Client
from bots.telegram.commands import OWN
from bots.telegram.desk import Desk, Kind, Submit
from bots.telegram.downloads import Sent, fetched, is_unreadable, picture_in
from bots.telegram.hearing import Heard, answered, hear, is_anonymous, place_of
from bots.telegram.keyboards import Pressed
from bots.telegram.places import Place, identity_of
from core.errors import BadRequest, EaselError
from core.log import logger
from core.uploads import check_number

FOR_ONE = frozenset(
    {"balance", "history", "link", "privacy", "orders", "redeem", "gift", "invite", "admin", "announcements"}
)
"""Commands whose answers a group need not read; a link code is worth all one's credits."""
FOR_ADMINS = frozenset({"persona", "server"})
TAKES_PICTURES = frozenset({"imagine", "edit", "upscale", "chat"})
MOST_FETCHING = 8
"""Requests at a time whose pictures, of up to 80 MB together, are in memory before anybody has checked them."""
_ASKED = re.compile(r"picture (\d{1,2}) of ([a-z2-7]{16})\.$")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message for us, with what the core and Telegram each need to know of it."""

    message: Message
    heard: Heard
    incoming: Incoming
    place: Place
    album: Album | None = None


Own = Callable[[Spoken], Awaitable[None]]
Answers = Callable[[Spoken], Awaitable[bool]]


class Messages:
    """`own`: the commands that only Telegram has, and those that it answers in its own way. `answers` takes what
    is said in reply to a message of ours that is about something else than pictures; False: that it is not.

    `waits`: whether an update may wait for the next of its chat, as it may when they are fetched.
    """

    def __init__(
        self, bot: int, client: Client, service: Service, desk: Desk, own: dict[str, Own], answers: Answers,
        background: Background, *, waits: bool,
    ) -> None:  # fmt: skip
        self._bot = bot
        self._client = client
        self._service = service
        self._desk = desk
        self._own = own
        self._answers = answers
        self._background = background
        self._waits = waits
        self._albums = Albums()
        self._fetching = asyncio.Semaphore(MOST_FETCHING)
        self._known = frozenset({*(command.name for command in (*service.commands, *OWN)), *own})

    async def take(self, message: Message) -> None:
        """When this returns, what was asked for is on disk, or its answer under way. Raises StoreError."""
        author = message.from_user
        if message.migrate_from_chat_id:
            here = f"telegram:{message.chat.id}"
            await self._service.app.servers.moved(f"telegram:{message.migrate_from_chat_id}", here)
        if author is None or message.via_bot is not None:
            return
        album = self._albums.joined(message)
        heard = hear(message, self._desk.username, self._known)
        if heard is None or (author.is_bot and not is_anonymous(message)):
            if album is not None and self._waits:
                await album.settled()
            return
        place = place_of(message, author.id)
        if is_anonymous(message):
            self._desk.say(place, sentences.NOT_FROM_ANONYMOUS)
            return
        spoken = Spoken(message, heard, await self._incoming(message, heard, place), place, album)
        if album is None or self._waits:
            await self._spoken(spoken)
        else:
            self._background.start(self._spoken(spoken))

    async def _incoming(self, message: Message, heard: Heard, place: Place) -> Incoming:
        assert message.from_user is not None  # noqa: S101  # `take` has looked
        server = None if place.is_private else f"telegram:{place.chat}"
        return Incoming(
            f"telegram:{self._bot}:{place.chat}:{message.message_id}", identity_of(place.user), heard.text,
            place.reply_to(), locale=message.from_user.language_code or "en", server=server,
            is_server_admin=server is not None and heard.command in FOR_ADMINS and await self._is_admin(place),
            conversation=f"telegram:{place.chat}:{place.thread}" if place.thread else None,
            answers=answered(message),
        )  # fmt: skip

    async def _is_admin(self, place: Place) -> bool:
        try:
            member = await self._client.get_chat_member(place.chat, place.user, rate_limit_args=5.0)
        except TelegramError as error:
            logger().warning("membership not known", detail=str(error))
            return False
        return member.status in (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)

    async def _spoken(self, spoken: Spoken) -> None:
        heard, message = spoken.heard, spoken.message
        if heard.command in self._own:
            await self._own[heard.command](spoken)
        elif heard.command is None and await self._answers(spoken):
            return
        elif asked := _asked(message):
            await self._change(spoken, asked)
        elif heard.command is not None:
            await self._typed(spoken, heard.text)
        elif picture_in(message) is not None:
            await self._captioned(spoken)
        elif heard.text:
            await self._typed(spoken, heard.text if not heard.text.startswith("/") else f"/chat {heard.text}")
        elif message.effective_attachment is not None:
            self._desk.say(spoken.place, sentences.UNREADABLE_MESSAGE)

    async def _captioned(self, spoken: Spoken) -> None:
        """A picture's caption says what to change in it. In an album only one picture has one."""
        if spoken.heard.text and spoken.message.forward_origin is None:
            await self._typed(spoken, f"/edit {spoken.heard.text}")
        elif spoken.album is None:
            self._desk.say(spoken.place, sentences.ADD_CAPTION)
        else:
            await spoken.album.settled()
            if not spoken.album.asked and spoken.message.message_id == min(spoken.album.pictures):
                self._desk.say(spoken.place, sentences.ADD_CAPTION)

    async def _typed(self, spoken: Spoken, text: str) -> None:
        """A command of the table, or words for a chat."""
        incoming = replace(spoken.incoming, text=text)
        try:
            invocation = parse(text, self._service.commands)
        except BadRequest:
            self._desk.answer(spoken.place, await self._service.say(incoming))
            return
        name = invocation.command.name
        if name not in MAKING:
            reply = await self._service.invoke(incoming, invocation)
            self._desk.answer(spoken.place, reply, privately=name in FOR_ONE and not spoken.place.is_private)
            return
        if name in TAKES_PICTURES and _has_no_picture(spoken, name):
            self._desk.say(spoken.place, sentences.UNREADABLE_FILE)
            return
        words = invocation.text("prompt") or invocation.text("message") or ""
        kind: Kind = "chat" if name == "chat" else "image"
        album = spoken.album if name in TAKES_PICTURES else None
        with _asking(album):
            submit = self._submit(invocation, spoken, album) if name in TAKES_PICTURES else self._plain(invocation)
            await self._make(replace(spoken, incoming=incoming), words, kind, submit)

    def _plain(self, invocation: Invocation) -> Submit:
        async def submit(incoming: Incoming) -> Reply:
            return await self._service.invoke(incoming, invocation)

        return submit

    def _submit(self, invocation: Invocation, spoken: Spoken, album: Album | None) -> Submit:
        """With the pictures, which are fetched when the request has its placeholder."""

        async def submit(incoming: Incoming) -> Reply:
            pictures = await album.complete() if album is not None else _pictures(spoken)
            if not pictures:
                return await self._service.invoke(incoming, invocation)
            try:
                check_number(len(pictures))
                async with self._fetching:
                    uploads = tuple([await fetched(self._client, sent) for sent in pictures])
                    return await self._service.invoke(replace(incoming, uploads=uploads), invocation)
            except EaselError as error:
                return refused(error, error_texts.explain(error))

        return submit

    async def _change(self, spoken: Spoken, asked: Pressed) -> None:
        """The reply to our question what to change in a picture."""

        async def submit(incoming: Incoming) -> Reply:
            return await self._service.press(incoming, "edit", asked.job, asked.index)

        await self._make(spoken, spoken.heard.text, "image", submit)

    async def _make(self, spoken: Spoken, words: str, kind: Kind, submit: Submit) -> None:
        made = await self._desk.make(spoken.incoming, spoken.place, words, kind, submit)
        if made.reply.kind != "job":
            self._desk.answer(made.place, made.reply)


def _asked(message: Message) -> Pressed | None:
    """Whether it answers our question what to change. Our words name the picture; the core checks whose it is."""
    question = message.reply_to_message
    if question is None or question.from_user is None or not question.from_user.is_bot:
        return None
    match = _ASKED.search(question.text or "")
    return Pressed("edit", match[2], int(match[1])) if match else None


@contextmanager
def _asking(album: Album | None) -> Iterator[None]:
    """While the caption of an album is being seen to."""
    if album is None:
        yield
        return
    album.asked = True
    try:
        yield
    finally:
        album.done.set()


def _has_no_picture(spoken: Spoken, command: str) -> bool:
    """Whether a file was sent, or replied to, that cannot be what these words are about."""
    if spoken.message.effective_attachment is not None:
        return is_unreadable(spoken.message)
    return command == "edit" and is_unreadable(spoken.message.reply_to_message)


def _pictures(spoken: Spoken) -> list[Sent]:
    """The message's picture, else the one of the message that it replies to with a command."""
    replied = spoken.message.reply_to_message if spoken.heard.command else None
    found = picture_in(spoken.message) or picture_in(replied)
    return [found] if found else []
