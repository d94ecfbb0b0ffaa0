"""Show how jobs go, in their placeholders or, in private, as drafts of the answers.

Who is last? This follower writes to a placeholder, and the messenger with the result does, perhaps in another process;
Telegram keeps what it took last. A picture is safe: a status cannot be put into a message that has one. A text is
not, so after each status it wrote the follower looks at the job. If that has ended, its own write may have been the
later one, and it writes the result once more, which changes nothing if it is there. If it has not ended, then the
result will be written after this look, and so after the status. A write whose answer was lost counts as written.
"""

import asyncio
from dataclasses import dataclass

from telegram.constants import ChatAction
from telegram.error import TelegramError

from bots.live import Status, follow
from bots.replies import ended
from bots.telegram import keyboards, wording
from bots.telegram.client import Client
from bots.telegram.html import pages
from bots.telegram.pacer import SIGNS
from bots.telegram.places import Place
from bots.telegram.refusals import is_closed, is_outage
from bots.telegram.sender import Sender
from core.app import App
from core.jobs.model import Job
from core.jobs.specs import ChatSpec
from core.log import logger

PRIVATE_SECONDS = 1.2
GROUP_SECONDS = 4.0
DRAFT_SECONDS = 0.6
"""Between two updates of one job."""
FIRST_SECONDS = 0.7
"""Until then the placeholder says enough, and a quick job is done."""
ACTION_SECONDS = 4.5
"""An action is shown for 5 s: https://core.telegram.org/bots/api#sendchataction"""
MOST_MISSES = 3
DRAFT_NUMBERS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Look:
    """How a job is shown while it runs: as a draft with this number, or in the placeholder."""

    place: Place
    draft: int | None = None

    @property
    def seconds(self) -> float:
        if self.draft is not None:
            return DRAFT_SECONDS
        return PRIVATE_SECONDS if self.place.is_private else GROUP_SECONDS


class Live:
    """Follows jobs; each at most once in a process."""

    def __init__(self, app: App, client: Client, sender: Sender) -> None:
        self._app = app
        self._client = client
        self._sender = sender
        self._acted: dict[tuple[int, int | None], float] = {}
        self._followed: set[str] = set()

    async def act(self, place: Place, kind: str) -> None:
        """Say that the bot is at work. It is only a sign, so nothing that goes wrong with it matters."""
        now = asyncio.get_running_loop().time()
        where = place.chat, place.thread
        if place.inline is not None or now - self._acted.get(where, -ACTION_SECONDS) < ACTION_SECONDS:
            return
        self._acted = {key: at for key, at in self._acted.items() if now - at < ACTION_SECONDS} | {where: now}
        action = ChatAction.TYPING if kind == "chat" else ChatAction.UPLOAD_PHOTO
        try:
            await self._client.send_chat_action(place.chat, action, message_thread_id=place.thread, rate_limit_args=0.0)
        except TelegramError as error:
            logger().debug("no chat action", detail=str(error))

    async def draft(self, place: Place, number: int, html: str) -> bool:
        """Whether Telegram shows this as a draft: not in groups, nor on older Bot API servers."""
        try:
            return await self._client.send_message_draft(
                place.chat, number, html, message_thread_id=place.thread, parse_mode="HTML", rate_limit_args=0.0
            )
        except TelegramError as error:
            logger().debug("no draft", detail=str(error))
            return False

    async def follow(self, job: Job) -> None:
        """Until it has ended, or nobody can see it any more."""
        if job.id in self._followed:
            return
        self._followed.add(job.id)
        try:
            await self._follow(job, look_of(job))
        finally:
            self._followed.discard(job.id)

    async def _follow(self, job: Job, look: Look) -> None:
        if look.draft is None and look.place.message is None and look.place.inline is None:
            return
        if look.draft is None:
            await asyncio.sleep(max(FIRST_SECONDS, self._share))
        misses = 0
        async for status in follow(self._app, job):
            await self.act(look.place, job.spec.kind)
            shown = await self._shown(look, status)
            misses = 0 if shown else misses + 1
            current = await self._app.stores.jobs.get(job.id)
            if current is None or not current.is_open:
                if shown and current is not None:
                    await self._repair(look, current)
                return
            if misses >= MOST_MISSES:
                return
            await asyncio.sleep(max(look.seconds, self._share))

    @property
    def _share(self) -> float:
        """Seconds between two signs of one job when all that are followed get their share of those there may be."""
        count, seconds = SIGNS
        return len(self._followed) * seconds / count

    async def _shown(self, look: Look, status: Status) -> bool:
        """Whether it is there, as far as anybody knows."""
        if look.draft is not None:
            return await self.draft(look.place, look.draft, pages(status.text or status.line)[-1])
        spec = status.job.spec
        words = "" if isinstance(spec, ChatSpec) else spec.prompt
        html = wording.streamed(status.text) if status.text else wording.status(words, status.line)
        buttons = keyboards.cancelling(status.job.id)
        try:
            return await self._sender.edit(look.place, html, buttons, 0.0)
        except TelegramError as error:
            if is_closed(error):
                logger().info("status not shown", job=status.job.id, detail=str(error))
            return is_outage(error)

    async def _repair(self, look: Look, job: Job) -> None:
        """The result over a status that may have come after it."""
        reply = ended(self._app, job)
        if look.draft is not None or (reply.pictures and len(reply.pictures) == 1) or job.blanked:
            return
        html = wording.caption(reply)[0] if reply.pictures else wording.messages(reply)[0]
        try:
            await self._sender.edit(look.place, html, keyboards.below(reply))
        except TelegramError as error:
            logger().warning("result not repaired", job=job.id, detail=str(error))


def look_of(job: Job) -> Look:
    place = Place.of(job.reply_to)
    is_draft = isinstance(job.spec, ChatSpec) and place.is_private and place.message is None and place.inline is None
    return Look(place, draft_number(job.id) if is_draft else None)


def draft_number(job: str) -> int:
    """Not 0: https://core.telegram.org/bots/api#sendmessagedraft"""
    return int.from_bytes(job.encode(), "big") % DRAFT_NUMBERS + 1
