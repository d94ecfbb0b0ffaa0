"""Show how a job goes in the message that its result will take.

The race: an update of ours may be on its way while a worker, perhaps in another process, puts the result there, and
Slack promises no order. So after each update we look at the job again; if it has ended meanwhile, we wait until it was
delivered and let the messenger put the same result there once more. What grows by a stream has no such race: the
messenger ends the stream first, and Slack refuses what comes later. What is left: this process dies or is
stopped between an update that came too late and the mending of it; /recover shows the result then.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots.live import Status, delivered, follow
from bots.slack import blocks
from bots.slack.mrkdwn import defused
from bots.slack.places import Place, Posted
from bots.slack.refusals import Trouble, code_of
from core.app import App
from core.errors import StoreError
from core.jobs.model import Job
from core.jobs.specs import ChatSpec
from core.log import logger

UPDATE_SECONDS = 2.0
UPDATES_PER_MINUTE = 40
"""chat.update takes 50 and more a minute in each workspace: https://docs.slack.dev/apis/web-api/rate-limits, tier 3."""
APPEND_SECONDS = 0.7
"""chat.appendStream takes 100 and more a minute (tier 4)."""
STREAMED = 11_000

Stop = Callable[[], Coroutine[Any, Any, object]]


class Pace:
    """At most so many updates a minute for each workspace. Who gets none now shows the next one instead."""

    def __init__(self, per_minute: int) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute) / 2
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, team: str) -> bool:
        now = time.monotonic()
        left, at = self._left.get(team, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        self._left[team] = (max(left - 1, 0) if left >= 1 else left, now)
        return left >= 1


class Live:
    """Follows jobs whose messages this process has posted. `client`s should not be patient: what is late is stale."""

    def __init__(self, app: App, pace: Pace) -> None:
        self._app = app
        self._pace = pace

    async def show(self, client: AsyncWebClient, job: Job, place: Place, stop: Stop) -> None:
        """Until the job has ended. `stop` is called when the reader stops an answer that is being written."""
        try:
            if place.streamed:
                await self._grow(client, job, place, stop)
            elif place.ts:
                await self._update(client, job, place)
        except StoreError as error:
            logger().warning("not shown live", job=job.id, errorName=error.code)
        except Trouble as error:
            logger().warning("not shown live", job=job.id, errorName=code_of(error) or type(error).__name__)

    async def _update(self, client: AsyncWebClient, job: Job, place: Place) -> None:
        async for status in follow(self._app, job):
            if not self._pace.take(place.team):
                await asyncio.sleep(UPDATE_SECONDS)
                continue
            if not await self._is_open(job):
                return
            try:
                await client.chat_update(channel=place.channel, ts=place.ts, **_page(status, place).fields)
            except Trouble as error:
                if code_of(error) not in {"", "ratelimited"}:
                    raise
            if not await self._is_open(job):
                await self._mend(job, place)
                return
            await asyncio.sleep(UPDATE_SECONDS)

    async def _grow(self, client: AsyncWebClient, job: Job, place: Place, stop: Stop) -> None:
        """Append what is new. An answer that was begun anew, by another model, is only shown at its end."""
        said = ""
        async for status in follow(self._app, job):
            text = defused(status.text)[:STREAMED].removesuffix("<")
            if len(text) <= len(said) or not text.startswith(said):
                continue
            try:
                await client.chat_appendStream(
                    channel=place.channel, ts=place.ts, chunks=[{"type": "markdown_text", "text": text[len(said) :]}]
                )
            except Trouble as error:
                if code_of(error) == "stopped_by_user":
                    await stop()
                if code_of(error) not in {"", "ratelimited"}:
                    return
            else:
                said = text
            await asyncio.sleep(APPEND_SECONDS)

    async def _mend(self, job: Job, place: Place) -> None:
        """Our update may have come after the result: put the result there again, which changes nothing if not."""
        now = await delivered(self._app, job.id)
        posted = Posted.parse(now.message_id) if now is not None else None
        if now is not None and posted is not None and posted.ts == place.ts:
            await self._app.messengers[place.reply_to.platform].deliver(now)

    async def _is_open(self, job: Job) -> bool:
        now = await self._app.stores.jobs.get(job.id)
        return now is not None and now.is_open


def _page(status: Status, place: Place) -> blocks.Page:
    job = status.job
    if not isinstance(job.spec, ChatSpec):
        return blocks.waiting(job.id, job.spec.prompt, place.asker, status.line)
    page = blocks.waiting(job.id, status.text, place.asker, status.line, is_chat=True)
    return blocks.with_question(page, place.user, job.spec.prompt) if place.is_unseen else page
