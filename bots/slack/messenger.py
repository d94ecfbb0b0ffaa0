"""Deliver results to Slack over its Web API, from any process: a job says where, and which message becomes its result.

Crash table of one delivery:
  pictures uploaded, crash      they are in no message; uploaded again, unless this process still remembers their ids
  message updated, crash        updated again with the same: the message's metadata names its files, so none is uploaded
  new message posted, crash     it is found by its metadata and counts as delivered; where the bot may not read the
                                channel (no history scope) it is posted twice
  further pages posted, crash   those that are there are found by their metadata
Live updates of other processes cannot outlive a result: see bots/slack/live.py.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.news_texts import news as told
from bots.replies import Reply, ended
from bots.slack import blocks, placeholders, telling
from bots.slack.pictures import Gallery
from bots.slack.places import UNDELIVERABLE, Place, Posted
from bots.slack.refusals import (
    CLOSED,
    LOST_MESSAGE,
    PASSING,
    UNREACHABLE,
    NotInstalled,
    Trouble,
    code_of,
    details_of,
)
from bots.slack.traces import traces
from bots.slack.workspaces import Workspaces
from core.accounts.model import Identity
from core.app import App
from core.jobs.model import Job
from core.jobs.specs import ChatSpec
from core.log import logger
from core.news import News

PATIENT_DELIVERIES = 2
"""After so many tries a picture that cannot be uploaded is shown as a link."""
MOST_REFUSALS = 20
"""After so many tries, ten minutes, a refusal that we know nothing about is taken as final."""
PROCESSING_SECONDS = (0.3, 1.0, 2.0)
"""A file can be shown a moment after its upload: https://github.com/slackapi/python-slack-sdk/issues/1418"""
Notes = dict[str, tuple[str, dict[str, str]]]
"""Our messages of a job by their part's number: ts, and what their metadata says."""


