"""Inline mode: `@bot a red fox` in any chat offers the person's recent pictures, and to generate a new one.

Who chooses "Generate" sends a message that becomes the picture. Telegram tells the bot of the choice only where inline
feedback is on (/setinlinefeedback at @BotFather); where it is off, the button above the results does it in private.
"""

from collections.abc import Iterator, Sequence

from telegram import (
    ChosenInlineResult,
    InlineQuery,
    InlineQueryResult,
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.error import TelegramError

from bots.incoming import Incoming
from bots.parse import Invocation, check
from bots.replies import Reply
from bots.service import Service
from bots.telegram import keyboards, sentences, wording
from bots.telegram.deeplinks import payload_of
from bots.telegram.desk import Desk
from bots.telegram.html import plain
from bots.telegram.limits import shortened
from bots.telegram.places import Place, Posted, identity_of
from core.app import App
from core.jobs.model import Job
from core.log import logger

RECENT = 50
SHOWN = 20
CACHE_SECONDS = 5
GENERATE = "generate"
TITLE = 60


class Inline:
    """Answers searches, and takes the choice to generate something."""

    def __init__(self, bot: int, app: App, service: Service, desk: Desk) -> None:
        self._bot = bot
        self._app = app
        self._service = service
        self._desk = desk

    async def take(self, query: InlineQuery) -> None:
        """Only the person's own pictures, and only for them."""
        words = query.query.strip()
        account = await self._app.accounts.for_identity(identity_of(query.from_user.id))
        family = await self._app.stores.accounts.family(account.id)
        jobs = await self._app.stores.jobs.history(family, RECENT)
        results: list[InlineQueryResult] = [self._generate(words)] if words else []
        results += list(_recent(jobs, words))[:SHOWN]
        payload = payload_of(words) if words else None
        button = InlineQueryResultsButton(sentences.INLINE_SIGN, start_parameter=payload or "hello")
        try:
            await query.answer(results, cache_time=CACHE_SECONDS, is_personal=True, button=button)
        except TelegramError as error:  # the person has typed on, and waits for another answer by now
            logger().info("search not answered", detail=str(error))

    async def chosen(self, result: ChosenInlineResult) -> None:
        """The message with "Generate" was sent: it becomes the picture. Raises StoreError."""
        if result.result_id != GENERATE or result.inline_message_id is None or not result.query.strip():
            return
        user = result.from_user.id
        place = Place(user, user, inline=result.inline_message_id)
        imagine = next(command for command in self._service.commands if command.name == "imagine")
        invocation = Invocation(imagine, check(imagine, {"prompt": result.query}))
        message = Incoming(
            f"telegram:{self._bot}:inline:{result.inline_message_id}", identity_of(user), result.query,
            place.reply_to(), locale=result.from_user.language_code or "en",
        )  # fmt: skip

        async def submit(said: Incoming) -> Reply:
            return await self._service.invoke(said, invocation)

        made = await self._desk.make(message, place, result.query, "image", submit)
        if made.reply.kind != "job":
            self._desk.answer(made.place, made.reply)

    def _generate(self, words: str) -> InlineQueryResult:
        price = self._app.catalogue.default("image").price
        payload = payload_of(words)
        url = f"https://t.me/{self._desk.username}?start={payload or 'hello'}"
        content = InputTextMessageContent(f"🎨 {plain(shortened(words, 1000))}", parse_mode="HTML")
        return InlineQueryResultArticle(
            GENERATE, sentences.inline_generate(price), content, keyboards.one(sentences.INLINE_SIGN, url=url),
            description=shortened(words, TITLE),
        )  # fmt: skip


def _recent(jobs: Sequence[Job], words: str) -> Iterator[InlineQueryResult]:
    """Pictures that Telegram has, newest first; with words, those that were asked for by such words."""
    for job in jobs:
        posted = Posted.parse(job.message_id)
        if posted is None or words.lower() not in job.spec.prompt.lower():
            continue
        for number, photo in enumerate(posted.photos, 1):
            caption = wording.shown_prompt(job.spec.prompt)
            yield InlineQueryResultCachedPhoto(
                f"{job.id}:{number}", photo, title=shortened(job.spec.prompt, TITLE), caption=caption, parse_mode="HTML"
            )
