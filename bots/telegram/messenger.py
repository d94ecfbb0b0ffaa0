"""Deliver results to Telegram by the Bot API, from any process: a job says where, and what becomes its result.

Crash table of one delivery:
  placeholder edited, crash    edited again with the same, which is one message
  further pages posted, crash  posted again from the first of them on; this process remembers those it has posted
  album posted, crash          posted again: a bot cannot look whether a message is there. It is the last step, so this
                               takes a crash, or an answer of Telegram's that was lost, in the moment before `delivered`
  new message posted, crash    posted again likewise; only where there is no placeholder (any more)
  given up after 20 s          what Telegram is being sent goes on; the next try here waits for it, and sends no other
Live updates cannot outlive a result: see bots/telegram/live.py.
"""

from telegram.error import BadRequest, ChatMigrated, TelegramError

from bots.news_texts import news as told
from bots.replies import Reply, ended
from bots.telegram import sentences
from bots.telegram.places import UNDELIVERABLE, Place
from bots.telegram.poster import Poster
from bots.telegram.refusals import is_closed, reason
from core.accounts.model import Identity
from core.app import App
from core.jobs.model import Job
from core.log import logger
from core.news import News

PATIENCE = 8.0
"""Seconds a delivery waits for its turn. Later it is tried again, and does not hold up the others."""
PATIENT_DELIVERIES = 5
"""After so many tries a request that Telegram calls bad stays bad."""


class TelegramMessenger:
    """`Messenger` for Telegram."""

    def __init__(self, app: App, poster: Poster) -> None:
        self._app = app
        self._poster = poster

    async def deliver(self, job: Job) -> str:
        """Post an ended job's result: `chat/message/photos`, or `undeliverable:why` when nothing but a person helps.

        Where it was asked for; else in private with who asked; else it waits for /recover. Raises TelegramError when
        a later try may succeed.
        """
        place, reply = Place.of(job.reply_to), ended(self._app, job)
        last: TelegramError | None = None
        for at in dict.fromkeys((place, place.private)):
            try:
                posted = await self._post(at, reply, job)
            except TelegramError as error:
                if not (is_closed(error) or (isinstance(error, BadRequest) and job.deliveries > PATIENT_DELIVERIES)):
                    raise
                last = error
            else:
                if at is not place:
                    await self._leave(place, sentences.SENT_PRIVATELY)
                return posted
        await self._leave(place, sentences.NOT_SENT)
        why = reason(last) if last else "nowhere"
        logger().warning("undeliverable", job=job.id, errorName=why)
        return f"{UNDELIVERABLE}{why}"

    async def tell(self, identity: Identity, news: News, key: str) -> None:
        """In the private chat, with one `key` once by this process. Raises TelegramError when a later try may do."""
        place = Place(int(identity.user), int(identity.user))
        try:
            await self._poster.show(place, Reply("text", told(news)), once=f"news:{key}")
        except TelegramError as error:
            if not is_closed(error):
                raise
            logger().info("takes no messages", identity=str(identity), errorName=reason(error))

    async def _leave(self, place: Place, words: str) -> None:
        """What waited there for the result says where it is, if that is still possible."""
        if place.message is None and place.inline is None:
            return
        try:
            await self._poster.edit(place, words)
        except TelegramError as error:
            logger().info("placeholder left as it was", detail=str(error))

    async def _post(self, place: Place, reply: Reply, job: Job) -> str:
        try:
            return str(await self._poster.show(place, reply, PATIENCE, once=job.id))
        except ChatMigrated as moved:
            return str(await self._poster.show(place.moved(moved.new_chat_id), reply, PATIENCE, once=job.id))
