"""From what somebody did in Slack to the service, and from its reply to Slack's messages. All listeners end here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots import error_texts, texts
from bots.house import COMMAND_OF_ACTION
from bots.incoming import Incoming
from bots.parse import Invocation, parse
from bots.replies import Action, Reply, refused
from bots.service import MAKING, Service
from bots.slack import blocks, placeholders, sentences
from bots.slack.errands import Errands, Work
from bots.slack.live import UPDATES_PER_MINUTE, Live, Pace
from bots.slack.pictures import attached
from bots.slack.placeholders import Opened, Sort
from bots.slack.places import PLATFORM, Place, Posted
from bots.slack.refusals import Trouble, code_of
from bots.slack.standing import NOBODY, Standing, Standings
from bots.slack.telling import say, tell, tell_page
from bots.slack.workspaces import Workspaces
from core.accounts.model import Identity
from core.app import App
from core.errors import BadRequest, EaselError, StoreError
from core.generation.wishes import Upload
from core.ids import job_id
from core.jobs.model import Job, JobState
from core.log import logger

FOR_ADMINS = frozenset({"persona", "server"})
"""Commands for which it matters whether somebody administers the workspace: asking Slack costs a call."""
Run = Callable[[Incoming], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing that one person did. `id` is Slack's own event id or trigger id; `files` are those of a message."""

    id: str
    client: AsyncWebClient
    identity: Identity
    place: Place
    text: str = ""
    files: Sequence[Mapping[str, Any]] = ()

    def incoming(self, place: Place, *, uploads: tuple[Upload, ...] = (), who: Standing = NOBODY) -> Incoming:
        """`place` is where the result goes; rules apply to where it was asked."""
        return Incoming(
            self.id, self.identity, self.text, place.reply_to, uploads, server=place.server,
            is_server_admin=who.is_admin, groups=who.groups, conversation=self.place.talk, within=self.place.channel,
            is_direct=self.place.is_private,
        )  # fmt: skip