class SlackMessenger:
    """`Messenger` for Slack."""

    def __init__(self, app: App, workspaces: Workspaces) -> None:
        self._app = app
        self._workspaces = workspaces
        self._gallery = Gallery(app.media)

    async def deliver(self, job: Job) -> str:
        """Post an ended job's result: `channel/ts/files`, or `undeliverable:why` if nothing but a person can help."""
        place = Place.of(job.reply_to)
        try:
            return str(await self._deliver(job, place))
        except (NotInstalled, SlackApiError) as error:
            code = code_of(error)
            is_final = code in UNREACHABLE | CLOSED or (code not in PASSING and job.deliveries >= MOST_REFUSALS)
            if not is_final:
                raise
            logger().warning("undeliverable", job=job.id, errorName=code)
            return f"{UNDELIVERABLE}{code}"

    async def tell(self, identity: Identity, news: News, key: str) -> None:
        """By direct message; told again it comes again. Raises what passes."""
        place = Place.of_person(identity)
        try:
            client = await self._workspaces.client(place.team, place.enterprise)
            await telling.tell(client, await placeholders.dm_of(client, place), Reply("text", told(news)))
        except (NotInstalled, SlackApiError) as error:
            if code_of(error) in PASSING:
                raise
            logger().info("takes no messages", identity=str(identity), errorName=code_of(error))

    async def _deliver(self, job: Job, place: Place) -> Posted:
        """Where it was asked for; else in the direct message of who asked. Raises Trouble."""
        client = await self._workspaces.client(place.team, place.enterprise)
        reply = ended(self._app, job)
        try:
            return await self._at(client, job, place, reply)
        except SlackApiError as error:
            if code_of(error) not in CLOSED:
                raise
            there = await placeholders.dm_of(client, place)
            if there.channel == place.channel:
                raise
        return await self._at(client, job, there, reply)

    async def _at(self, client: AsyncWebClient, job: Job, place: Place, reply: Reply) -> Posted:
        known = await self._known(client, job, place)
        if "1" in known:
            place = replace(place, ts=known["1"][0])
        if "1" in known and known["1"][1].get("state") == "done":
            return Posted(place.channel, place.ts, _split(known["1"][1].get("files")))
        if before := Posted.parse(job.message_id):
            self._gallery.remember(place.team, reply.pictures, before.files)
        files = await self._gallery.files(
            client, place.team, reply.pictures, give_up=job.deliveries > PATIENT_DELIVERIES
        )
        first, *further = _pages(job, place, reply, files)
        note = {"state": "" if further else "done", "files": ",".join(filter(None, files)), "part": "1"}
        place = await self._first(client, job, place, first, _pages(job, place, reply)[0], note)
        await self._further(client, job, place, further, known)
        if further:
            await self._filled(place, first, job.id, note | {"state": "done"})
        return Posted(place.channel, place.ts, _split(note["files"]))

    async def _known(self, client: AsyncWebClient, job: Job, place: Place) -> Notes:
        """Our messages of this job that are there, looked for only if there may be some that it does not name."""
        if (place.ts and job.deliveries <= 1) or job.delivered_at is not None:
            return {}
        try:
            found = await traces(client, job, place.channel, place.thread or place.ts)
        except Trouble as error:
            logger().warning("own messages not looked for", job=job.id, errorName=code_of(error))
            return {}
        notes: Notes = {}
        for trace in found:
            notes.setdefault(trace.part, (trace.ts, trace.noted))
        return notes

    async def _first(
        self, client: AsyncWebClient, job: Job, place: Place, page: blocks.Page, without: blocks.Page,
        note: Mapping[str, str],
    ) -> Place:  # fmt: skip
        """The page in its message, which is posted if there is none to update; `without` its files if need be."""
        for pause in (*PROCESSING_SECONDS, None):
            try:
                return await self._shown(client, job.id, place, page if pause is not None else without, note)
            except SlackApiError as error:
                if pause is None or "slack file" not in details_of(error):
                    raise
                await asyncio.sleep(pause)
        return place

    async def _shown(
        self, client: AsyncWebClient, job: str, place: Place, page: blocks.Page, note: Mapping[str, str]
    ) -> Place:
        if place.ts:
            try:
                await self._filled(place, page, job, note)
            except SlackApiError as error:
                if code_of(error) not in LOST_MESSAGE:
                    raise
            else:
                return place
        return replace(place, ts=await self._post(client, job, place, page, note))

    async def _filled(self, place: Place, page: blocks.Page, job: str, note: Mapping[str, str]) -> None:
        """An update may be repeated, so a broken connection is no trouble."""
        client = await self._workspaces.client(place.team, place.enterprise, repeatable=True)
        await placeholders.filled(client, place, page, job, **note)

    async def _further(
        self, client: AsyncWebClient, job: Job, place: Place, pages: list[blocks.Page], known: Notes
    ) -> None:
        """What does not fit into the message follows in its thread."""
        place = replace(place, thread=place.thread or place.ts)
        for number, page in enumerate(pages, 2):
            if str(number) not in known:
                await self._post(client, job.id, place, page, {"part": str(number)})

    async def _post(
        self, client: AsyncWebClient, job: str, place: Place, page: blocks.Page, note: Mapping[str, str]
    ) -> str:
        said = await client.chat_postMessage(
            channel=place.channel, thread_ts=place.thread or None, unfurl_links=False, unfurl_media=False,
            metadata=placeholders.metadata(job, **note), **page.fields,
        )  # fmt: skip
        return str(said["ts"])


def _pages(job: Job, place: Place, reply: Reply, files: Sequence[str | None] = ()) -> list[blocks.Page]:
    first, *further = blocks.pages(reply, place.asker, files)
    if isinstance(job.spec, ChatSpec) and place.is_unseen:
        first = blocks.with_question(first, place.user, job.spec.prompt)
    return [first, *further]


def _split(files: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (files or "").split(",")))
