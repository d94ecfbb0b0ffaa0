"""Pressed buttons. Each is answered, with a private sentence where something is wrong."""

import asyncio

from telegram import CallbackQuery, ForceReply, Message
from telegram.error import TelegramError

from bots import error_texts
from bots.incoming import Incoming
from bots.replies import Reply, ended
from bots.service import Service
from bots.telegram import sentences
from bots.telegram.background import Background
from bots.telegram.client import Client
from bots.telegram.deeplinks import DeepLinks
from bots.telegram.desk import Desk
from bots.telegram.html import pages
from bots.telegram.keyboards import DRAW, LINK, Pressed
from bots.telegram.limits import MAX_NOTICE, shortened
from bots.telegram.places import Place, identity_of
from bots.telegram.poster import Poster
from core.errors import EaselError
from core.jobs.model import Job
from core.log import logger

ANSWER_SECONDS = 2.0
"""After so long the press is answered whatever comes of it."""


class Buttons:
    """Takes presses in."""

    def __init__(
        self, bot: int, client: Client, service: Service, desk: Desk, poster: Poster, links: DeepLinks,
        background: Background,
    ) -> None:  # fmt: skip
        self._bot = bot
        self._client = client
        self._service = service
        self._desk = desk
        self._poster = poster
        self._links = links
        self._background = background
        self._sending: set[str] = set()

    async def take(self, query: CallbackQuery) -> None:
        """When this returns, what was asked for is on disk, or refused. Raises StoreError."""
        place = _place(query)
        incoming = Incoming(
            f"telegram:{self._bot}:press:{query.id}", identity_of(query.from_user.id), "", place.reply_to(),
            locale=query.from_user.language_code or "en",
            server=None if place.is_private else f"telegram:{place.chat}",
        )  # fmt: skip
        pressing = asyncio.create_task(self._pressed(query, place, incoming))
        done, _ = await asyncio.wait({pressing}, timeout=ANSWER_SECONDS)
        if done:
            notice = await pressing
            self._background.start(self._notice(query, notice))
            return
        self._background.start(self._notice(query, ""))
        if notice := await pressing:
            self._desk.say(place, notice)

    async def _pressed(self, query: CallbackQuery, place: Place, incoming: Incoming) -> str:
        """What to say to who pressed; nothing when all is well."""
        data = query.data or ""
        if data == DRAW and isinstance(query.message, Message):
            return await self._links.draw(query.message, place, incoming)
        if data.startswith(LINK):
            return await self._links.link(data.removeprefix(LINK), place, incoming)
        pressed = Pressed.parse(data)
        if pressed is None:
            return sentences.FORGED_BUTTON
        try:
            account = await self._service.app.accounts.for_identity(incoming.identity)
            job = await self._service.app.requests.owned_job(account, pressed.job)
        except EaselError as error:
            return error_texts.explain(error)
        return await self._own(pressed, job, place, incoming)

    async def _own(self, pressed: Pressed, job: Job, place: Place, incoming: Incoming) -> str:
        match pressed.deed:
            case "cancel":
                return (await self._service.press(incoming, "cancel", job.id, None)).text
            case "file":
                return self._files(place, job)
            case "edit":
                return self._ask(pressed, place)
            case deed:
                words = job.spec.prompt

        async def submit(message: Incoming) -> Reply:
            return await self._service.press(message, deed, job.id, pressed.index)

        made = await self._desk.make(incoming, place, words, "image", submit)
        if made.reply.kind == "job":
            return ""
        self._desk.vanish(made.place)
        return made.reply.text

    def _files(self, place: Place, job: Job) -> str:
        """Each once at a time: files are large, and people press again while they wait."""
        reply = ended(self._service.app, job)
        if not reply.pictures:
            return sentences.PICTURES_GONE

        async def send(at: Place) -> None:
            if job.id in self._sending:
                return
            self._sending.add(job.id)
            try:
                await self._poster.files(at, reply)
            finally:
                self._sending.discard(job.id)

        self._desk.do(place, send)
        return sentences.ON_ITS_WAY

    def _ask(self, pressed: Pressed, place: Place) -> str:
        """Asked by a message that opens the person's reply; it names the picture, so nothing has to be remembered."""
        question = pages(sentences.ask_what_to_change(pressed.index or 1, pressed.job))[0]
        reply = ForceReply(selective=True, input_field_placeholder=sentences.CHANGE_PLACEHOLDER)

        async def ask(at: Place) -> None:
            await self._client.send_message(
                at.chat, question, "HTML", message_thread_id=at.thread, reply_to_message_id=at.asked,
                allow_sending_without_reply=True, reply_markup=reply,
            )  # fmt: skip

        self._desk.do(place, ask)
        return ""

    async def _notice(self, query: CallbackQuery, text: str) -> None:
        """Too late is no trouble: the button then stopped waiting by itself."""
        try:
            await query.answer(shortened(_plain(text), MAX_NOTICE) or None, show_alert=len(text) > 0)
        except TelegramError as error:
            logger().info("press not answered", detail=str(error))


def _plain(markdown: str) -> str:
    """Notices have no markup."""
    return markdown.replace("**", "").replace("`", "")


def _place(query: CallbackQuery) -> Place:
    """Where the result goes: below the message with the button; in private for one sent by inline mode."""
    message = query.message
    if message is None:
        return Place(query.from_user.id, query.from_user.id)
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    asked = message.message_id if message.chat.id < 0 else None
    return Place(message.chat.id, query.from_user.id, thread, asked)