class Desk:
    """Takes what people ask. Its methods return when the request is made; how it goes is shown by tasks of its own."""

    def __init__(self, app: App, service: Service, workspaces: Workspaces, errands: Errands) -> None:
        self.app = app
        self.service = service
        self.workspaces = workspaces
        self._errands = errands
        self._standings = Standings()
        self._live = Live(app, Pace(UPDATES_PER_MINUTE))
        self._open: dict[str, Place | None] = {}

    def soon(self, work: Work) -> None:
        """Do this after the listener has returned: Bolt forgets an acknowledgement if its listener fails at once."""
        self._errands.soon(work)

    def take(self, asking: Asking, work: Work) -> None:
        """The same for a request, which may take a while: in its turn, and never dropped without a word."""
        self._errands.in_turn(asking.place.team, work, lambda: self._not_taken(asking))

    async def _not_taken(self, asking: Asking) -> None:
        """Easel stops before this was a request: it is said where the result was to be."""
        job = await self.app.stores.jobs.get(job_id(asking.id))
        if job and (
            job.state is not JobState.ACCEPTING or await self.app.ledger.entry(job.wallet, f"job:{job.id}:hold")
        ):
            return  # the sweeper sees it through (`core.jobs.sweeper`)
        place = self._open.get(asking.id) or replace(asking.place, ts="")
        await self.fill(asking, place, Reply("error", sentences.SLACK_NOT_TAKEN))

    async def say(self, asking: Asking) -> None:
        """Words as typed: a command of the table, or a message to talk about."""
        try:
            invocation = parse(asking.text, self.service.commands)
        except BadRequest:
            await tell(asking.client, asking.place, await self.service.say(asking.incoming(asking.place)))
            return
        await self.invoke(asking, invocation)

    async def invoke(self, asking: Asking, invocation: Invocation) -> None:
        """A command whose options are told apart and checked."""

        async def run(message: Incoming) -> Reply:
            return await self.service.invoke(message, invocation)

        name = invocation.command.name
        if name in MAKING:
            words = invocation.text("prompt") or invocation.text("message") or ""
            await self._make(asking, words, name, run)
            return
        is_admin = name in FOR_ADMINS and await self._standings.administers(asking.client, asking.place)
        reply = await run(asking.incoming(asking.place, who=Standing(is_admin)))
        if name in FOR_ADMINS and reply.kind == "text":
            await tell_page(asking.client, asking.place, blocks.settings(reply.text))
        else:
            await self._answer(asking, reply)

    async def press(self, asking: Asking, action: Action, job: str, index: int | None) -> None:
        """A button under a message. For "edit", the asking's text is what to change."""

        async def run(message: Incoming) -> Reply:
            return await self.service.press(message, action, job, index)

        mine = await self.owned(asking, job)
        if action != "cancel" and isinstance(mine, Job):
            await self._make(asking, asking.text or mine.spec.prompt, COMMAND_OF_ACTION[action], run)
            return
        reply = await run(asking.incoming(asking.place))
        if reply.error is not None or reply.text == texts.TOO_LATE_TO_CANCEL:
            await tell(asking.client, asking.place, reply)

    async def owned(self, asking: Asking, job: str) -> Job | EaselError:
        """A job of this person, or why it is none."""
        try:
            account = await self.app.accounts.for_identity(asking.identity)
            return await self.app.requests.owned_job(account, job)
        except EaselError as error:
            return error

    async def _make(self, asking: Asking, words: str, command: str, run: Run) -> None:
        """A message to wait in, then the request. What is delivered again while this goes on, or later, is nothing."""
        if asking.id in self._open:
            return
        self._open[asking.id] = None
        try:
            if not await self._is_known(asking.id):
                await self._submit(asking, words, command, run)
        finally:
            if not self._errands.is_late:  # else its excuse needs to know
                self._open.pop(asking.id)

    async def _submit(self, asking: Asking, words: str, command: str, run: Run) -> None:
        sort: Sort = "chat" if command == "chat" else "picture"
        try:
            rules = await self.app.servers.get(asking.place.server)
            who = await self._standings.under(rules.who.get(command, ()), asking.client, asking.place)
            opened = await placeholders.opened(
                asking.client, asking.place, job_id(asking.id), words, sort, privately=rules.private
            )
        except StoreError as error:
            await tell(asking.client, asking.place, refused(error, error_texts.explain(error)))
            return
        except Trouble as error:
            logger().warning("no private place", errorName=code_of(error) or type(error).__name__)
            await say(asking.client, asking.place, sentences.SLACK_NO_PRIVATE_PLACE)
            return
        self._open[asking.id] = place = opened.place
        uploads = await attached(asking.client, asking.files)
        reply = await run(asking.incoming(place, uploads=uploads, who=who))
        if reply.job is not None and Place.of(reply.job.reply_to).ts != place.ts:
            await placeholders.dropped(asking.client, place)  # another delivery of the same event was quicker
            return
        await self._explained(asking, opened, reply)
        if reply.kind == "job" and reply.job is not None:
            self._show(asking, reply, place)
        elif reply.kind == "error" and reply.job is None:
            await self._refused(asking, place, reply)
        elif reply.job is None:
            await self.fill(asking, place, reply, words if sort == "chat" else "")

    async def _explained(self, asking: Asking, opened: Opened, reply: Reply) -> None:
        """Why the message is not where it was asked."""
        if opened.is_elsewhere and reply.error is None:
            await say(asking.client, asking.place, sentences.SLACK_PRIVATELY)
        if opened.refused:
            await self._not_here(asking, opened.refused)

    async def _not_here(self, asking: Asking, channel: str) -> None:
        await tell_page(asking.client, asking.place, blocks.about_channel(sentences.slack_not_here, channel))

    async def _refused(self, asking: Asking, place: Place, reply: Reply) -> None:
        """In private where others read along, and where it was asked."""
        if asking.place.is_private and place.ts:
            await self.fill(asking, place, reply)
            return
        await placeholders.dropped(asking.client, place)
        await tell(asking.client, asking.place, reply)

    async def fill(self, asking: Asking, place: Place, reply: Reply, question: str = "") -> None:
        """An answer that is there at once takes the message."""
        if not place.ts:
            await tell(asking.client, asking.place, reply)
            return
        first, *further = blocks.pages(reply, place.asker)
        if question and place.is_unseen:
            first = blocks.with_question(first, place.user, question)
        try:
            await placeholders.filled(asking.client, place, first)
            for page in further:
                await asking.client.chat_postMessage(
                    channel=place.channel, thread_ts=place.thread or place.ts, unfurl_links=False, unfurl_media=False,
                    **page.fields,
                )  # fmt: skip
        except Trouble as error:
            logger().warning("answer not shown", errorName=code_of(error) or type(error).__name__)

    async def _answer(self, asking: Asking, reply: Reply) -> None:
        """A command's own answer is private; a result that is shown again, such as by /recover, is posted as such."""
        if reply.job is None or reply.job.is_open:
            await tell(asking.client, asking.place, reply)
            return
        try:
            hides = (await self.app.servers.get(asking.place.server)).private and not asking.place.is_private
            there = await placeholders.dm_of(asking.client, asking.place) if hides else asking.place
            again = reply.job.model_copy(update={"reply_to": there.reply_to})
            posted = Posted.parse(await self.app.messengers[PLATFORM].deliver(again))
            if hides and posted is not None:
                await say(asking.client, asking.place, sentences.SLACK_PRIVATELY)
            elif posted is None or posted.channel != asking.place.channel:
                await self._not_here(asking, asking.place.channel)
        except (*Trouble, EaselError) as error:
            logger().warning("not posted again", errorName=code_of(error) or type(error).__name__)
            await say(asking.client, asking.place, sentences.SLACK_NOT_POSTED)

    def _show(self, asking: Asking, reply: Reply, place: Place) -> None:
        assert reply.job is not None  # noqa: S101  # the caller has looked
        client, job = self.workspaces.raw(asking.client.token, patient=False), reply.job

        async def stop() -> None:
            stopping = replace(asking, id=f"{asking.id}:stop")
            await self.service.press(stopping.incoming(place), "cancel", job.id, None)

        self._errands.beside(self._live.show(client, job, place, stop))

    async def _is_known(self, request_id: str) -> bool:
        with suppress(StoreError):  # then the service finds out, and says so
            return await self.app.stores.jobs.get(job_id(request_id)) is not None
        return False
